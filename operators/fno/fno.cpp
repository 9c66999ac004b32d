// SPDX-License-Identifier: MIT
#include "operators/fno/fno.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <utility>

#include "base/error.h"
#include "operators/fno/spectral_conv.h"

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

/// What goes around a layer, added to what the layer gives; rows are (rows, channels).
class SkipMap final : public torch::nn::Module {
 public:
  SkipMap(Skip kind, std::int64_t channels, bool bias) : kind_(kind) {
    if (kind == Skip::linear) {
      linear_ = register_module("linear", torch::nn::Linear(torch::nn::LinearOptions(channels, channels).bias(bias)));
    }
    if (kind == Skip::soft_gating) gate_ = register_parameter("gate", torch::ones({channels}));
  }
  Tensor add(const Tensor& layer, const Tensor& x) {
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
    const Tensor sum = torch::addmm(layer, x, linear_->weight.t());
    return linear_->bias.defined() ? sum + linear_->bias : sum;
  }

 private:
  Skip kind_;
  torch::nn::Linear linear_{nullptr};
  Tensor gate_;
};

}  // namespace

/// x (rows, channels) through one linear map, or two with the activation between them.
class Fno::ChannelMap final : public torch::nn::Module {
 public:
  ChannelMap(std::int64_t in, std::int64_t hidden, std::int64_t out, Activation activation) : activation_(activation) {
    if (hidden > 0) first_ = register_module("first", torch::nn::Linear(in, hidden));
    last_ = register_module("last", torch::nn::Linear(hidden > 0 ? hidden : in, out));
  }
  Tensor forward(const Tensor& x) { return last_(first_ ? activate(activation_, first_(x)) : x); }

 private:
  Activation activation_;
  torch::nn::Linear first_{nullptr};
  torch::nn::Linear last_{nullptr};
};

/// One Fourier layer, on fields (batch, axes..., channels).
class Fno::Block final : public torch::nn::Module {
 public:
  Block(const FnoOptions& options, const std::vector<std::int64_t>& n_modes, bool last)
      : options_(options), last_(last) {
    const std::int64_t channels = options.hidden_channels;
    conv_ = register_module("conv",
                            std::make_shared<SpectralConv>(SpectralConvOptions{.in_channels = channels,
                                                                               .out_channels = channels,
                                                                               .n_modes = n_modes,
                                                                               .bias = options.spectral_bias,
                                                                               .factorization = options.factorization,
                                                                               .rank = options.rank}));
    skip_ = register_module("skip", std::make_shared<SkipMap>(options.fno_skip, channels, options.fno_skip_bias));
    if (options.use_channel_mlp) {
      mlp_ =
          register_module("mlp", std::make_shared<ChannelMap>(channels, width(options.channel_mlp_expansion, channels),
                                                              channels, options.non_linearity));
      mlp_skip_ = register_module("mlp_skip", std::make_shared<SkipMap>(options.channel_mlp_skip, channels, false));
    }
    if (options.norm == Normalisation::group_norm) {
      norm_ = register_module("norm", torch::nn::GroupNorm(1, channels));
      if (options.use_channel_mlp) mlp_norm_ = register_module("mlp_norm", torch::nn::GroupNorm(1, channels));
    }
  }

  Tensor forward(const Tensor& x, const std::vector<std::int64_t>& output_grid) {
    const Tensor around = resample(x, output_grid);
    const std::vector<std::int64_t> shape = around.sizes().vec();
    const auto rows = [&](const Tensor& fields) { return fields.reshape({-1, shape.back()}); };
    Tensor y = conv_->forward(options_.stabilizer ? torch::tanh(x) : x, output_grid);
    y = rows(normalise(norm_, y));
    const Tensor flat = rows(around);
    y = skip_->add(y, flat);
    if (!last_) y = activate(options_.non_linearity, y);
    if (mlp_) {
      y = mlp_skip_->add(mlp_->forward(y), flat);
      y = rows(normalise(mlp_norm_, y.reshape(shape)));
      if (!last_) y = activate(options_.non_linearity, y);
    }
    return y.reshape(shape);
  }

 private:
  Tensor normalise(torch::nn::GroupNorm& group, const Tensor& fields) {
    if (options_.norm == Normalisation::none) return fields;
    if (group) return group(fields.movedim(-1, 1)).movedim(1, -1);
    return torch::instance_norm(fields.movedim(-1, 1), {}, {}, {}, {}, true, 0.0, 1e-5, false).movedim(1, -1);
  }

