// SPDX-License-Identifier: MIT
#include "operators/fno/fno.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "operators/fno/spectral_conv.h"
#include "operators/layers/affine.h"
#include "operators/layers/data.h"
#include "operators/model_of.h"

namespace floe::operators {

using torch::Tensor;

namespace {

std::int64_t width(double ratio, std::int64_t channels) {
  return std::max<std::int64_t>(1, std::llround(ratio * static_cast<double>(channels)));
}

/// One value per axis of an option that may hold for all.
template <class T>
T per_axis(const std::vector<T>& values, std::size_t axis) {
  return values.size() == 1 ? values[0] : values[axis];
}

/// What goes around a layer, added to what the layer gives, and the activation of the sum, (..., channels).
class SkipMap final : public torch::nn::Module {
 public:
  SkipMap(Skip kind, std::int64_t channels, bool bias) : kind_(kind) {
    if (kind == Skip::linear) {
      linear_ = register_module("linear", torch::nn::Linear(torch::nn::LinearOptions(channels, channels).bias(bias)));
    }
    if (kind == Skip::soft_gating) gate_ = register_parameter("gate", torch::ones({channels}));
  }
  Tensor add(const Tensor& layer, const Tensor& x, Activation activation) {
    if (kind_ == Skip::linear) return affine(x, linear_->weight, linear_->bias, layer, activation);
    return activate(activation, sum(layer, x));
  }

 private:
  Tensor sum(const Tensor& layer, const Tensor& x) {
    switch (kind_) {
      case Skip::none:
        return layer;
      case Skip::identity:
        return layer + x;
      case Skip::soft_gating:
        return torch::addcmul(layer, x, gate_);
      case Skip::linear:
        break;
    }
    return layer;
  }

  Skip kind_;
  torch::nn::Linear linear_{nullptr};
  Tensor gate_;
};

}  // namespace

/// x (..., channels) through one linear map, or two with the activation between them; dropout after each.
class Fno::ChannelMap final : public torch::nn::Module {
 public:
  ChannelMap(std::int64_t in, std::int64_t hidden, std::int64_t out, Activation activation, double dropout = 0)
      : activation_(activation), dropout_(dropout) {
    if (hidden > 0) first_ = register_module("first", torch::nn::Linear(in, hidden));
    last_ = register_module("last", torch::nn::Linear(hidden > 0 ? hidden : in, out));
  }

  Tensor forward(const Tensor& x) {
    const Tensor hidden = first_ ? drop(affine(x, first_->weight, first_->bias, {}, activation_)) : x;
    return drop(affine(hidden, last_->weight, last_->bias));
  }

 private:
  Tensor drop(const Tensor& x) { return dropout_ > 0 ? torch::dropout(x, dropout_, is_training()) : x; }

  Activation activation_;
  double dropout_;
  torch::nn::Linear first_{nullptr};
  torch::nn::Linear last_{nullptr};
};

/// Normalisation of fields (batch, axes..., channels) within each sample.
class Fno::Norm final : public torch::nn::Module {
 public:
  Norm(const FnoOptions& options, std::int64_t numbers) : kind_(options.norm), channels_(options.hidden_channels) {
    if (kind_ == Normalisation::group_norm) {
      weight_ = register_parameter("weight", torch::ones({channels_}));
      bias_ = register_parameter("bias", torch::zeros({channels_}));
    }
    if (kind_ == Normalisation::ada_in) {
      network_ = register_module(
          "network", std::make_shared<ChannelMap>(numbers, options.ada_in_hidden, 2 * channels_, Activation::gelu));
    }
  }

  Tensor forward(const Tensor& fields, const Tensor& numbers) {
    if (kind_ == Normalisation::none) return fields;
    const std::int64_t groups = kind_ == Normalisation::group_norm ? 1 : channels_;
    const Tensor normal = torch::group_norm(fields.movedim(-1, 1), groups, weight_, bias_).movedim(1, -1);
    if (!network_) return normal;
    std::vector<std::int64_t> shape(static_cast<std::size_t>(fields.dim()), 1);
    shape.front() = fields.size(0);
    shape.back() = 2 * channels_;
    const std::vector<Tensor> scale_and_shift = network_->forward(numbers).view(shape).chunk(2, -1);
    return torch::addcmul(scale_and_shift[1], normal, scale_and_shift[0]);
  }

