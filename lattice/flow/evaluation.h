// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "flow/importance_weights.h"
#include "flow/metropolis.h"
#include "lattice/flow/phi4_flow.h"

namespace floe::lattice {

struct FlowEvaluationOptions {
  std::int64_t samples = 16384;  ///< fresh samples of the flow
  int steps = 16;                ///< Runge-Kutta steps of order four
  std::int64_t halved = 256;     ///< samples repeated with twice the steps, to bound the error of integration

  /// Throws ConfigError.
  void validate() const;
};

/// A quantity of the field theory by name, with its error.
struct NamedEstimate {
  std::string name;
  flow::Estimate value;
};

/// How good a flow is on one lattice, seen from both sides.
struct FlowEvaluation {
  flow::ImportanceWeights weights;  ///< of fresh samples; holds ESS, log Z, ELBO
  flow::TargetWeights
      target_weights;             ///< of Monte Carlo samples carried backwards; holds forward ESS, EUBO; may be empty
  flow::IndependenceChain chain;  ///< independence Metropolis over the fresh samples
  std::vector<NamedEstimate> reweighted, raw;
  std::vector<double> log_weights, target_log_weights;  ///< one per sample
  /// The change of log w by twice the steps, mean over FlowEvaluationOptions::halved samples: the bias of log Z that
  /// the integration leaves.
  flow::Estimate step_bias;

  /// Whether the integration's bias exceeds three statistical errors of log Z.
  bool steps_too_coarse() const;
  /// Whether ELBO <= log Z <= EUBO within three errors. A violation means missed parts of the target or a wrong
  /// density.
  bool bounds_hold() const;
};

/// Evaluates a model on a lattice in precision T: fresh samples of the flow, and samples of the target (rows of a
/// matrix (sample, site); may be empty; taken as independent) integrated backwards. `stop` is polled; throws
/// TrainingStopped. Quantities are susceptibility, phi_squared, phi_fourth, binder, xi_second_moment, action. Memory
/// does not grow with samples but for one log-weight each.
template <class T>
FlowEvaluation evaluate_phi4_flow(const Phi4FlowModel& model, const Geometry& geometry,
                                  const FlowEvaluationOptions& options,
                                  const std::vector<Block<double>>& target_samples, std::uint64_t seed,
                                  const std::function<bool()>& stop = {});

/// Forward log-weights alone, of given samples of the target, sample after sample.
template <class T>
std::vector<double> target_log_weights(const Phi4FlowModel& model, const Geometry& geometry, int steps,
                                       const std::vector<Block<double>>& samples);

}  // namespace floe::lattice
