// SPDX-License-Identifier: MIT
#include "pde/point_sets/point_set_description.h"

#include <numeric>
#include <string>

namespace floe::pde {
namespace {

io::Axis numbered(const std::string& name, std::size_t count) {
  io::Axis axis{.name = name, .values = std::vector<double>(count)};
  std::iota(axis.values.begin(), axis.values.end(), 0.0);
  return axis;
}

}  // namespace

io::DatasetDescription describe_point_sets(const PointSetShape& shape) {
  io::DatasetDescription description;
  description.axes = {numbered("point", shape.context_points), numbered("query", shape.query_points),
                      numbered("coordinate", shape.coordinates), numbered("channel", shape.context_channels),
                      numbered("query_channel", shape.query_channels)};
  description.inputs = {{.name = "context_position", .axes = {"point", "coordinate"}},
                        {.name = "context_value", .axes = {"point", "channel"}},
                        {.name = "query_position", .axes = {"query", "coordinate"}}};
  description.outputs = {{.name = "query_value", .axes = {"query", "query_channel"}}};
  if (shape.masked) {
    description.inputs.push_back({.name = "context_mask", .axes = {"point"}, .long_name = "1 where there is a point"});
    description.inputs.push_back({.name = "query_mask", .axes = {"query"}, .long_name = "1 where there is a point"});
  }
  return description;
}

}  // namespace floe::pde
