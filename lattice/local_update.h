// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "base/lanes.h"
#include "lattice/geometry.h"
#include "lattice/phi4.h"
#include "random/lane_stream.h"

namespace floe::lattice {

struct LocalUpdateOptions {
  int hits = 3;                    ///< Proposals per site and sweep, at least 1.
  double target_acceptance = 0.5;  ///< What the proposal width is adapted to, in (0, 1).
  double initial_width = 0.8;      ///< Half width of the first proposals, in units of phi.

  /// Throws ConfigError.
  void validate() const;
};

/// Metropolis sweeps over single sites, eight chains at once. A proposal phi_x + w (2 u - 1) changes the action by
///
///     dS = s(phi') - s(phi),   s(phi) = phi^2 (m^2 + 2 d + lambda phi^2) - 2 phi h,   h the sum of the 2 d neighbours,
///
/// and is accepted where dS < -log v. Sites are visited row by row, within a row first those of even and then those of
/// odd coordinate: successive sites then do not wait for one another. The width w of each chain is its own. Metropolis
/// et al., J. Chem. Phys. 21 (1953) 1087.
class LocalUpdate final {
 public:
  /// `geometry` is referred to and must outlive the update.
  LocalUpdate(const Geometry& geometry, const Phi4& phi4, const LocalUpdateOptions& options);

  /// One sweep. Returns the fraction of accepted proposals of each chain.
  Lanes<double> operator()(Block<double>& field, random::LaneStream& random);

  /// Moves the widths towards the target acceptance with a step that decreases from call to call (Robbins, Monro 1951).
  /// Only for thermalisation: a chain whose proposals depend on its past is no Markov chain.
  void adapt(const Lanes<double>& acceptance);

  const Lanes<double>& width() const { return width_; }

  /// All that adaptation has changed, for checkpoints.
  std::vector<double> state() const;
  /// The inverse of state(). Throws ShapeError when the numbers are not 9.
  void set_state(const std::vector<double>& state);

 private:
  const Geometry* geometry_;
  LocalUpdateOptions options_;
  double quadratic_;
  double coupling_;
  std::vector<int> axes_;  // those longer than one site: a site that is its own neighbour has no gradient there
  Lanes<double> width_;
  double adaptations_ = 0;
  Block<double> proposal_;   // u of one row, (lane, site and hit)
  Block<double> threshold_;  // -log v
};

}  // namespace floe::lattice