 private:
  Normalisation kind_;
  std::int64_t channels_;
  Tensor weight_;
  Tensor bias_;
  std::shared_ptr<ChannelMap> network_;
};

/// One Fourier layer, on fields (batch, axes..., channels).
class Fno::Block final : public torch::nn::Module {
 public:
  Block(const FnoOptions& options, const SpectralConvOptions& conv, std::int64_t numbers, bool last)
      : options_(options), last_(last) {
    const std::int64_t channels = options.hidden_channels;
    conv_ = register_module("conv", std::make_shared<SpectralConv>(conv));
    skip_ = register_module("skip", std::make_shared<SkipMap>(options.fno_skip, channels, options.fno_skip_bias));
    norm_ = register_module("norm", std::make_shared<Norm>(options, numbers));
    if (!options.use_channel_mlp) return;
    mlp_ = register_module(
        "mlp", std::make_shared<ChannelMap>(channels, width(options.channel_mlp_expansion, channels), channels,
                                            options.non_linearity, options.channel_mlp_dropout));
    mlp_skip_ = register_module("mlp_skip", std::make_shared<SkipMap>(options.channel_mlp_skip, channels, false));
    mlp_norm_ = register_module("mlp_norm", std::make_shared<Norm>(options, numbers));
  }

  Tensor forward(const Tensor& input, const std::vector<std::int64_t>& output_grid, const Tensor& numbers) {
    const bool before = options_.preactivation;
    const Tensor x = before ? norm_->forward(activate(options_.non_linearity, input), numbers) : input;
    const Tensor around = resample(x, output_grid);
    Tensor y = conv_->forward(options_.stabilizer ? torch::tanh(x) : x, output_grid);
    if (!before) y = norm_->forward(y, numbers);
    const bool activates = !last_ && (mlp_ || !before);
    y = skip_->add(y, around, activates ? options_.non_linearity : Activation::identity);
    if (!mlp_) return y;
    if (before) y = mlp_norm_->forward(y, numbers);
    y = mlp_skip_->add(mlp_->forward(y), around, Activation::identity);
    if (before) return y;
    y = mlp_norm_->forward(y, numbers);
    return last_ ? y : activate(options_.non_linearity, y);
  }

 private:
  FnoOptions options_;
  bool last_;
  std::shared_ptr<SpectralConv> conv_;
  std::shared_ptr<SkipMap> skip_;
  std::shared_ptr<Norm> norm_;
  std::shared_ptr<ChannelMap> mlp_;
  std::shared_ptr<SkipMap> mlp_skip_;
  std::shared_ptr<Norm> mlp_norm_;
};

namespace {

Signature fno_signature(const FnoOptions& options, const DataShape& data) {
  options.validate();
  DataShape fields = data;
  const bool takes_numbers = options.norm == Normalisation::ada_in;
  if (takes_numbers) {
    if (data.parameters < 1) {
      throw ConfigError(
          "norm = \"ada_in\" does not suit the data (it takes scale and shift from the numbers of a sample, and they "
          "have none); name them in data.parameters, or choose another norm");
    }
    fields.parameters = 0;
  }
  Signature signature =
      field_signature("fno", fields, {.resamples = true, .boundary = "periodic; any other with domain_padding"}, 1, 3);
  signature.parameters = data.parameters;
  return signature;
}

/// The counts of every axis; none if there are none.
std::vector<std::int64_t> modes_per_axis(const std::vector<int>& counts, std::size_t axes) {
  std::vector<std::int64_t> modes;
  for (std::size_t axis = 0; !counts.empty() && axis < axes; ++axis) modes.push_back(per_axis(counts, axis));
  return modes;
}

}  // namespace

Fno::Fno(const FnoOptions& options, const DataShape& data)
    : Operator("fno", fno_signature(options, data)), options_(options) {
  const std::size_t axes = data.grid.size();
  for (const auto& [name, count] :
       {std::pair("n_modes", options.n_modes.size()), std::pair("domain_padding", options.domain_padding.size())}) {
    if (count > 1 && count != axes) {
      throw ConfigError(fmt::format(
          "model.{} has {} entries (the fields have {} axes); give one number per axis, or one", name, count, axes));
    }
  }
  const std::int64_t channels = options.hidden_channels;
  const SpectralConvOptions conv{.in_channels = channels,
                                 .out_channels = channels,
                                 .n_modes = modes_per_axis(options.n_modes, axes),
                                 .max_n_modes = modes_per_axis(options.max_n_modes, axes),
                                 .bias = options.spectral_bias,
                                 .separable = options.separable,
                                 .factorization = options.factorization,
                                 .rank = options.rank};
  for (std::size_t axis = 0; axis < axes; ++axis) {
    if (conv.n_modes[axis] <= data.grid[axis]) continue;
    throw ConfigError(
        fmt::format("model.n_modes = {} cannot be used on axis {} (a grid of {} points has no more than {} modes); use "
                    "at most that many",
                    conv.n_modes[axis], axis + 1, data.grid[axis], data.grid[axis]));
  }
  const std::int64_t in = data.field_channels + (options.positional_embedding ? data.axes() : 0);
  const auto hidden = [&](double ratio) { return ratio > 0 ? width(ratio, channels) : 0; };
  lifting_ = register_module("lifting", std::make_shared<ChannelMap>(in, hidden(options.lifting_channel_ratio),
                                                                     channels, options.non_linearity));
  for (int layer = 0; layer < options.n_layers; ++layer) {
    blocks_.push_back(
        register_module(fmt::format("block{}", layer),
                        std::make_shared<Block>(options, conv, data.parameters, layer + 1 == options.n_layers)));
  }
  projection_ =
      register_module("projection", std::make_shared<ChannelMap>(channels, hidden(options.projection_channel_ratio),
                                                                 data.out_channels, options.non_linearity));
}

Tensor Fno::with_coordinates(const Tensor& fields) const {
  if (!options_.positional_embedding) return fields;
  std::vector<Tensor> parts{fields};
  for (std::int64_t axis = 1; axis + 1 < fields.dim(); ++axis) {
    const std::int64_t points = fields.size(axis);
    std::vector<std::int64_t> shape(static_cast<std::size_t>(fields.dim()), 1);
    shape[static_cast<std::size_t>(axis)] = points;
    std::vector<std::int64_t> full = fields.sizes().vec();
    full.back() = 1;
    parts.push_back((torch::arange(points, fields.options()) / static_cast<double>(points)).view(shape).expand(full));
  }
  return torch::cat(parts, -1);
}

std::vector<std::int64_t> Fno::padding(const std::vector<std::int64_t>& grid) const {
  std::vector<std::int64_t> points(grid.size(), 0);
  if (options_.domain_padding.empty()) return points;
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    points[axis] = std::llround(per_axis(options_.domain_padding, axis) * static_cast<double>(grid[axis]));
  }
  return points;
}

