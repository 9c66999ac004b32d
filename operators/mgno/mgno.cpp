// SPDX-License-Identifier: MIT
#include "operators/mgno/mgno.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include "base/error.h"
#include "operators/layers/convolve.h"
#include "operators/layers/data.h"
#include "operators/model_of.h"

namespace floe::operators {
namespace {

std::vector<EdgePadding> restriction_padding(const MgnoOptions& options, const std::vector<EdgePadding>& smoothing) {
  switch (options.restriction) {
    case MgnoRestriction::same:
      return smoothing;
    case MgnoRestriction::dirichlet:
      return std::vector<EdgePadding>(smoothing.size(), EdgePadding::zeros);
    case MgnoRestriction::neumann:
      return std::vector<EdgePadding>(smoothing.size(), EdgePadding::reflect);
    case MgnoRestriction::periodic:
      return std::vector<EdgePadding>(smoothing.size(), EdgePadding::periodic);
    case MgnoRestriction::unpadded:
      return std::vector<EdgePadding>(smoothing.size(), EdgePadding::none);
  }
  return smoothing;
}

/// The fewest points of an axis that leave 2 on the coarsest level.
std::int64_t smallest_grid(const MgnoOptions& options) {
  std::int64_t points = 2;
  for (std::size_t l = 1; l < options.smoothing.size(); ++l) {
    points = options.restriction == MgnoRestriction::unpadded ? 2 * points + 1 : 2 * points - 1;
  }
  return points;
}

VCycleOptions cycle_options(const MgnoOptions& options, const DataShape& data) {
  VCycleOptions cycle;
  cycle.out = options.channels;
  cycle.pre = options.smoothing;
  cycle.post = options.post_smoothing;
  cycle.smoothing_padding = padding_of(options.boundary, data);
  cycle.restriction_padding = restriction_padding(options, cycle.smoothing_padding);
  cycle.grid = data.grid;
  std::vector<std::int64_t> grid = data.grid;
  for (std::size_t l = 0; l + 1 < options.smoothing.size(); ++l) {
    std::vector<bool> odd;
    for (std::size_t a = 0; a < grid.size(); ++a) {
      odd.push_back(options.prolongation == MgnoProlongation::by_grid ? grid[a] % 2 == 1
                                                                      : options.prolongation == MgnoProlongation::odd);
      grid[a] = coarser(grid[a], cycle.restriction_padding[a]);
    }
    cycle.odd.push_back(odd);
  }
  cycle.bias = options.bias;
  cycle.residual_restriction = options.residual_restriction;
  cycle.wrap_prolongation = options.wrap_prolongation;
  cycle.growing_channels = options.growing_channels;
  cycle.norm = options.level_norm;
  return cycle;
}

Signature mgno_signature(const MgnoOptions& options, const DataShape& data) {
  return field_signature("mgno", data,
                         {.smallest = {smallest_grid(options)}, .boundary = "dirichlet, neumann or periodic, by axis"},
                         1, 3);
}

void norm_key(config::Section& section, const char* name, FieldNorm& norm, const char* help) {
  section.choice(name, norm, {{"none", FieldNorm::none}, {"group", FieldNorm::group}, {"layer", FieldNorm::layer}},
                 help);
}

}  // namespace

class Mgno::Layer final : public torch::nn::Module {
 public:
  Layer(const MgnoOptions& options, const VCycleOptions& cycle) : activation_(options.activation) {
    cycle_ = register_module("cycle", std::make_shared<VCycle>(cycle));
    if (options.pointwise) {
      pointwise_ = register_module("pointwise", std::make_shared<Pointwise>(cycle.in, cycle.out, true));
    }
    if (options.layer_norm != FieldNorm::none) {
      norm_ = register_module("norm", std::make_shared<FieldNormalisation>(cycle.out, options.layer_norm, cycle.grid));
    }
  }

  torch::Tensor forward(const torch::Tensor& u) {
    torch::Tensor out = cycle_->forward(u);
    if (pointwise_) out = out + pointwise_->forward(u);
    if (norm_) out = norm_->forward(out);
    return activate(activation_, out);
  }

