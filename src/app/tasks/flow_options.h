// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/tasks/phi4_options.h"
#include "config/section.h"
#include "flow/double_well.h"
#include "flow/gaussian_mixture.h"
#include "flow/generalized_gaussian.h"
#include "flow/hmc_refresh.h"
#include "flow/random_feature_field.h"
#include "lattice/flow/evaluation.h"
#include "lattice/flow/phi4_flow.h"
#include "lattice/monte_carlo.h"

namespace floe::app {

enum class Precision { float32, float64 };

/// Calls body(float{}) or body(double{}): one lambda for both precisions.
template <class Body>
auto with_precision(Precision precision, const Body& body) {
  return precision == Precision::float32 ? body(float{}) : body(double{});
}

/// An experiment with task = "flow", section by section.
struct FlowOptions {
  TargetOptions target;  ///< its kind decides which of the targets counts
  flow::GaussianMixtureOptions mixture;
  flow::DoubleWellOptions well;
  std::string base = "free_field";  ///< or "generalized_gaussian", which all targets but phi4 have
  flow::GeneralizedGaussianOptions base_shape;
  std::optional<double> base_mass_squared;  ///< absent: 1 / (2 chi) of the target, measured
  std::string field = "heat_kernel";        ///< or "random_features"
  flow::RandomFeatureOptions random_features;
  std::optional<double> shortest_length, longest_length;  ///< of the random features
  std::string path_kind = "linear";                       ///< of targets but phi4; or "diffusion"
  double path_power = 1;
  flow::HmcRefreshOptions refresh;
  std::string method = "least_squares";
  std::vector<std::vector<int>> train_sizes = {{8, 8}};
  Precision train_precision = Precision::float32;
  lattice::Phi4TrainingOptions training;

  std::vector<std::vector<int>> evaluate_sizes = {{8, 8}};
  Precision evaluate_precision = Precision::float64;
  lattice::FlowEvaluationOptions evaluation;

  bool truth = true;  ///< Monte Carlo on the same lattices
  std::int64_t target_samples = 2048;
  lattice::MonteCarloOptions monte_carlo;

  bool lattice_theory() const { return target.kind == "phi4"; }
  /// Throws ConfigError.
  void validate() const;
};

void bind(config::Section& root, FlowOptions& options);

}  // namespace floe::app
