// SPDX-License-Identifier: MIT
#include "operators/convolution/monarch.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "operators/convolution/lattice_convolution.h"
#include "operators/layers/data.h"
#include "operators/model_of.h"

namespace floe::operators {
namespace {

/// w_n^{a b}, a < rows, b < columns; the exponent is reduced modulo n, which keeps the angle exact for large n.
torch::Tensor roots(std::int64_t n, std::int64_t rows, std::int64_t columns, torch::TensorOptions options) {
  const auto integer = torch::TensorOptions().dtype(torch::kInt64);
  const torch::Tensor exponent =
      (torch::arange(rows, integer).unsqueeze(1) * torch::arange(columns, integer).unsqueeze(0)).remainder(n);
  const torch::Tensor angle = exponent.to(torch::kFloat64) * (-2 * std::numbers::pi / static_cast<double>(n));
  return torch::complex(angle.cos(), angle.sin()).to(options);
}

std::int64_t square_root_up(std::int64_t n) {
  auto root = static_cast<std::int64_t>(std::sqrt(static_cast<double>(n)));
  while (root * root < n) ++root;
  return root;
}

torch::Tensor pad_last(const torch::Tensor& x, std::int64_t size) {
  return torch::constant_pad_nd(x, {0, size - x.size(-1)});
}

torch::Tensor as_complex(const torch::Tensor& x) {
  return torch::complex(x, torch::zeros_like(x));
}

torch::Tensor convolve(const torch::Tensor& field, const torch::Tensor& kernel) {
  const MonarchTransform transform(field.size(-1), field.scalar_type(), field.device());
  return torch::real(transform.inverse_unordered(transform.forward_unordered(as_complex(field)) *
                                                 transform.forward_unordered(as_complex(kernel))))
      .contiguous();
}

}  // namespace

MonarchTransform::MonarchTransform(std::int64_t n, torch::ScalarType real, torch::Device device) {
  if (n < 1) {
    throw ShapeError(fmt::format("a transform of length {} was asked for (it must be at least 1); give a sequence", n));
  }
  n1_ = static_cast<std::int64_t>(std::sqrt(static_cast<double>(n)));
  while (n % n1_ != 0) --n1_;
  n2_ = n / n1_;
  const auto options = torch::TensorOptions().dtype(c10::toComplexType(real)).device(device);
  first_ = roots(n1_, n1_, n1_, options);
  second_ = roots(n2_, n2_, n2_, options);
  twiddle_ = roots(n, n1_, n2_, options);
}

torch::Tensor MonarchTransform::forward_unordered(const torch::Tensor& x) const {
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = n1_;
  shape.push_back(n2_);
  return (first_.matmul(x.reshape(shape)) * twiddle_).matmul(second_);
}

torch::Tensor MonarchTransform::inverse_unordered(const torch::Tensor& spectrum) const {
  // The matrices are symmetric, and conjugate to those of the inverse.
  const torch::Tensor x = first_.conj().matmul(spectrum.matmul(second_.conj()) * twiddle_.conj());
  return x.flatten(-2) / static_cast<double>(length());
}

torch::Tensor MonarchTransform::forward(const torch::Tensor& x) const {
  return forward_unordered(x).transpose(-1, -2).flatten(-2);
}

torch::Tensor MonarchTransform::inverse(const torch::Tensor& spectrum) const {
  std::vector<std::int64_t> shape = spectrum.sizes().vec();
  shape.back() = n2_;
  shape.push_back(n1_);
  return inverse_unordered(spectrum.reshape(shape).transpose(-1, -2));
}

torch::Tensor monarch_periodic_convolution(const torch::Tensor& field, const torch::Tensor& kernel) {
  if (field.dim() < 1 || kernel.dim() < 1 || field.size(-1) != kernel.size(-1)) {
    throw ShapeError(fmt::format(
        "a field {} cannot be convolved with a kernel {} (their last axes must be one lattice); give both on it",
        train::shape_text(field), train::shape_text(kernel)));
  }
  return convolve(field, kernel);
}

torch::Tensor monarch_causal_convolution(const torch::Tensor& u, const torch::Tensor& kernel) {
  if (u.dim() < 1 || kernel.dim() < 1 || u.size(-1) < 1 || kernel.size(-1) < 1) {
    throw ShapeError(
        fmt::format("a sequence {} cannot be convolved with a kernel {} (neither may be empty); give both a last axis",
                    train::shape_text(u), train::shape_text(kernel)));
  }
  const std::int64_t length = u.size(-1);
  const torch::Tensor k = kernel.size(-1) > length ? kernel.narrow(-1, 0, length) : kernel;
  // A square length has the cheapest factors.
  const std::int64_t root = square_root_up(length + k.size(-1) - 1);
  return convolve(pad_last(u, root * root), pad_last(k, root * root)).narrow(-1, 0, length);
}

MonarchMatrix::MonarchMatrix(std::int64_t block) : block_(block) {
  const double scale = 1 / std::sqrt(static_cast<double>(block));
  left_ = register_parameter("left", torch::randn({block, block, block}) * scale);
  right_ = register_parameter("right", torch::randn({block, block, block}) * scale);
}

torch::Tensor MonarchMatrix::forward(const torch::Tensor& x) {
  // Rows of (b, b) are blocks; a product with the blocks is a batched one over them: (block, rest, column).
  const auto multiply = [&](const torch::Tensor& blocks, const torch::Tensor& v) {
    return v.transpose(0, 1).bmm(blocks.transpose(1, 2)).transpose(0, 1);
  };
  torch::Tensor v = x.reshape({-1, block_, block_}).transpose(1, 2);
  v = multiply(right_, v).transpose(1, 2);
  v = multiply(left_, v).transpose(1, 2);
  return v.reshape(x.sizes());
}

class MonarchMixer::Layer final : public torch::nn::Module {
 public:
  Layer(const MonarchMixerOptions& options, std::int64_t length)
      : activation_(options.activation),
        norm1_(torch::nn::LayerNormOptions({options.channels})),
        norm2_(torch::nn::LayerNormOptions({options.channels})) {
    const std::int64_t rows = square_root_up(length);
    const std::int64_t columns = square_root_up(options.channels);
    sequence1_ = register_module("sequence1", std::make_shared<MonarchMatrix>(rows));
    sequence2_ = register_module("sequence2", std::make_shared<MonarchMatrix>(rows));
    channel1_ = register_module("channel1", std::make_shared<MonarchMatrix>(columns));
    channel2_ = register_module("channel2", std::make_shared<MonarchMatrix>(columns));
    kernel_ = register_parameter("kernel", torch::randn({options.channels, rows * rows}));
    register_module("norm1", norm1_);
    register_module("norm2", norm2_);
  }

