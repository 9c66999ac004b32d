// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/tasks/phi4_options.h"
#include "config/section.h"
#include "lattice/flow/evaluation.h"
#include "lattice/flow/phi4_flow.h"
#include "lattice/monte_carlo.h"

namespace floe::app {

enum class Precision { float32, float64 };

/// An experiment with task = "flow", section by section.
struct FlowOptions {
  TargetOptions target;
  std::string base = "free_field";
  std::optional<double> base_mass_squared;  ///< absent: 1 / (2 chi) of the target, measured
  std::string field = "heat_kernel";
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

  /// Throws ConfigError.
  void validate() const;
};

void bind(config::Section& root, FlowOptions& options);

}  // namespace floe::app
