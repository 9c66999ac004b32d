// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "operators/registry.h"

namespace floe::operators {

/// Convolution on a periodic lattice over the last `axes` axes, by FFT in O(n log n):
///
///   y(x) = sum_z k(z) u(x - z),   x - z modulo the lattice
///
/// Field (..., n_1, ..., n_d) and kernel of the same lattice; the axes before are broadcast against each other.
/// Differentiable in both. Throws ShapeError when the lattices differ or there is none.
torch::Tensor periodic_convolution(const torch::Tensor& field, const torch::Tensor& kernel, std::int64_t axes);

/// Causal convolution over the last axis, by FFT of length at least L + K - 1, so that nothing wraps around:
///
///   y_l = sum_{j = 0}^{min(l, K - 1)} k_j u_{l - j},   l = 0 ... L - 1
///
/// u (..., L) and kernel (..., K) of any K >= 1; the axes before are broadcast. Differentiable in both. Throws
/// ShapeError when one of them is empty.
torch::Tensor causal_convolution(const torch::Tensor& u, const torch::Tensor& kernel);

/// The smallest 2^a 3^b 5^c that is at least n: a length for which the transform is fast.
std::int64_t fast_length(std::int64_t n);

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
/// | kernel | (out, in, n_1, ..., n_d); with `zero` (out, in, 2 n_1 - 1, ..., 2 n_d - 1), displacement z at z mod 2 n -
/// 1 | | bias   | (out) |
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
