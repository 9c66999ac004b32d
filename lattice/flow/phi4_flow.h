// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "flow/flow.h"
#include "flow/least_squares.h"
#include "flow/stochastic_transport.h"
#include "flow/time_spline.h"
#include "lattice/flow/constant_correlation_path.h"
#include "lattice/flow/heat_kernel_field.h"
#include "lattice/flow/phi4_path.h"

namespace floe::lattice {

/// A trained flow from a free field to phi^4 theory. Nothing in it belongs to one lattice: it runs on any.
struct Phi4FlowModel {
  Phi4Schedule schedule;
  HeatKernelBasis basis;
  flow::TimeSpline coefficients;
  flow::TimeSpline path_coefficients;  ///< of the closed-form pass: with these the flow follows the path at all times
};

/// The flow of a model on a lattice, in precision T.
template <class T>
flow::Flow<T> make_flow(const Phi4FlowModel& model, const Geometry& geometry, const ode::Options& integration);

/// The flow that follows the path, before Gauss-Newton steps: for stochastic transport.
template <class T>
flow::Flow<T> make_path_flow(const Phi4FlowModel& model, const Geometry& geometry, const ode::Options& integration);

/// A cluster update and a local sweep at the couplings of time t, which leave exp(-f_t) as it is.
template <class T>
flow::PathUpdate<T> phi4_path_update(const Geometry& geometry, const Phi4Schedule& schedule);

/// Short Monte Carlo run at the target: it measures the susceptibility that the path keeps, and gives the samples of
/// the target that Gauss-Newton training uses. Its error costs efficiency only.
struct TargetPilotOptions {
  int chains = 64;           ///< a multiple of 8
  int thermalisation = 200;  ///< updates before the first sample
  int interval = 5;          ///< updates between samples
};

struct Phi4TrainingOptions {
  std::optional<double> susceptibility;  ///< of the target, V <M^2>; measured when absent
  TargetPilotOptions target;
  PilotOptions path;
  std::vector<double> scales;  ///< of the field; empty: see automatic_scales
  int features = 6;
  double max_frequency = 4;
  flow::LeastSquaresOptions regression;

  /// Throws ConfigError.
  void validate() const;
};

/// 0, then 0.15 times powers of 2.5 up to about the squared correlation length of the base, 1 / M^2: the quadrature of
/// the resolvent that the field stands for.
std::vector<double> automatic_scales(double base_mass_squared);

/// Where training stands, and where it goes on from.
struct Phi4TrainingStart {
  Phi4FlowModel model;
  int stage = 0;                       ///< the last finished: 0 the closed-form pass, then the Gauss-Newton steps
  double trust = flow::initial_trust;  ///< where the next step begins its search for mu
};

struct Phi4TrainingHooks {
  std::function<void(const flow::TrainingRecord&)> observer = {};
  /// Called after every stage. Training that starts from what it was given ends as if it had never stopped.
  std::function<void(const Phi4TrainingStart&)> checkpoint = {};
  std::function<bool()> stop = {};  ///< polled from all threads; true ends training with flow::TrainingStopped
};

/// Trains by least squares on one lattice, or on several at once, which share walkers and trajectories evenly and count
/// by their variance per site; fields in precision T. Finds the path, solves the regressions, takes
/// regression.refinements Gauss-Newton steps. No knowledge of the target enters but its couplings.
template <class T>
Phi4FlowModel train_phi4_flow(const std::vector<Geometry>& geometries, const Phi4& target,
                              const Phi4TrainingOptions& options, std::uint64_t seed, const Phi4TrainingHooks& hooks,
                              const std::optional<Phi4TrainingStart>& start = std::nullopt);
template <class T>
Phi4FlowModel train_phi4_flow(const Geometry& geometry, const Phi4& target, const Phi4TrainingOptions& options,
                              std::uint64_t seed, const Phi4TrainingHooks& hooks,
                              const std::optional<Phi4TrainingStart>& start = std::nullopt) {
  return train_phi4_flow<T>(std::vector<Geometry>{geometry}, target, options, seed, hooks, start);
}

}  // namespace floe::lattice
