// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "io/description.h"

namespace floe::pde {

/// The axis `time` of a trajectory: `snapshots` times T/n, 2T/n, ..., T. The initial time 0 is not among them.
io::Axis time_axis(double final_time, int snapshots);

/// Adds a field that evolves, by the convention of docs/dataset-format.md for all trajectories:
///
///   inputs/<name>  (space...)         the state at the initial time, attribute initial_time = 0 of the root
///   outputs/<name> (time, space...)   the states at the later times of the axis `time`, `time.values` of them
///
/// and their axes, where they are not there yet.
void describe_trajectory(io::DatasetDescription& description, const std::string& name, const std::string& long_name,
                         const io::Axis& time, const std::vector<io::Axis>& space);

/// Every stride-th point of a field on a grid with fine_points per axis, from the first, along `axes` axes:
/// coarse_points per axis. Exact where grids are nested: periodic, stride = fine / coarse; with both ends,
/// stride = (fine - 1) / (coarse - 1).
void take_every(int stride, int axes, std::span<const double> fine, int fine_points, std::span<double> coarse,
                int coarse_points);

/// The i-th of the snapshots of an output (time, space...).
inline std::span<double> snapshot(std::span<double> output, int snapshots, int i) {
  const std::size_t size = output.size() / static_cast<std::size_t>(snapshots);
  return output.subspan(static_cast<std::size_t>(i) * size, size);
}

/// Advances a solver, by its advance(double duration), from 0 through the times of time_axis(final_time, snapshots),
/// and calls write(i) at the i-th of them.
template <class Solver, class Write>
void record(Solver& solver, double final_time, int snapshots, Write&& write) {
  for (int i = 0; i < snapshots; ++i) {
    solver.advance(final_time / snapshots);
    write(i);
  }
}

}  // namespace floe::pde
