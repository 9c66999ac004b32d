// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "lattice/flow/phi4_path.h"

namespace floe::lattice {

/// The pilot run that finds a path of constant susceptibility.
struct PilotOptions {
  int walkers = 1024;  ///< at once
  int nodes = 25;      ///< couplings visited
  int passes = 3;      ///< runs that are averaged
  int updates = 4;     ///< cluster and local updates at every node
  double power = 1.4;  ///< of the schedule that comes out

  /// Throws ConfigError.
  void validate() const;
};

/// Finds the schedule along which the susceptibility chi = V <M^2>, and with it the correlation length, stays that of
/// the target: the flow then has no collective mode to stretch, which matters more for its quality than anything else.
///
/// The base mass is M^2 = 1 / (2 chi). From there a Monte Carlo run follows lambda = u lambda_1 with
///
///   dm^2/du = -lambda_1 Cov(A, sum phi^4) / Cov(A, sum phi^2) ,  A = V M^2 ,
///
/// corrected at every node by a Newton step (chi_measured - chi) / Cov(A, sum phi^2). The bend of the schedule is
/// fitted to slopes and values of all passes, each with its statistical error. Noise costs efficiency only: end points
/// are exact, and no weight depends on the path. `susceptibility` is that of the target, measured or given.
///
/// Throws ConfigError, and NumericalError when the run breaks down.
Phi4Schedule constant_correlation_schedule(const Geometry& geometry, const Phi4& target, double susceptibility,
                                           const PilotOptions& options, std::uint64_t seed);

}  // namespace floe::lattice
