// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "flow/evaluation.h"
#include "lattice/flow/phi4_flow.h"

namespace floe::lattice {

using flow::FlowEvaluation;
using FlowEvaluationOptions = flow::EvaluationOptions;

/// The samplers of a model on a lattice, with a number of Runge-Kutta steps. With `updates` above 0, samples come by
/// stochastic transport: the field of the closed-form pass, interrupted by cluster and local updates at so many times.
template <class T>
flow::Samplers<T> phi4_samplers(const Phi4FlowModel& model, const Geometry& geometry, int steps, int updates);

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
