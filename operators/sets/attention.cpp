// SPDX-License-Identifier: MIT
#include "operators/sets/attention.h"

#include <torch/torch.h>
#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace floe::operators {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

double scale_of(const torch::Tensor& q) {
  return 1 / std::sqrt(static_cast<double>(q.size(-1)));
}

/// 0 where a key exists, -infinity where it pads, (batch, 1, 1, keys); undefined without mask.
torch::Tensor additive(const torch::Tensor& mask, const torch::Tensor& like) {
  if (!mask.defined()) return {};
  return torch::zeros(mask.sizes(), like.options())
      .masked_fill(mask == 0, -std::numeric_limits<double>::infinity())
      .unsqueeze(1)
      .unsqueeze(1);
}

torch::Tensor scores(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& bias) {
  const torch::Tensor s = torch::matmul(q, k.transpose(-1, -2)) * scale_of(q);
  return bias.defined() && bias.numel() > 0 ? s + bias : s;
}

/// Blocks of queries, forwards and backwards.
struct Blocked final : Function<Blocked> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& v, const torch::Tensor& bias, std::int64_t block) {
    torch::Tensor out = torch::empty({q.size(0), q.size(1), q.size(2), v.size(3)}, q.options());
    torch::Tensor normalisation = torch::empty(q.sizes().slice(0, 3), q.options());
    for (std::int64_t begin = 0; begin < q.size(2); begin += block) {
      const std::int64_t count = std::min(block, q.size(2) - begin);
      torch::Tensor s = scores(q.narrow(2, begin, count), k, bias);
      torch::Tensor log_sum = s.logsumexp(-1);
      // Without any key the weights are exp(-inf - 0) = 0.
      log_sum.masked_fill_(log_sum.isinf(), 0);
      out.narrow(2, begin, count).copy_(torch::matmul(s.sub_(log_sum.unsqueeze(-1)).exp_(), v));
      normalisation.narrow(2, begin, count).copy_(log_sum);
    }
    context->save_for_backward({q, k, v, bias, out, normalisation});
    context->saved_data["block"] = block;
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const torch::Tensor &q = saved[0], &k = saved[1], &v = saved[2], &bias = saved[3], &out = saved[4],
                        &normalisation = saved[5];
    const std::int64_t block = context->saved_data["block"].toInt();
    const torch::Tensor grad = gradients[0].contiguous();
    torch::Tensor grad_q = torch::empty_like(q, torch::MemoryFormat::Contiguous);
    torch::Tensor grad_k = torch::zeros_like(k, torch::MemoryFormat::Contiguous);
    torch::Tensor grad_v = torch::zeros_like(v, torch::MemoryFormat::Contiguous);
    const torch::Tensor mean = (grad * out).sum(-1, true);
    for (std::int64_t begin = 0; begin < q.size(2); begin += block) {
      const std::int64_t count = std::min(block, q.size(2) - begin);
      const torch::Tensor rows = q.narrow(2, begin, count);
      const torch::Tensor above = grad.narrow(2, begin, count);
      const torch::Tensor weights =
          scores(rows, k, bias).sub_(normalisation.narrow(2, begin, count).unsqueeze(-1)).exp_();
      grad_v.add_(torch::matmul(weights.transpose(-1, -2), above));
      const torch::Tensor grad_s =
          torch::matmul(above, v.transpose(-1, -2)).sub_(mean.narrow(2, begin, count)).mul_(weights).mul_(scale_of(q));
      grad_q.narrow(2, begin, count).copy_(torch::matmul(grad_s, k));
      grad_k.add_(torch::matmul(grad_s.transpose(-1, -2), rows));
    }
    return {grad_q, grad_k, grad_v, {}, {}};
  }
};

}  // namespace

torch::Tensor dense_attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                              const torch::Tensor& mask) {
  const torch::Tensor bias = additive(mask, q);
  torch::Tensor s = scores(q, k, bias);
  if (bias.defined()) {
    // Rows without any key: finite scores, and weights of zero.
    const torch::Tensor empty = bias.isinf().all(-1, true);
    return torch::matmul(s.masked_fill(empty, 0).softmax(-1).masked_fill(empty, 0), v);
  }
  return torch::matmul(s.softmax(-1), v);
}

torch::Tensor blocked_attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                                const torch::Tensor& mask, std::int64_t block) {
  // LibTorch 1.13 takes no undefined tensors into a function of ours: without mask the bias is empty.
  const torch::Tensor bias = additive(mask, q);
  return Blocked::apply(q, k, v, bias.defined() ? bias : torch::empty({0}, q.options()), block);
}

torch::Tensor attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                        const torch::Tensor& mask) {
  if (q.size(2) * k.size(2) <= attention_block * attention_block || k.size(2) == 0) {
    return dense_attention(q, k, v, mask);
  }
#if TORCH_VERSION_MAJOR >= 2
  // A sample without keys would be NaN there.
  if (!mask.defined() || (mask != 0).any(1).all().item<bool>()) {
    const torch::Tensor bias = additive(mask, q);
    return at::scaled_dot_product_attention(q, k, v,
                                            bias.defined() ? std::optional<torch::Tensor>(bias) : std::nullopt);
  }
#endif
  const std::int64_t rows = std::max<std::int64_t>(1, attention_block * attention_block / k.size(2));
  return blocked_attention(q, k, v, mask, std::max<std::int64_t>(rows, 32));
}

MultiHeadAttention::MultiHeadAttention(std::int64_t features, std::int64_t heads)
    : heads_(heads),
      query_(features, features),
      key_(features, features),
      value_(features, features),
      output_(features, features) {
  for (auto* linear : {&query_, &key_, &value_}) {
    torch::nn::init::xavier_uniform_((*linear)->weight);
    torch::nn::init::zeros_((*linear)->bias);
  }
  torch::nn::init::zeros_(output_->bias);
  register_module("query", query_);
  register_module("key", key_);
  register_module("value", value_);
  register_module("output", output_);
}

torch::Tensor MultiHeadAttention::forward(const torch::Tensor& from, const torch::Tensor& to,
                                          const torch::Tensor& mask) {
  const auto split = [&](const torch::Tensor& x) {
    return x.reshape({x.size(0), x.size(1), heads_, -1}).transpose(1, 2).contiguous();
  };
  const torch::Tensor out =
      attention(split(query_->forward(from)), split(key_->forward(to)), split(value_->forward(to)), mask);
  return output_->forward(out.transpose(1, 2).reshape(from.sizes()));
}

}  // namespace floe::operators
