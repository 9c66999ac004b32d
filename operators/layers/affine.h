// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include "operators/layers/activation.h"

namespace floe::operators {

/// activation(x W^T + b + a) on the last axis: x (..., in), weight (out, in), bias (out) or undefined, addend (...,
/// out) or undefined. Differentiable any number of times. One pass over memory on the CPU (kernels/affine.h), whose
/// result equals plain_affine() but for rounding.
torch::Tensor affine(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                     const torch::Tensor& addend = {}, Activation activation = Activation::identity);

/// The same by LibTorch's own operations.
torch::Tensor plain_affine(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias,
                           const torch::Tensor& addend = {}, Activation activation = Activation::identity);

}  // namespace floe::operators
