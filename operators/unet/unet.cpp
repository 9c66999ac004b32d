// SPDX-License-Identifier: MIT
#include "operators/unet/unet.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <utility>

#include "base/error.h"
#include "operators/layers/data.h"
#include "operators/model_of.h"

namespace floe::operators {
namespace {

Signature unet_signature(const UNetOptions& options, const DataShape& data) {
  options.validate();
  const std::int64_t smallest = std::int64_t{1} << options.levels;
  return field_signature("unet", data, {.smallest = {smallest}, .boundary = "dirichlet, neumann or periodic, by axis"},
                         1, 3);
}

/// The mean of pairs of points along every axis.
torch::Tensor halve(const torch::Tensor& x) {
  switch (x.dim() - 2) {
    case 1:
      return torch::avg_pool1d(x, 2);
    case 2:
      return torch::avg_pool2d(x, 2);
    default:
      return torch::avg_pool3d(x, 2);
  }
}

}  // namespace

class UNet::Block final : public torch::nn::Module {
 public:
  Block(const UNetOptions& options, const std::vector<EdgePadding>& padding, std::int64_t in, std::int64_t out)
      : activation_(options.activation) {
    for (int i = 0; i < 2; ++i) {
      convolutions_.push_back(
          register_module(fmt::format("convolution{}", i),
                          std::make_shared<GridConvolution>(i == 0 ? in : out, out, padding, 1, true)));
      if (options.norm != FieldNorm::none) {
        norms_.push_back(
            register_module(fmt::format("norm{}", i),
                            std::make_shared<FieldNormalisation>(out, options.norm, std::vector<std::int64_t>{})));
      }
    }
  }

  torch::Tensor forward(torch::Tensor x) {
    for (std::size_t i = 0; i < convolutions_.size(); ++i) {
      x = convolutions_[i]->forward(x);
      if (!norms_.empty()) x = norms_[i]->forward(x);
      x = activate(activation_, x);
    }
    return x;
  }

 private:
  Activation activation_;
  std::vector<std::shared_ptr<GridConvolution>> convolutions_;
  std::vector<std::shared_ptr<FieldNormalisation>> norms_;
};

void UNetOptions::validate() const {
  if (levels > 16) {
    throw ConfigError(
        fmt::format("unet: {} levels were asked for (no grid has 2^{} points); give fewer", levels, levels));
  }
  if (norm == FieldNorm::layer) {
    throw ConfigError(
        "unet: a norm with weights at every point would bind it to one grid; choose \"group\" or \"none\"");
  }
}

void bind(config::Section& section, UNetOptions& options) {
  section.key("channels", options.channels, "channels on the finest level; twice as many on each next one",
              config::at_least(1));
  section.key("levels", options.levels, "grids, the finest included", config::at_least(1));
  boundary_key(section, options.boundary);
  section.choice("norm", options.norm, {{"none", FieldNorm::none}, {"group", FieldNorm::group}},
                 "normalisation after each convolution");
  activation_key(section, "activation", options.activation, "after each convolution");
}

UNet::UNet(const UNetOptions& options, const DataShape& data) : Operator("unet", unet_signature(options, data)) {
  const std::vector<EdgePadding> padding = padding_of(options.boundary, data);
  const auto channels = [&](int level) { return static_cast<std::int64_t>(options.channels) << level; };
  for (int l = 0; l < options.levels; ++l) {
    down_.push_back(register_module(
        fmt::format("down{}", l),
        std::make_shared<Block>(options, padding, l == 0 ? data.field_channels : channels(l - 1), channels(l))));
  }
  for (int l = 0; l + 1 < options.levels; ++l) {
    up_.push_back(register_module(
        fmt::format("up{}", l), std::make_shared<Block>(options, padding, channels(l) + channels(l + 1), channels(l))));
  }
  head_ = register_module("head", std::make_shared<Pointwise>(channels(0), data.out_channels, true));
}

torch::Tensor UNet::apply(const train::Inputs& inputs) {
  std::vector<torch::Tensor> x{down_[0]->forward(inputs.fields)};
  for (std::size_t l = 1; l < down_.size(); ++l) x.push_back(down_[l]->forward(halve(x.back())));
  torch::Tensor y = x.back();
  for (std::size_t l = up_.size(); l-- > 0;) {
    y = up_[l]->forward(torch::cat({x[l], resize(y, x[l].sizes().slice(2).vec(), false)}, 1));
  }
  return head_->forward(y);
}

std::unique_ptr<Model> make_unet_model() {
  return std::make_unique<ModelOf<UNetOptions, UNet>>();
}

}  // namespace floe::operators
