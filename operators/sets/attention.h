// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include <cstdint>

namespace floe::operators {

/// Scaled dot-product attention,
///
///   out_i = sum_j softmax_j(q_i . k_j / sqrt(d)) v_j,   over the j that exist
///
/// q (batch, heads, queries, d), k (batch, heads, keys, d), v (batch, heads, keys, e); mask (batch, keys) is 1 where a
/// key exists and 0 where it pads, or undefined. A sample without keys answers 0. To (batch, heads, queries, e).
///
/// Up to queries * keys = attention_block^2 the matrix of all pairs is formed. Above, blocks of queries are taken in
/// turn and the backward pass computes their weights again from the logarithm of the normalisation: memory
/// O(attention_block * keys), never queries * keys (Rabe, Staats, arXiv 2112.05682). With LibTorch 2 that is left to
/// its own scaled_dot_product_attention. Differentiable; second derivatives in the first case only.
torch::Tensor attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                        const torch::Tensor& mask = {});

/// The two ways, for tests and measurements.
torch::Tensor dense_attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                              const torch::Tensor& mask = {});
torch::Tensor blocked_attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                                const torch::Tensor& mask, std::int64_t block);

inline constexpr std::int64_t attention_block = 512;

/// Attention with several heads of h / heads features each:
///
///   out = W_o [attention of every head] + b_o,   q, k, v = W_{q,k,v} x + b_{q,k,v}
///
/// | parameter | shape |
/// |---|---|
/// | query.weight, .bias; key.*; value.*; output.* | (h, h), (h) |
class MultiHeadAttention final : public torch::nn::Module {
 public:
  MultiHeadAttention(std::int64_t features, std::int64_t heads);

  /// (batch, n, h) that ask and (batch, m, h) that answer, mask (batch, m), to (batch, n, h).
  torch::Tensor forward(const torch::Tensor& from, const torch::Tensor& to, const torch::Tensor& mask);

 private:
  std::int64_t heads_;
  torch::nn::Linear query_, key_, value_, output_;
};

}  // namespace floe::operators
