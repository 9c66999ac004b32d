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

/// Which points of a solver's grid are stored: every stride-th along each axis, from the first. Exact where grids are
/// nested: periodic, stride = fine / stored; with both ends, stride = (fine - 1) / (stored - 1).
struct StoredGrid {
  int axes = 1;
  int fine_points = 1;  ///< per axis
  int points = 1;       ///< stored, per axis
  int stride = 1;

  void take(std::span<const double> fine, std::span<double> stored) const;
};

/// The stored grid of a periodic solver. Throws ConfigError unless resolution divides solver_resolution.
StoredGrid nested_periodic_grid(int axes, int resolution, int solver_resolution);

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

/// The trajectory of a solver of one field from the state in `fine`, which serves as its buffer afterwards: the initial
/// state, as the solver represents it, and the snapshots.
template <class Solver>
void record_field(Solver& solver, std::vector<double>& fine, const StoredGrid& grid, double final_time, int snapshots,
                  std::span<double> initial, std::span<double> later) {
  const auto write = [&](std::span<double> out) {
    solver.values(fine);
    grid.take(fine, out);
  };
  solver.start(fine);
  write(initial);
  record(solver, final_time, snapshots, [&](int i) { write(snapshot(later, snapshots, i)); });
}

}  // namespace floe::pde