Tensor Fno::apply(const Inputs& inputs) {
  const std::vector<std::int64_t> grid = inputs.fields.sizes().slice(2).vec();
  const std::vector<std::int64_t> output_grid = inputs.output_grid.empty() ? grid : inputs.output_grid;
  const bool symmetric = options_.domain_padding_mode == PaddingMode::symmetric;
  const auto padded = [&](const std::vector<std::int64_t>& points) {
    std::vector<std::int64_t> sizes = points;
    const std::vector<std::int64_t> extra = padding(points);
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) sizes[axis] += extra[axis] * (symmetric ? 2 : 1);
    return sizes;
  };

  Tensor x = lifting_->forward(with_coordinates(inputs.fields.movedim(1, -1)));
  if (!options_.domain_padding.empty()) {
    const std::vector<std::int64_t> extra = padding(grid);
    std::vector<std::int64_t> widths{0, 0};
    for (std::size_t axis = grid.size(); axis-- > 0;) {
      widths.push_back(symmetric ? extra[axis] : 0);
      widths.push_back(extra[axis]);
    }
    x = torch::constant_pad_nd(x, widths);
  }
  std::vector<std::int64_t> at = padded(grid);
  for (std::size_t layer = 0; layer < blocks_.size(); ++layer) {
    if (layer + 1 == blocks_.size()) {
      at = padded(output_grid);
    } else if (!options_.resolution_scaling_factor.empty()) {
      for (std::int64_t& points : at) {
        points = std::max<std::int64_t>(
            1, std::llround(options_.resolution_scaling_factor[layer] * static_cast<double>(points)));
      }
    }
    x = blocks_[layer]->forward(x, at, inputs.parameters);
  }
  const std::vector<std::int64_t> extra = padding(output_grid);
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    x = x.narrow(static_cast<std::int64_t>(axis) + 1, symmetric ? extra[axis] : 0, output_grid[axis]);
  }
  return projection_->forward(x).movedim(-1, 1);
}

std::unique_ptr<Model> make_fno_model() {
  return std::make_unique<ModelOf<FnoOptions, Fno>>();
}

}  // namespace floe::operators
