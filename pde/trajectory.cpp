// SPDX-License-Identifier: MIT
#include "pde/trajectory.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace floe::pde {

io::Axis time_axis(double final_time, int snapshots) {
  io::Axis axis{.name = "time", .values = {}, .unit = "1", .boundary_condition = "none"};
  for (int i = 1; i <= snapshots; ++i) {
    axis.values.push_back(i == snapshots ? final_time : i * (final_time / snapshots));
  }
  return axis;
}

void describe_trajectory(io::DatasetDescription& description, const std::string& name, const std::string& long_name,
                         const io::Axis& time, const std::vector<io::Axis>& space) {
  const auto add_axis = [&](const io::Axis& axis) {
    const auto same = [&](const io::Axis& other) { return other.name == axis.name; };
    if (std::none_of(description.axes.begin(), description.axes.end(), same)) description.axes.push_back(axis);
    return axis.name;
  };
  io::Field initial{.name = name, .axes = {}, .long_name = "initial " + long_name};
  io::Field later{.name = name, .axes = {add_axis(time)}, .long_name = long_name};
  for (const io::Axis& axis : space) {
    initial.axes.push_back(add_axis(axis));
    later.axes.push_back(axis.name);
  }
  description.inputs.push_back(std::move(initial));
  description.outputs.push_back(std::move(later));
  description.attributes["initial_time"] = 0.0;
}

StoredGrid nested_periodic_grid(int axes, int resolution, int solver_resolution) {
  if (solver_resolution % resolution != 0)
    throw ConfigError(fmt::format(
        "resolution={} does not divide solver_resolution={} (every k-th point is stored); take a divisor of it",
        resolution, solver_resolution));
  return {
      .axes = axes, .fine_points = solver_resolution, .points = resolution, .stride = solver_resolution / resolution};
}

void StoredGrid::take(std::span<const double> fine, std::span<double> stored) const {
  if (axes == 0) {
    stored[0] = fine[0];
    return;
  }
  StoredGrid inner = *this;
  inner.axes = axes - 1;
  const std::size_t fine_size = fine.size() / static_cast<std::size_t>(fine_points);
  const std::size_t stored_size = stored.size() / static_cast<std::size_t>(points);
  for (int i = 0; i < points; ++i) {
    inner.take(fine.subspan(static_cast<std::size_t>(i * stride) * fine_size, fine_size),
               stored.subspan(static_cast<std::size_t>(i) * stored_size, stored_size));
  }
}

}  // namespace floe::pde
