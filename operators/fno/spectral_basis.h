// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "operators/fno/truncated_transform.h"

namespace floe::operators {

/// How the few lowest modes are computed.
enum class SpectralMethod {
  automatic,  ///< whichever should be faster for such a grid and number of modes, by counts of operations
  matrices,   ///< products with small matrices (TruncatedTransform)
  fft,        ///< LibTorch's FFT of the whole field
};

/// The lowest Fourier modes of fields on one grid, differentiable any number of times, on any device. Fields are
/// (batch, axes..., channels), spectra real tensors (mode, 2, batch, channels) of real and imaginary parts.
class SpectralBasis final {
 public:
  /// For fields on `grid`; `factors` as TruncatedTransform takes them.
  SpectralBasis(std::vector<std::int64_t> grid, ModeCounts modes, std::vector<std::vector<double>> factors,
                SpectralMethod method = SpectralMethod::automatic);

  /// X(k) = sum_x a_k x(x) exp(-i theta).
  torch::Tensor analyse(const torch::Tensor& fields) const;
  /// x(x) = sum_k a_k Re(X(k) exp(i theta)).
  torch::Tensor synthesise(const torch::Tensor& spectrum) const;

  ~SpectralBasis();
  SpectralBasis(const SpectralBasis&);
  SpectralBasis& operator=(const SpectralBasis&) = delete;

  /// Whether fields on the CPU go through products with matrices.
  bool by_matrices() const;

  class Kernels;

 private:
  c10::intrusive_ptr<Kernels> kernels_;
};

/// y(k) = w(k) x(k), complex: spectrum (mode, 2, batch, in) and weights (mode, in, 2, out) to (mode, 2, batch, out).
/// Differentiable any number of times.
torch::Tensor mode_product(const torch::Tensor& spectrum, const torch::Tensor& weights);

}  // namespace floe::operators
