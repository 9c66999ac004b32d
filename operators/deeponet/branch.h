// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/conv.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "config/section.h"
#include "operators/layers/perceptron.h"

namespace floe::operators {

enum class BranchKind {
  mlp,  ///< a perceptron of all numbers in a row
  cnn   ///< convolutions of the fields as an image, then a perceptron
};

struct BranchOptions {
  /// Whether it sees the fields; otherwise the numbers only, and the fields give the grid of the answer and the mask.
  bool fields = true;
  BranchKind kind = BranchKind::mlp;
  std::vector<int> filters{64, 128};  ///< of the convolutions
  int kernel = 5;
  int stride = 2;
  bool same_padding = false;  ///< zeros around the image; otherwise none
  int pooling = 1;            ///< average over that many points a side after each convolution; 1: none
  Activation convolution_activation = Activation::relu;
  std::vector<int> hidden{40};
  Activation activation = Activation::relu;
  Activation last_activation = Activation::identity;
  PerceptronNorm norm = PerceptronNorm::none;
  double dropout = 0;
  int dropout_layers = 0;  ///< only after the first so many hidden layers; 0: after all

  /// Throws ConfigError.
  void validate() const;
};

void bind(config::Section& section, BranchOptions& options);

/// The branch of a DeepONet, from (batch, numbers) and (batch, channel, n_1, n_2) to (batch, features).
///
/// | parameter | shape |
/// |---|---|
/// | convolution<i>.weight, .bias | (filters_i, filters_{i-1}, kernel, kernel), (filters_i) |
/// | perceptron.* | see Perceptron, from (numbers + all that the last image holds) to features |
///
/// The numbers come before the fields.
class Branch final : public torch::nn::Module {
 public:
  /// Throws ConfigError for images that are too small for the convolutions or not two-dimensional.
  Branch(const BranchOptions& options, std::int64_t numbers, std::int64_t channels,
         const std::vector<std::int64_t>& grid, std::int64_t features, Initialisation initialisation);

  /// Either may be undefined if it has no part.
  torch::Tensor forward(const torch::Tensor& numbers, const torch::Tensor& fields);

 private:
  BranchOptions options_;
  std::vector<torch::nn::Conv2d> convolutions_;
  std::shared_ptr<Perceptron> perceptron_;
};

}  // namespace floe::operators
