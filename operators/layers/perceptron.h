// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include <memory>
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
  small_normal,   ///< weights and biases N(0, 0.001^2)
};

struct PerceptronOptions {
  /// Features of the input, of each hidden layer and of the output: at least two.
  std::vector<int> widths;
  Activation activation = Activation::relu;
  /// After the last layer.
  Activation last_activation = Activation::identity;
  PerceptronNorm norm = PerceptronNorm::none;  ///< after each hidden layer, before its activation
  double dropout = 0;                          ///< probability, after each hidden activation
  int dropout_layers = 0;                      ///< only after the first so many; 0: after all
  /// From the third hidden layer on, a linear map of the layer before last is added to each.
  bool residual = false;
  Initialisation initialisation = Initialisation::uniform;

  /// Throws ConfigError.
  void validate() const;
};

/// A multilayer perceptron on the last axis, (..., widths.front()) -> (..., widths.back()):
///
///   h_0 = x,   h_l = dropout(activation(norm(W_l h_{l-1} + b_l))),   y = last_activation(W_n h_{n-1} + b_n)
///
/// and, residual, h_l + P_l h_{l-2} + c_l in place of h_l for l = 3 ... n - 1.
///
/// | parameter, l = 0 ... | shape |
/// |---|---|
/// | linear<l>.weight, .bias | (widths_{l+1}, widths_l), (widths_{l+1}) |
/// | norm<l>.weight, .bias, l < n - 1 | (widths_{l+1}) |
/// | projection<l>.weight, .bias, l = 2 ... n - 2 | (widths_{l+1}, widths_{l-1}), (widths_{l+1}) |
class Perceptron final : public torch::nn::Module {
 public:
  /// Throws ConfigError.
  explicit Perceptron(PerceptronOptions options);

  torch::Tensor forward(const torch::Tensor& x);

  const PerceptronOptions& options() const { return options_; }

 private:
  PerceptronOptions options_;
  std::vector<torch::nn::Linear> linear_;
  std::vector<torch::nn::Linear> projection_;  // of hidden layers 3, 4, ...
  std::vector<torch::nn::LayerNorm> layer_norm_;
  std::vector<torch::nn::BatchNorm1d> batch_norm_;
};

/// A perceptron with these widths and the defaults for all else.
std::shared_ptr<Perceptron> make_perceptron(std::vector<int> widths);

/// The weights and biases of a linear map or convolution, drawn anew.
void initialise(Initialisation initialisation, torch::Tensor& weight, torch::Tensor& bias);

/// The key `name` that takes a normalisation by its name.
void perceptron_norm_key(config::Section& section, std::string_view name, PerceptronNorm& norm);

/// widths = (first, hidden ..., last).
std::vector<int> chain_widths(int first, const std::vector<int>& hidden, int last);

}  // namespace floe::operators
