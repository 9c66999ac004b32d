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
