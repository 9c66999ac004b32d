// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/normalization.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "operators/layers/activation.h"
#include "operators/registry.h"

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

/// A learnt Monarch matrix of n = b^2 rows, M = P L P R P, with L and R block-diagonal of b blocks b x b and P the
/// permutation that transposes (b, b). Sub-quadratic: 2 n^{3/2} weights instead of n^2; it contains the Fourier
/// transform and convolutions. On the last axis, (..., n) to (..., n).
///
/// | parameter | shape | initially |
/// |---|---|---|
/// | left  | (b, b, b): block, row, column | N(0, 1 / b) |
/// | right | (b, b, b) | N(0, 1 / b) |
class MonarchMatrix final : public torch::nn::Module {
 public:
  explicit MonarchMatrix(std::int64_t block);

  torch::Tensor forward(const torch::Tensor& x);
  std::int64_t size() const { return block_ * block_; }

 private:
  std::int64_t block_;
  torch::Tensor left_;
  torch::Tensor right_;
};

struct MonarchMixerOptions {
  int channels = 64;
  int layers = 2;
  Activation activation = Activation::gelu;

  void validate() const {}
};

void bind(config::Section& section, MonarchMixerOptions& options);

/// Monarch Mixer on sequences, fields (batch, in, n) to (batch, out, n) (Fu et al., NeurIPS 2023, arXiv 2310.12109):
///
///   h_0 = W_in u + b
///   z = h + M_2 (k . (M_1 norm(h)))         along the sequence, every channel with the same matrices and its kernel k
///   h' = z + M_4 activation(M_3 norm(z))    along the channels
///   y = W_out h + b
///
/// with Monarch matrices M_1 ... M_4; sequence and channels are padded with zeros up to squares. norm is a layer norm
/// over the channels. The matrices belong to the length: another one is refused.
///
/// | parameter | shape |
/// |---|---|
/// | encoder.weight, .bias | (H, in), (H) |
/// | layer<i>.sequence1.*, .sequence2.* | MonarchMatrix of ceil(sqrt(n)) blocks |
/// | layer<i>.kernel | (H, n padded) |
/// | layer<i>.channel1.*, .channel2.* | MonarchMatrix of ceil(sqrt(H)) blocks |
/// | layer<i>.norm1.*, .norm2.* | (H) |
/// | decoder.weight, .bias | (out, H), (out) |
class MonarchMixer final : public Operator {
 public:
  /// Throws ConfigError unless the data are sequences.
  MonarchMixer(const MonarchMixerOptions& options, const DataShape& data);

 private:
  class Layer;

  torch::Tensor apply(const train::Inputs& inputs) override;

  torch::nn::Linear encoder_;
  std::vector<std::shared_ptr<Layer>> layers_;
  torch::nn::Linear decoder_;
};

std::unique_ptr<Model> make_monarch_mixer_model();

}  // namespace floe::operators
