// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "io/readers/array_file.h"
#include "io/readers/layout.h"

namespace floe::io {

/// The most points that an axis may have: what is more is a damaged file or another axis than was meant.
inline constexpr std::size_t max_axis_points = std::size_t{1} << 24;

/// An axis of `size` points with the coordinates that an array holds: its first `size` values along the last axis (of
/// several rows the first), or 0, 1, 2, ... where there is no such array. Throws DataError for axes of no or of
/// absurdly many points and for arrays of fewer values.
LayoutAxis make_axis(const ArrayFile& file, const std::string& name, std::size_t size, LayoutAxis::Role role,
                     const std::string& coordinates = "");

/// Of one array per sample, such as "0003/data" or "Sample_12/u": the names whose part between `prefix` and `suffix` is
/// a number, in the order of these numbers.
std::vector<std::string> numbered_arrays(const ArrayFile& file, const std::string& prefix, const std::string& suffix);

/// The shape of an array. Throws DataError unless it has so many axes, at least one entry along each, and real numbers.
const Shape& require_rank(const ArrayFile& file, const std::string& name, std::size_t rank);

/// "x", "y", "z", "w".
std::string space_name(std::size_t axis);

}  // namespace floe::io
