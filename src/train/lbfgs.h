// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>

#include "config/section.h"
#include "train/module_state.h"

namespace floe::train {

struct LbfgsOptions {
  std::int64_t history = 20;      ///< pairs of changes that the curvature is estimated from
  std::int64_t evaluations = 25;  ///< of loss and gradient in one search along a line, at most
};
void bind(config::Section& section, LbfgsOptions& options);

/// Minimises a function that is the same at every call by quasi-Newton steps of limited memory: the direction is -H g
/// by the two loops of Nocedal (Math. Comp. 35, 1980), the step along it satisfies the strong Wolfe conditions
/// (train/line_search.h). Vectors and sums are in float64, whatever the parameters are.
class Lbfgs final {
 public:
  /// The value at the parameters as they are now, their gradients in grad().
  using Function = std::function<double()>;

  struct Step {
    double value = 0;          ///< before the step
    double gradient_norm = 0;  ///< before the step
    bool done = false;         ///< no lower value is to be found; the parameters stay
    std::int64_t evaluations = 0;
  };

  Lbfgs(NamedTensors parameters, const LbfgsOptions& options);

  /// One step. A first value or gradient that is not finite is returned as it is and changes nothing; one along the
  /// line only shortens the step.
  Step step(const Function& function);

  /// Everything that the next step depends on, besides the parameters; it may be written into.
  NamedTensors state() const;

 private:
  torch::Tensor gather(bool gradients) const;
  void move(const torch::Tensor& to);
  torch::Tensor direction(const torch::Tensor& gradient) const;
  void remember(const torch::Tensor& change, const torch::Tensor& gradient_change);
  std::int64_t stored() const;

  NamedTensors parameters_;
  LbfgsOptions options_;
  torch::Tensor changes_;           ///< (history, number), the oldest first
  torch::Tensor gradient_changes_;  ///< likewise
  torch::Tensor gradient_;          ///< at the parameters
  torch::Tensor numbers_;           ///< pairs that are stored, value, whether value and gradient are known
};

}  // namespace floe::train
