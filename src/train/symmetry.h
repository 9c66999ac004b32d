// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "train/batches.h"

namespace floe::train {

/// Transformations under which an equation stays the same; see transformed().
enum class SymmetryKind { none, reflections, square };

/// Every sample of the batch under one element of the group, drawn for this step from (seed, step): what the equation
/// maps to a solution, with its input, is a sample as good as the measured one. Fields are taken as scalars; a periodic
/// axis is reflected as i to -i, another one as i to n - 1 - i.
///
///   reflections  each axis reflected or not
///   square       these and the exchange of the two axes: the eight symmetries of the square
///
/// Throws ConfigError for samples that are not all on one grid, and for the square of a grid that is none.
Examples transformed(const Examples& batch, SymmetryKind kind, std::uint64_t seed, std::int64_t step);

}  // namespace floe::train
