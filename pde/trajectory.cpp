// SPDX-License-Identifier: MIT
#include "pde/trajectory.h"

#include <algorithm>

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

void take_every(int stride, int axes, std::span<const double> fine, int fine_points, std::span<double> coarse,
                int coarse_points) {
  if (axes == 0) {
    coarse[0] = fine[0];
    return;
  }
  const std::size_t fine_size = fine.size() / static_cast<std::size_t>(fine_points);
  const std::size_t coarse_size = coarse.size() / static_cast<std::size_t>(coarse_points);
  for (int i = 0; i < coarse_points; ++i) {
    take_every(stride, axes - 1, fine.subspan(static_cast<std::size_t>(i * stride) * fine_size, fine_size), fine_points,
               coarse.subspan(static_cast<std::size_t>(i) * coarse_size, coarse_size), coarse_points);
  }
}

}  // namespace floe::pde
