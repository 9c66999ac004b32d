// SPDX-License-Identifier: MIT
#include "operators/convolution/s4d.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "operators/convolution/fft_convolution.h"
#include "operators/layers/activation.h"
#include "operators/layers/data.h"
#include "operators/model_of.h"

namespace floe::operators {

S4dKernel::S4dKernel(std::int64_t channels, std::int64_t states, double step_min, double step_max) {
  const std::int64_t modes = states / 2;
  log_step_ = register_parameter(
      "log_step", torch::rand({channels}) * (std::log(step_max) - std::log(step_min)) + std::log(step_min));
  log_decay_ = register_parameter("log_decay", torch::full({channels, modes}, std::log(0.5)));
  frequency_ = register_parameter(
      "frequency", std::numbers::pi * torch::arange(modes, torch::get_default_dtype()).repeat({channels, 1}));
  output_ = register_parameter("output", torch::randn({channels, modes, 2}) * std::sqrt(0.5));
}

torch::Tensor S4dKernel::forward(std::int64_t length, double step_factor) {
  const torch::Tensor step = (log_step_.exp() * step_factor).unsqueeze(1);
  const torch::Tensor a = torch::complex(-log_decay_.exp(), frequency_);
  const torch::Tensor weight = torch::view_as_complex(output_) * ((a * step).exp() - 1) / a;
  // exp(dt A l) as two real factors: cheaper, and exact for the decay at large l.
  const torch::Tensor l = torch::arange(length, log_step_.options());
  const torch::Tensor decay = (-(log_decay_.exp() * step).unsqueeze(2) * l).exp();
  const torch::Tensor phase = (frequency_ * step).unsqueeze(2) * l;
  const torch::Tensor real = torch::real(weight).unsqueeze(1);
  const torch::Tensor imaginary = torch::imag(weight).unsqueeze(1);
  // 2 Re sum_n w_n decay (cos + i sin), as products of (1, N/2) with (N/2, L).
  return 2 * (real.matmul(decay * phase.cos()) - imaginary.matmul(decay * phase.sin())).squeeze(1);
}

class S4d::Layer final : public torch::nn::Module {
 public:
  explicit Layer(const S4dOptions& options)
      : dropout_(options.dropout),
        norm_(torch::nn::LayerNormOptions({options.channels})),
        mix_(options.channels, 2 * options.channels) {
    const auto make = [&] {
      return std::make_shared<S4dKernel>(options.channels, options.states, options.step_min, options.step_max);
    };
    kernel_ = register_module("kernel", make());
    if (options.bidirectional) backward_ = register_module("backward", make());
    skip_ = register_parameter("skip", torch::randn({options.channels}));
    register_module("norm", norm_);
    register_module("mix", mix_);
  }

  /// (batch, H, L) to the same.
  torch::Tensor forward(const torch::Tensor& h, double step_factor) {
    const torch::Tensor z = norm_->forward(h.transpose(1, 2)).transpose(1, 2).contiguous();
    torch::Tensor y = causal_convolution(z, kernel_->forward(h.size(2), step_factor)) + skip_.unsqueeze(1) * z;
    if (backward_) {
      y = y + causal_convolution(z.flip({2}), backward_->forward(h.size(2), step_factor)).flip({2});
    }
    y = torch::glu(mix_->forward(exact_gelu(y).transpose(1, 2)), -1).transpose(1, 2);
    return h + (dropout_ > 0 ? torch::dropout(y, dropout_, is_training()) : y);
  }

 private:
  double dropout_;
  torch::nn::LayerNorm norm_;
  torch::nn::Linear mix_;
  std::shared_ptr<S4dKernel> kernel_;
  std::shared_ptr<S4dKernel> backward_;
  torch::Tensor skip_;
};

void S4dOptions::validate() const {
  if (states % 2 != 0) {
    throw ConfigError(
        fmt::format("the state space model has {} states (they come in conjugate pairs); give an even number", states));
  }
  if (step_max < step_min) {
    throw ConfigError(
        fmt::format("the largest step {} is below the smallest {} (initial steps are drawn between them); "
                    "exchange step_min and step_max",
                    step_max, step_min));
  }
}

void bind(config::Section& section, S4dOptions& options) {
  section.key("channels", options.channels, "channels H of the hidden sequences", config::at_least(1));
  section.key("states", options.states, "states N of each channel's system, even", config::at_least(2));
  section.key("layers", options.layers, "S4D layers", config::at_least(1));
  section.key("step_min", options.step_min, "smallest initial time step", config::positive());
  section.key("step_max", options.step_max, "largest initial time step", config::positive());
  section.key("dropout", options.dropout, "probability, after each layer", config::at_least(0) & config::below(1));
  section.key("bidirectional", options.bidirectional, "add a kernel that looks ahead");
  section.key("resolution_scaled", options.resolution_scaled,
              "scale the steps with the spacing of the grid, for data on other resolutions");
}

S4d::S4d(const S4dOptions& options, const DataShape& data)
    : Operator("s4d", field_signature("s4d", data, {}, 1, 1)),
      options_(options),
      length_(data.grid[0]),
      encoder_(data.field_channels, options.channels),
      decoder_(options.channels, data.out_channels) {
  options.validate();
  register_module("encoder", encoder_);
  for (int i = 0; i < options.layers; ++i) {
    layers_.push_back(register_module(fmt::format("layer{}", i), std::make_shared<Layer>(options)));
  }
  register_module("decoder", decoder_);
}

torch::Tensor S4d::apply(const train::Inputs& inputs) {
  const double factor =
      options_.resolution_scaled ? static_cast<double>(length_) / static_cast<double>(inputs.fields.size(2)) : 1.0;
  torch::Tensor h = encoder_->forward(inputs.fields.transpose(1, 2)).transpose(1, 2);
  for (const auto& layer : layers_) h = layer->forward(h, factor);
  return decoder_->forward(h.transpose(1, 2)).transpose(1, 2).contiguous();
}

std::unique_ptr<Model> make_s4d_model() {
  return std::make_unique<ModelOf<S4dOptions, S4d>>();
}

}  // namespace floe::operators
