// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <map>
#include <tuple>
#include <vector>

#include "lattice/flow/heat_kernel_field.h"

namespace floe::lattice {

/// The heat-kernel field of HeatKernelField as a module, for training by gradients and on any device: the same basis,
/// the same coefficients and, in float64, the same numbers to rounding. Fields are (batch, axes...) with one to four
/// periodic axes; their shape is the lattice, so that one module works on every lattice size. Differentiable any number
/// of times in the field and the coefficients.
class HeatKernelFieldTorchImpl final : public torch::nn::Module {
 public:
  /// Coefficients of zero in float64. Throws what HeatKernelBasis::validate throws.
  explicit HeatKernelFieldTorchImpl(HeatKernelBasis basis);

  /// V(field), (batch, axes...).
  at::Tensor forward(const at::Tensor& field);

  /// V(field) and its exact divergence, (batch). Throws ShapeError unless the field is (batch, axes...) and of the type
  /// of the coefficients.
  std::tuple<at::Tensor, at::Tensor> velocity_and_divergence(const at::Tensor& field);

  /// Takes the coefficients of a native field, in its order (a, s, k). Throws ShapeError.
  void set_coefficients(const Eigen::VectorXd& values);

  const HeatKernelBasis& basis() const { return basis_; }

  /// The parameter c, (scales, scales, features): output scale a, input scale s, feature k.
  at::Tensor coefficients;

 private:
  /// What depends on the lattice, in the type and on the device of the coefficients.
  struct Tables {
    std::vector<at::Tensor> smear;  // per axis, (scales, L, L)
    at::Tensor at_origin;           // (J_a J_s)(0) / sigma_s, (scales, scales)
  };

  const Tables& tables(at::IntArrayRef lattice);

  HeatKernelBasis basis_;
  std::map<std::vector<std::int64_t>, Tables> tables_;  // by lattice; remade when type or device change
};
TORCH_MODULE(HeatKernelFieldTorch);

}  // namespace floe::lattice
