// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "io/description.h"

namespace floe::pde {

/// How many points and numbers per point a dataset of sets has.
struct PointSetShape {
  std::size_t context_points = 64;
  std::size_t query_points = 64;
  std::size_t coordinates = 2;       ///< numbers that place a point
  std::size_t context_channels = 1;  ///< numbers known at a context point
  std::size_t query_channels = 1;    ///< numbers asked for at a query point
  bool masked = false;               ///< sets of different length: masks tell which points are there
};

/// The fields of every dataset of (context set, query set) pairs:
///
///     inputs/context_position (point, coordinate)   inputs/context_value (point, channel)
///     inputs/query_position   (query, coordinate)   outputs/query_value  (query, query_channel)
///
/// and, where sets differ in length, inputs/context_mask (point) and inputs/query_mask (query): 1 where a point is
/// there, 0 for what fills the array up to its fixed length.
io::DatasetDescription describe_point_sets(const PointSetShape& shape);

}  // namespace floe::pde
