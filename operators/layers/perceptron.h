// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include <vector>

#include "operators/layers/activation.h"

namespace floe::operators {

enum class PerceptronNorm {
  none,
  layer,  ///< over the features of a row
  batch   ///< over the rows, with running statistics for evaluation
};

enum class Initialisation {
  uniform,        ///< U(-1, 1) / sqrt(fan in) for weights and biases, LibTorch's own
  glorot_normal,  ///< weights N(0, 2 / (fan in + fan out)), biases zero
};

struct PerceptronOptions {
  /// Features of the input, of each hidden layer and of the output: at least two.
  std::vector<int> widths;
  Activation activation = Activation::relu;
  /// After the last layer.
  Activation last_activation = Activation::identity;
  PerceptronNorm norm = PerceptronNorm::none;  ///< after each hidden layer, before its activation
  double dropout = 0;                          ///< probability, after each hidden activation
  Initialisation initialisation = Initialisation::uniform;

  /// Throws ConfigError.
  void validate() const;
};

/// A multilayer perceptron on the last axis, (..., widths.front()) -> (..., widths.back()):
///
///   h_0 = x,   h_l = dropout(activation(norm(W_l h_{l-1} + b_l))),   y = last_activation(W_n h_{n-1} + b_n)
///
/// Parameters "linear<l>.weight", "linear<l>.bias", "norm<l>.weight", "norm<l>.bias" from l = 0.
class Perceptron final : public torch::nn::Module {
 public:
  /// Throws ConfigError.
  explicit Perceptron(PerceptronOptions options);

  torch::Tensor forward(const torch::Tensor& x);

  const PerceptronOptions& options() const { return options_; }

 private:
  PerceptronOptions options_;
  std::vector<torch::nn::Linear> linear_;
  std::vector<torch::nn::LayerNorm> layer_norm_;
  std::vector<torch::nn::BatchNorm1d> batch_norm_;
};

/// widths = (first, hidden ..., last).
std::vector<int> chain_widths(int first, const std::vector<int>& hidden, int last);

}  // namespace floe::operators
