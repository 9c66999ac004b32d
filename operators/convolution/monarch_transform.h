// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace floe::operators {

/// The discrete Fourier transform of length n = n1 n2 as two products with small dense matrices (order-2 Monarch
/// decomposition; Fu et al., arXiv 2311.05908). With x_{n2 a + b} as the matrix x(a, b), a < n1, b < n2, and
/// w_m = exp(-2 pi i / m),
///
///   X_{c + n1 d} = sum_b w_{n2}^{b d} w_n^{b c} sum_a w_{n1}^{a c} x(a, b):
///
/// a product with the n1 x n1 matrix of the transform, twiddle factors, a product with the n2 x n2 matrix. It costs
/// O(n (n1 + n2)) instead of O(n log n), as matrix products, which accelerators prefer. n1 is the largest divisor of n
/// that is at most sqrt(n); for a prime n that is the plain O(n^2) transform.
class MonarchTransform final {
 public:
  /// For complex tensors of this type (complex of `real`) on this device. Throws ShapeError for n < 1.
  MonarchTransform(std::int64_t n, torch::ScalarType real, torch::Device device = torch::kCPU);

  std::int64_t length() const { return n1_ * n2_; }
  std::int64_t first_factor() const { return n1_; }

  /// X of the last axis, (..., n) complex to (..., n) complex, in natural order; not scaled.
  torch::Tensor forward(const torch::Tensor& x) const;
  /// Its inverse, scaled by 1 / n.
  torch::Tensor inverse(const torch::Tensor& spectrum) const;

  /// The spectrum as it comes, (..., n1, n2) with X_{c + n1 d} at (c, d): for products mode by mode, which need no
  /// order.
  torch::Tensor forward_unordered(const torch::Tensor& x) const;
  torch::Tensor inverse_unordered(const torch::Tensor& spectrum) const;

 private:
  std::int64_t n1_;
  std::int64_t n2_;
  torch::Tensor first_;    // (n1, n1)
  torch::Tensor second_;   // (n2, n2)
  torch::Tensor twiddle_;  // (n1, n2)
};

/// periodic_convolution over the last axis and causal_convolution by Monarch transforms. Real tensors; the same shapes
/// and errors.
torch::Tensor monarch_periodic_convolution(const torch::Tensor& field, const torch::Tensor& kernel);
torch::Tensor monarch_causal_convolution(const torch::Tensor& u, const torch::Tensor& kernel);

/// The smallest number whose square is at least n.
std::int64_t square_root_up(std::int64_t n);

}  // namespace floe::operators
