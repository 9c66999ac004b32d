// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "base/lanes.h"
#include "lattice/fourier_mass.h"
#include "lattice/geometry.h"
#include "lattice/phi4.h"
#include "lattice/step_size.h"
#include "ode/hamiltonian.h"
#include "random/lane_stream.h"

namespace floe::lattice {

struct HmcOptions {
  ode::SymplecticMethod method = ode::SymplecticMethod::leapfrog;
  double trajectory_length = 1;    ///< Molecular-dynamics time of a trajectory; pi/2 suits Fourier acceleration.
  double jitter = 0.2;             ///< Each trajectory's length varies uniformly by up to this fraction, in [0, 1).
  double initial_step = 0.1;       ///< Step size before adaptation.
  double target_acceptance = 0.8;  ///< What the step size is adapted to, in (0, 1).
  int max_steps = 1000;            ///< Per trajectory, at least 1.

  /// Throws ConfigError.
  void validate() const;
};

/// Hybrid Monte Carlo of eight chains at once: Duane, Kennedy, Pendleton, Roweth, Phys. Lett. B 195 (1987) 216.
///
/// Momenta pi with weight exp(-K), molecular dynamics of H = K(pi) + S(phi) by the symplectic methods of ode,
/// acceptance with probability min(1, exp(-dH)) for each chain. K = pi^2 / 2, or that of a FourierMass. All chains of a
/// block take the same number of steps; jitter stretches the time of each chain by its own random factor.
class Hmc final {
 public:
  /// `geometry` is referred to and must outlive the object. Throws ConfigError.
  Hmc(const Geometry& geometry, const Phi4& phi4, const HmcOptions& options,
      std::optional<FourierMass> mass = std::nullopt);

  struct Result {
    /// dH, infinite where a trajectory overflowed. In equilibrium P(dH) exp(-dH) = P(-dH).
    Lanes<double> energy_change;
    Lanes<double> acceptance;  ///< min(1, exp(-dH)).
    Lanes<double> accepted;    ///< 0 or 1.
  };

  /// One trajectory and its acceptance.
  Result operator()(Block<double>& field, random::LaneStream& random);

  /// Molecular dynamics alone: `steps` steps over the given time, no jitter. Returns the force evaluations.
  std::size_t integrate(Block<double>& field, Block<double>& momentum, double length, int steps);
  /// K + S.
  Lanes<double> energy(const Block<double>& field, const Block<double>& momentum);
  void draw_momentum(Block<double>& momentum, random::LaneStream& random);

  /// Adapts the step size to the trajectory just done. Only for thermalisation.
  void adapt(const Result& result);
  void finish_adaptation();

  /// Molecular-dynamics time of a step, and steps of a trajectory.
  double step_size() const;
  int steps() const;
  std::optional<FourierMass>& mass() { return mass_; }

  /// All that adaptation has changed, for checkpoints.
  std::vector<double> state() const;
  /// The inverse of state(). Throws ShapeError.
  void set_state(const std::vector<double>& state);

 private:
  std::size_t integrate(Block<double>& field, Block<double>& momentum, double length, int steps,
                        const Lanes<double>& stretch);

  const Geometry* geometry_;
  Phi4 phi4_;
  HmcOptions options_;
  std::optional<FourierMass> mass_;
  StepSizeAdaptation adaptation_;
  ode::HamiltonianIntegrator<Block<double>> integrator_;
  Block<double> trial_;
  Block<double> momentum_;
};

}  // namespace floe::lattice
