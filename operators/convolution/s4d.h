// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>

#include <memory>
#include <vector>

#include "operators/registry.h"

namespace floe::operators {

/// The convolution kernel of a diagonal state space model, one per channel h:
///
///   dx_n/dt = A_n x_n + u,   y = 2 Re sum_n C_n x_n
///   K_l = 2 Re sum_n C_n (exp(dt A_n) - 1) / A_n exp(dt A_n l),   l = 0 ... L - 1
///
/// which is its answer to a unit impulse that is held over the first step dt. With N / 2 modes of which the conjugates
/// are left out; A_n = -exp(log_decay_n) + i frequency_n starts as -1/2 + i pi n (S4D-Lin; Gu, Goel, Gupta, Re, NeurIPS
/// 2022, arXiv 2206.11893).
///
/// | parameter | shape | initially |
/// |---|---|---|
/// | log_step  | (H)         | uniform between log(step_min) and log(step_max) |
/// | log_decay | (H, N / 2)  | log(1/2) |
/// | frequency | (H, N / 2)  | pi n |
/// | output    | (H, N / 2, 2), real and imaginary part of C | complex normal, variance 1 |
class S4dKernel final : public torch::nn::Module {
 public:
  S4dKernel(std::int64_t channels, std::int64_t states, double step_min, double step_max);

  /// K, (H, L). The steps are dt * step_factor: 1/2 gives the kernel of the same system on a grid twice as fine.
  torch::Tensor forward(std::int64_t length, double step_factor = 1);

 private:
  torch::Tensor log_step_;
  torch::Tensor log_decay_;
  torch::Tensor frequency_;
  torch::Tensor output_;
};

struct S4dOptions {
  int channels = 64;  ///< H
  int states = 64;    ///< N, real and even
  int layers = 4;
  double step_min = 0.001;
  double step_max = 0.1;
  double dropout = 0;
  bool bidirectional = false;  ///< a second kernel that runs backwards
  bool resolution_scaled = false;

  /// Throws ConfigError.
  void validate() const;
};

void bind(config::Section& section, S4dOptions& options);

/// A stack of S4D layers on sequences, fields (batch, in, L) to (batch, out, L); causal unless bidirectional:
///
///   h_0 = W_in u + b
///   h_{i+1} = h_i + dropout(GLU(W_i gelu(K_i * z + D_i z) + b_i)),   z = layer norm of h_i over its channels
///   y = W_out h + b
///
/// with K * z by FFT (causal_convolution), W_i from H to 2 H channels, GLU(a, b) = a sigmoid(b). Backwards and forwards
/// kernels add up. Any length; with resolution_scaled the steps are those of the data the model was made for times
/// (their length / L), so that a finer sampling of the same signal is answered alike.
///
/// | parameter | shape |
/// |---|---|
/// | encoder.weight, .bias | (H, in), (H) |
/// | layer<i>.kernel.*, layer<i>.backward.* | see S4dKernel |
/// | layer<i>.skip | (H) |
/// | layer<i>.norm.weight, .bias | (H) |
/// | layer<i>.mix.weight, .bias | (2 H, H), (2 H) |
/// | decoder.weight, .bias | (out, H), (out) |
///
/// The parameters of the kernels want no weight decay and a small learning rate.
class S4d final : public Operator {
 public:
  /// Throws ConfigError unless the data are sequences.
  S4d(const S4dOptions& options, const DataShape& data);

 private:
  class Layer;

  torch::Tensor apply(const train::Inputs& inputs) override;

  S4dOptions options_;
  std::int64_t length_;  // of the data it was made for
  torch::nn::Linear encoder_;
  std::vector<std::shared_ptr<Layer>> layers_;
  torch::nn::Linear decoder_;
};

std::unique_ptr<Model> make_s4d_model();

}  // namespace floe::operators
