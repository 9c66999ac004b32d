// SPDX-License-Identifier: MIT
#include "operators/convolution/monarch_mixer.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <cmath>

#include "operators/convolution/fft_convolution.h"
#include "operators/convolution/monarch_transform.h"
#include "operators/layers/data.h"
#include "operators/model_of.h"

namespace floe::operators {

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
    const torch::Tensor along = zero_padded(norm1_->forward(h).transpose(1, 2), {sequence1_->size()});
    const torch::Tensor mixed = sequence2_->forward(kernel_ * sequence1_->forward(along));
    const torch::Tensor z = h + mixed.narrow(2, 0, h.size(1)).transpose(1, 2);
    const torch::Tensor across = zero_padded(norm2_->forward(z), {channel1_->size()});
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