  FnoOptions options_;
  bool last_;
  std::shared_ptr<SpectralConv> conv_;
  std::shared_ptr<SkipMap> skip_;
  std::shared_ptr<ChannelMap> mlp_;
  std::shared_ptr<SkipMap> mlp_skip_;
  torch::nn::GroupNorm norm_{nullptr};
  torch::nn::GroupNorm mlp_norm_{nullptr};
};

namespace {

Signature signature_of(const DataShape& data) {
  Signature signature;
  signature.axes = data.axes();
  signature.field_channels = data.field_channels;
  signature.out_channels = data.out_channels;
  signature.grids.resamples = true;
  signature.grids.boundary = "periodic; any other with domain_padding";
  return signature;
}

}  // namespace

Fno::Fno(const FnoOptions& options, const DataShape& data) : Operator("fno", signature_of(data)), options_(options) {
  const std::size_t axes = data.grid.size();
  if (axes < 1 || axes > 3) {
    throw ConfigError(
        fmt::format("an FNO cannot work on fields with {} axes (it has one to three); choose other fields or "
                    "another model",
                    axes));
  }
  if (data.field_channels < 1) {
    throw ConfigError("an FNO needs fields on a grid (the data have none); name them in data.inputs");
  }
  for (const auto& [name, count] :
       {std::pair("n_modes", options.n_modes.size()), std::pair("domain_padding", options.domain_padding.size())}) {
    if (count > 1 && count != axes) {
      throw ConfigError(fmt::format(
          "model.{} has {} entries (the fields have {} axes); give one number per axis, or one", name, count, axes));
    }
  }
  std::vector<std::int64_t> n_modes;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    n_modes.push_back(per_axis(options.n_modes, axis));
    if (n_modes.back() > data.grid[axis]) {
      throw ConfigError(
          fmt::format("model.n_modes = {} cannot be used on axis {} (a grid of {} points has no more than {} "
                      "modes); use at most that many",
                      n_modes.back(), axis + 1, data.grid[axis], data.grid[axis]));
    }
  }
  const std::int64_t channels = options.hidden_channels;
  const std::int64_t in = data.field_channels + (options.positional_embedding ? data.axes() : 0);
  const auto hidden = [&](double ratio) { return ratio > 0 ? width(ratio, channels) : 0; };
  lifting_ = register_module("lifting", std::make_shared<ChannelMap>(in, hidden(options.lifting_channel_ratio),
                                                                     channels, options.non_linearity));
  for (int layer = 0; layer < options.n_layers; ++layer) {
    blocks_.push_back(register_module(fmt::format("block{}", layer),
                                      std::make_shared<Block>(options, n_modes, layer + 1 == options.n_layers)));
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

  Tensor x = with_coordinates(inputs.fields.movedim(1, -1));
  x = lifting_->forward(x.reshape({-1, x.size(-1)})).reshape([&] {
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape.back() = options_.hidden_channels;
    return shape;
  }());
  if (!options_.domain_padding.empty()) {
    const std::vector<std::int64_t> extra = padding(grid);
    std::vector<std::int64_t> widths{0, 0};
    for (std::size_t axis = grid.size(); axis-- > 0;) {
      widths.push_back(symmetric ? extra[axis] : 0);
      widths.push_back(extra[axis]);
    }
    x = torch::constant_pad_nd(x, widths);
  }
  for (std::size_t layer = 0; layer < blocks_.size(); ++layer) {
    x = blocks_[layer]->forward(x, padded(layer + 1 == blocks_.size() ? output_grid : grid));
  }
  const std::vector<std::int64_t> extra = padding(output_grid);
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    x = x.narrow(static_cast<std::int64_t>(axis) + 1, symmetric ? extra[axis] : 0, output_grid[axis]);
  }
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = signature().out_channels;
  x = projection_->forward(x.reshape({-1, x.size(-1)})).reshape(shape);
  return x.movedim(-1, 1);
}

namespace {

class FnoModel final : public Model {
 public:
  void bind(config::Section& section) override { operators::bind(section, options_); }
  void validate() const override { options_.validate(); }
  std::shared_ptr<Operator> make(const DataShape& data) const override { return std::make_shared<Fno>(options_, data); }

 private:
  FnoOptions options_;
};

}  // namespace

std::unique_ptr<Model> make_fno_model() {
  return std::make_unique<FnoModel>();
}

}  // namespace floe::operators