 private:
  Activation activation_;
  std::shared_ptr<VCycle> cycle_;
  std::shared_ptr<FieldNormalisation> norm_;
  std::shared_ptr<Pointwise> pointwise_;
};

void MgnoOptions::validate() const {
  if (smoothing.front() < 1) {
    throw ConfigError(
        "mgno: smoothing begins with 0 (the first step of the finest level makes u from f); give at least 1 there");
  }
  if (!post_smoothing.empty() && post_smoothing.size() != smoothing.size()) {
    throw ConfigError(
        fmt::format("mgno: post_smoothing has {} numbers and smoothing {} (both have one per level); give as many",
                    post_smoothing.size(), smoothing.size()));
  }
}

void bind(config::Section& section, MgnoOptions& options) {
  section.key("layers", options.layers, "neuron layers", config::at_least(1));
  section.key("channels", options.channels, "channels of the hidden fields", config::at_least(1));
  section.key("smoothing", options.smoothing, "smoothing steps per level, finest first; as many levels as numbers",
              config::at_least(0) & config::not_empty());
  section.key("post_smoothing", options.post_smoothing, "smoothing steps per level on the way up; empty: none",
              config::at_least(0));
  boundary_key(section, options.boundary);
  section.choice("restriction", options.restriction,
                 {{"same", MgnoRestriction::same},
                  {"dirichlet", MgnoRestriction::dirichlet},
                  {"neumann", MgnoRestriction::neumann},
                  {"periodic", MgnoRestriction::periodic},
                  {"unpadded", MgnoRestriction::unpadded}},
                 "padding of the restrictions; same: that of the others");
  section.choice(
      "prolongation", options.prolongation,
      {{"grid", MgnoProlongation::by_grid}, {"even", MgnoProlongation::even}, {"odd", MgnoProlongation::odd}},
      "points of its kernel per axis: 3 above odd and 4 above even sizes of the data's grid, 4, or 3");
  section.key("wrap_prolongation", options.wrap_prolongation,
              "prolongation reaches across periodic edges, which makes shifts by whole coarse cells exact");
  section.key("residual_restriction", options.residual_restriction, "restrict f - A u instead of f");
  section.key("bias", options.bias, "constants in the smoothing convolutions");
  section.key("growing_channels", options.growing_channels, "level l has l + 1 times the channels");
  norm_key(section, "level_norm", options.level_norm, "normalisation after each prolongation");
  norm_key(section, "layer_norm", options.layer_norm, "normalisation after each layer, before its activation");
  section.key("pointwise", options.pointwise, "add a matrix over the channels, with bias, to each V-cycle");
  section.choice("head", options.head, {{"pointwise", MgnoHead::pointwise}, {"multigrid", MgnoHead::multigrid}},
                 "how the answer comes from the last hidden field: a matrix over the channels, or a V-cycle");
  section.key("head_bias", options.head_bias, "a constant in the pointwise head");
  section.key("global_residual", options.global_residual, "add the input to the answer; needs as many channels");
  activation_key(section, "activation", options.activation, "after each layer");
}

Mgno::Mgno(const MgnoOptions& options, const DataShape& data)
    : Operator("mgno", mgno_signature(options, data)), options_(options) {
  options.validate();
  if (options.global_residual && data.field_channels != data.out_channels) {
    throw ConfigError(fmt::format(
        "mgno: global_residual adds {} channels of the input to {} of the answer (they must be as many); switch it off",
        data.field_channels, data.out_channels));
  }
  VCycleOptions cycle = cycle_options(options, data);
  for (int i = 0; i < options.layers; ++i) {
    cycle.in = i == 0 ? data.field_channels : options.channels;
    layers_.push_back(register_module(fmt::format("layer{}", i), std::make_shared<Layer>(options, cycle)));
  }
  if (options.head == MgnoHead::multigrid) {
    cycle.in = options.channels;
    cycle.out = data.out_channels;
    head_cycle_ = register_module("head", std::make_shared<VCycle>(cycle));
  } else {
    head_ =
        register_module("head", std::make_shared<Pointwise>(options.channels, data.out_channels, options.head_bias));
  }
}

torch::Tensor Mgno::apply(const train::Inputs& inputs) {
  torch::Tensor u = has_kernels(inputs.fields) ? channels_together(inputs.fields) : inputs.fields;
  for (const auto& layer : layers_) u = layer->forward(u);
  u = head_cycle_ ? head_cycle_->forward(u) : head_->forward(u);
  return (options_.global_residual ? u + inputs.fields : u).contiguous();
}

std::unique_ptr<Model> make_mgno_model() {
  return std::make_unique<ModelOf<MgnoOptions, Mgno>>();
}

}  // namespace floe::operators
