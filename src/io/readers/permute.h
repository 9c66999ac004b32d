// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "io/shape.h"

namespace floe::io {

/// Writes an array with its axes in another order: axis a of `to` is axis order[a] of `from`, both in C order, as
/// numpy.transpose(from, order) does. Tiled, so that neither side is read or written across cache lines more than once.
/// Throws ShapeError unless order is a permutation and both have as many elements as the shape.
template <class T>
void permute(std::span<const T> from, const Shape& shape, const std::vector<std::size_t>& order, std::span<T> to);

}  // namespace floe::io
