// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "base/lanes.h"
#include "lattice/fourier_mass.h"
#include "lattice/geometry.h"
#include "lattice/hmc.h"
#include "lattice/local_update.h"
#include "lattice/phi4.h"
#include "lattice/wolff.h"
#include "random/lane_stream.h"

namespace floe::lattice {

/// What one update did to each of eight chains.
struct UpdateReport {
  Lanes<double> acceptance = Lanes<double>::Ones();  ///< Of the Metropolis proposals, or of the trajectory (0 or 1).
  Lanes<double> boltzmann = Lanes<double>::Ones();   ///< exp(-dH) of a trajectory; 1 without one. Its mean is 1.
  Lanes<double> flipped = Lanes<double>::Zero();     ///< Fraction of sites whose sign a cluster update changed.
};

enum class Phase {
  thermalisation,  ///< Parameters of the update follow the chain.
  measurement,     ///< Parameters are fixed: the chain is a Markov chain.
};

/// One update of the eight chains of a block, with the scratch memory and the adapted parameters of this block.
class Update {
 public:
  virtual ~Update() = default;
  virtual UpdateReport operator()(Block<double>& field, random::LaneStream& random, Phase phase) = 0;
  /// Called once between the phases.
  virtual void finish_thermalisation() = 0;
  /// All that thermalisation has changed, and its inverse, which throws ShapeError.
  virtual std::vector<double> state() const = 0;
  virtual void set_state(const std::vector<double>& state) = 0;
};

struct FourierOptions {
  /// The m^2 of the mass; 0 finds mass and scale from the two-point function at the two lowest momenta, measured during
  /// thermalisation: the second-moment correlation length and the residue there.
  double mass_squared = 0;

  /// Throws ConfigError.
  void validate() const;
};

/// What changes |phi| between cluster updates.
enum class RadialUpdate {
  metropolis,  ///< Local sweeps.
  hmc,         ///< Trajectories.
};

struct WolffOptions {
  ClusterChoice clusters = ClusterChoice::all;
  int cluster_updates = 1;  ///< Per update, at least 1.
  RadialUpdate radial = RadialUpdate::metropolis;
  int sweeps = 1;  ///< Local sweeps (or trajectories) per update, at least 1.
  LocalUpdateOptions local;

  /// Throws ConfigError.
  void validate() const;
};

/// The constructors refer to `geometry`, which must outlive the update, and throw ConfigError.
std::unique_ptr<Update> make_hmc_update(const Geometry& geometry, const Phi4& phi4, const HmcOptions& options);
std::unique_ptr<Update> make_fourier_hmc_update(const Geometry& geometry, const Phi4& phi4, const HmcOptions& options,
                                                const FourierOptions& fourier);
std::unique_ptr<Update> make_wolff_update(const Geometry& geometry, const Phi4& phi4, const WolffOptions& options,
                                          const HmcOptions& hmc);

}  // namespace floe::lattice
