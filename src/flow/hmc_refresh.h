// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "flow/energy_path.h"
#include "random/lane_stream.h"

namespace floe::flow {

/// Hybrid Monte Carlo at the times of a path: what refreshes walkers where no better update exists.
struct HmcRefreshOptions {
  int trajectories = 2;      ///< at every time
  int steps = 6;             ///< leapfrog steps of a trajectory
  double acceptance = 0.85;  ///< what the step size is tuned to

  /// Throws ConfigError.
  void validate() const;
};

/// Moves a block by `options.trajectories` trajectories of molecular dynamics with unit mass at time t, each accepted
/// or not (Duane, Kennedy, Pendleton, Roweth, Phys. Lett. B 195 (1987) 216): exp(-f_t) is left as it is, whatever the
/// step. Lengths of trajectories vary by 20 %. Returns the mean acceptance. Random numbers are those of samples first,
/// first + 1, ... under the key.
template <class T>
double hmc_refresh(const EnergyPath<T>& path, double t, const HmcRefreshOptions& options, double step, random::Key key,
                   std::uint64_t first, Block<T>& x);

/// Finds the step sizes for equidistant times: walkers are carried along the path by the trajectories alone, and steps
/// follow their acceptance. Cheap and approximate; the same for any number of threads.
template <class T>
std::vector<double> tune_hmc(const EnergyPath<T>& path, const HmcRefreshOptions& options, int nodes,
                             std::uint64_t seed);

}  // namespace floe::flow
