// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <string>
#include <string_view>

#include "config/section.h"

namespace floe::operators {

/// A function of one number between the layers of a network.
enum class Activation {
  identity,    ///< x
  relu,        ///< max(x, 0)
  leaky_relu,  ///< max(x, 0.2 x), the slope of Keras up to version 2
  gelu,        ///< x Phi(x), with the exact Gaussian distribution function
  tanh,
  sine,
  swish,  ///< x / (1 + exp(-x))
  selu    ///< 1.0507 (x for x > 0, 1.6733 (exp(x) - 1) below)
};

/// The function at every element; differentiable.
torch::Tensor activate(Activation activation, const torch::Tensor& x);

/// x Phi(x), exact. Use it instead of torch::gelu: with oneDNN, LibTorch 1.13 reads uninitialised memory in the float32
/// derivative when the gradient that arrives is laid out unlike x (after a transposition, say) and returns noise or
/// NaN.
torch::Tensor exact_gelu(const torch::Tensor& x);

/// The key `name` that takes an activation by its name.
void activation_key(config::Section& section, std::string_view name, Activation& value, std::string_view help);

}  // namespace floe::operators