  /// (batch, n, H) to the same.
  torch::Tensor forward(const torch::Tensor& h) {
    const torch::Tensor along = pad_last(norm1_->forward(h).transpose(1, 2), sequence1_->size());
    const torch::Tensor mixed = sequence2_->forward(kernel_ * sequence1_->forward(along));
    const torch::Tensor z = h + mixed.narrow(2, 0, h.size(1)).transpose(1, 2);
    const torch::Tensor across = pad_last(norm2_->forward(z), channel1_->size());
    return z + channel2_->forward(activate(activation_, channel1_->forward(across))).narrow(2, 0, h.size(2));
  }

 private:
  Activation activation_;
  torch::nn::LayerNorm norm1_;
  torch::nn::LayerNorm norm2_;
  std::shared_ptr<MonarchMatrix> sequence1_;
  std::shared_ptr<MonarchMatrix> sequence2_;
  std::shared_ptr<MonarchMatrix> channel1_;
  std::shared_ptr<MonarchMatrix> channel2_;
  torch::Tensor kernel_;
};

void bind(config::Section& section, MonarchMixerOptions& options) {
  section.key("channels", options.channels, "hidden channels; a square wastes no weights", config::at_least(1));
  section.key("layers", options.layers, "mixing layers", config::at_least(1));
  activation_key(section, "activation", options.activation, "between the matrices along the channels");
}

MonarchMixer::MonarchMixer(const MonarchMixerOptions& options, const DataShape& data)
    : Operator("monarch_mixer", field_signature("monarch_mixer", data, {.only = data.grid}, 1, 1)),
      encoder_(data.field_channels, options.channels),
      decoder_(options.channels, data.out_channels) {
  register_module("encoder", encoder_);
  for (int i = 0; i < options.layers; ++i) {
    layers_.push_back(register_module(fmt::format("layer{}", i), std::make_shared<Layer>(options, data.grid[0])));
  }
  register_module("decoder", decoder_);
}

torch::Tensor MonarchMixer::apply(const train::Inputs& inputs) {
  torch::Tensor h = encoder_->forward(inputs.fields.transpose(1, 2));
  for (const auto& layer : layers_) h = layer->forward(h);
  return decoder_->forward(h).transpose(1, 2).contiguous();
}

std::unique_ptr<Model> make_monarch_mixer_model() {
  return std::make_unique<ModelOf<MonarchMixerOptions, MonarchMixer>>();
}

}  // namespace floe::operators
