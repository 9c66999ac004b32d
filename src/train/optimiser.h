// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/section.h"
#include "train/lbfgs.h"

namespace floe::train {

enum class OptimiserKind { adamw, adam, lion, lbfgs };

/// Parameters with settings of their own.
struct ParameterGroup {
  std::string name{};
  std::vector<std::string> parameters{};  ///< beginnings of their names; a '*' stands for any characters
  std::optional<double> learning_rate{};  ///< else that of all
  std::optional<double> weight_decay{};
};

struct OptimiserOptions {
  OptimiserKind kind = OptimiserKind::adamw;
  double learning_rate = 1e-3;
  double weight_decay = 1e-4;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  std::vector<ParameterGroup> groups{};  ///< the first that a name fits holds
  LbfgsOptions lbfgs{};
};
void bind(config::Section& section, OptimiserOptions& options);

/// Changes parameters by their gradients, in one pass over memory:
///
///   adamw  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
///          p = p (1 - lr wd) - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
///          (Loshchilov, Hutter, arXiv 1711.05101), as LibTorch's
///   adam   the same with g + wd p for g and no other decay (Kingma, Ba, arXiv 1412.6980), as LibTorch's
///   lion   p = p (1 - lr wd) - lr sign(b1 m + (1 - b1) g);  m = b2 m + (1 - b2) g  (Chen et al., arXiv 2302.06675)
///
/// LibTorch's own AdamW takes a dozen passes and hides its state behind the addresses of the parameters. The steps of
/// lbfgs are those of train/lbfgs.h, which this class keeps the books of.
class Optimiser final {
 public:
  using Named = std::vector<std::pair<std::string, torch::Tensor>>;

  /// Throws ConfigError for a group without parameters.
  Optimiser(Named parameters, const OptimiserOptions& options);

  /// One step with the learning rate times `factor` and the gradients times `gradient_factor`. Parameters without a
  /// gradient stay.
  void step(double factor = 1, double gradient_factor = 1);
  /// One step of lbfgs (only of that).
  Lbfgs::Step step(const Lbfgs::Function& function);
  void zero_gradients();

  const Named& parameters() const { return parameters_; }
  std::int64_t steps() const { return steps_; }
  void set_steps(std::int64_t steps) { steps_ = steps; }
  /// The moments by name, "m/<parameter>" and (adam, adamw) "v/<parameter>", or what lbfgs remembers; they may be
  /// written into.
  Named state() const;

 private:
  void set_groups();

  Named parameters_;
  OptimiserOptions options_;
  std::vector<double> learning_rates_;  ///< of each parameter
  std::vector<double> weight_decays_;
  std::optional<Lbfgs> lbfgs_;
  std::vector<torch::Tensor> first_;
  std::vector<torch::Tensor> second_;
  std::int64_t steps_ = 0;
};

}  // namespace floe::train
