// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <vector>

#include "operators/registry.h"

namespace floe::operators {

enum class LatticeBoundary {
  periodic,  ///< the field repeats; the kernel has one weight per site
  zero       ///< the field vanishes outside; the kernel has one weight per displacement, 2 n - 1 on each axis
};

struct LatticeConvolutionOptions {
  LatticeBoundary boundary = LatticeBoundary::periodic;
  bool bias = true;

  void validate() const {}
};

void bind(config::Section& section, LatticeConvolutionOptions& options);

/// The general translation-invariant linear map on one lattice, fields (batch, in, n_1, ..., n_d) with d = 1, 2, 3 to
/// (batch, out, n_1, ..., n_d):
///
///   y_o(x) = b_o + sum_i sum_z K_oi(z) u_i(x - z)
///
/// | parameter | shape |
/// |---|---|
/// | kernel | (out, in, n_1, ..., n_d) |
/// | kernel with `zero` | (out, in, 2 n_1 - 1, ..., 2 n_d - 1), displacement z at z mod 2 n - 1 |
/// | bias | (out) |
///
/// The kernel belongs to its lattice: another one is refused.
class LatticeConvolution final : public Operator {
 public:
  /// Kernel N(0, 1 / (in * sites)), bias zero. Throws ConfigError unless the data are fields in 1 to 3 dimensions.
  LatticeConvolution(const LatticeConvolutionOptions& options, const DataShape& data);

 private:
  torch::Tensor apply(const train::Inputs& inputs) override;

  LatticeConvolutionOptions options_;
  torch::Tensor kernel_;
  torch::Tensor bias_;
};

std::unique_ptr<Model> make_lattice_convolution_model();

}  // namespace floe::operators
