// SPDX-License-Identifier: MIT
#include "operators/deeponet/deeponet.h"

#include <fmt/format.h>
#include <torch/torch.h>

#include <cmath>
#include <tuple>

#include "base/error.h"
#include "operators/model_of.h"

namespace floe::operators {
namespace {

Signature deeponet_signature(const DeepOnetOptions& options, const DataShape& data) {
  options.validate();
  const bool has_fields = data.axes() > 0 && data.field_channels > 0;
  const std::int64_t dimension = data.dimension > 0 ? data.dimension : data.axes();
  if ((!has_fields && data.parameters < 1) || data.value_channels > 0 || dimension < 1 || data.out_channels < 1) {
    throw ConfigError(
        fmt::format("deeponet does not suit the data ({} channels on {} axes, {} numbers per sample, {} values at "
                    "points, positions "
                    "in {} dimensions; it needs fields or numbers, and positions of the answer); choose other inputs "
                    "or another model",
                    data.field_channels, data.axes(), data.parameters, data.value_channels, dimension));
  }
  if (options.mask_channel && (!has_fields || *options.mask_channel >= data.field_channels)) {
    throw ConfigError(fmt::format(
        "deeponet: channel {} cannot be the mask (the fields have {} channels, numbered from 0); correct mask_channel",
        *options.mask_channel, data.field_channels));
  }
  if (!options.branch.fields && (!has_fields || data.parameters < 1)) {
    throw ConfigError(
        fmt::format("deeponet: the branch has nothing to see (branch.fields = false, {} numbers per sample, {} "
                    "channels); name numbers in data.parameters and a field, or let the branch see the fields",
                    data.parameters, data.field_channels));
  }
  Signature signature;
  signature.axes = has_fields ? data.axes() : 0;
  signature.field_channels = has_fields ? data.field_channels : 0;
  signature.parameters = data.parameters;
  signature.dimension = dimension;
  signature.out_channels = data.out_channels;
  // The grid of the fields is one for the answer if positions are as many-dimensional.
  signature.queries =
      has_fields && dimension == data.axes() ? Signature::Queries::optional : Signature::Queries::required;
  if (has_fields && options.branch.fields) signature.grids.only = data.grid;
  return signature;
}

}  // namespace

void DeepOnetOptions::validate() const {
  branch.validate();
  if (trunk == DeepOnetTrunk::pod && outputs == DeepOnetOutputs::split_trunk) {
    throw ConfigError(
        "deeponet: the modes of POD cannot be split over the outputs (each output has its own, trunk = \"pod\"); "
        "choose "
        "outputs = \"split_both\"");
  }
}

void bind(config::Section& section, DeepOnetOptions& options) {
  section.key("features", options.features, "features p of branch and trunk, per output", config::at_least(1));
  section.key("stacked", options.stacked, "a branch of its own for each feature");
  section.table("branch", options.branch, "the network of the input function");
  section.choice("trunk", options.trunk, {{"network", DeepOnetTrunk::network}, {"pod", DeepOnetTrunk::pod}},
                 "a perceptron of the position, or the proper orthogonal modes of the training outputs");
  section.when(options.trunk == DeepOnetTrunk::network, "trunk = \"network\"", [&] {
    section.key("trunk_hidden", options.trunk_hidden, "hidden widths of the trunk", config::at_least(1));
    activation_key(section, "trunk_activation", options.trunk_activation, "after each hidden layer of the trunk");
    activation_key(section, "trunk_last_activation", options.trunk_last_activation, "after its last layer");
    perceptron_norm_key(section, "trunk_norm", options.trunk_norm);
    section.key("trunk_residual", options.trunk_residual,
                "from the third hidden layer on, add a linear map of the layer before last to each");
  });
  section.when(options.trunk == DeepOnetTrunk::pod, "trunk = \"pod\"", [&] {
    section.key("positions", options.positions,
                "positions of the training outputs, where they are not a grid of the fields", config::at_least(0));
  });
  section.choice("outputs", options.outputs,
                 {{"split_both", DeepOnetOutputs::split_both},
                  {"split_branch", DeepOnetOutputs::split_branch},
                  {"split_trunk", DeepOnetOutputs::split_trunk}},
                 "which network has features of its own for each output");
  section.key("bias", options.bias, "a constant per output");
  section.choice("initialisation", options.initialisation,
                 {{"glorot_normal", Initialisation::glorot_normal},
                  {"uniform", Initialisation::uniform},
                  {"small_normal", Initialisation::small_normal}},
                 "of the weights: glorot_normal has biases of zero, small_normal a deviation of 0.001 for all");
  section.choice("coordinates", options.coordinates,
                 {{"unit", DeepOnetCoordinates::unit}, {"symmetric", DeepOnetCoordinates::symmetric}},
                 "of a grid for the trunk: 0 to 1, or -1 to 1");
  section.key("mask_channel", options.mask_channel,
              "channel of the fields that is 1 in the domain and 0 outside; the answer on the grid is multiplied by it",
              config::at_least(0));
}

DeepOnet::DeepOnet(const DeepOnetOptions& options, const DataShape& data)
    : Operator("deeponet", deeponet_signature(options, data)), options_(options) {
  const std::int64_t outputs = data.out_channels;
  const std::int64_t branch_width = options.features * (options.outputs == DeepOnetOutputs::split_trunk ? 1 : outputs);
  const auto make_branch = [&](std::int64_t width) {
    return std::make_shared<Branch>(options.branch, data.parameters,
                                    signature().grids.only.empty() ? 0 : data.field_channels, signature().grids.only,
                                    width, options.initialisation);
  };
  if (options.stacked) {
    for (std::int64_t k = 0; k < branch_width; ++k) {
      branches_.push_back(register_module(fmt::format("branch{}", k), make_branch(1)));
    }
  } else {
    branches_.push_back(register_module("branch", make_branch(branch_width)));
  }
  if (options.trunk == DeepOnetTrunk::network) {
    const std::int64_t width = options.features * (options.outputs == DeepOnetOutputs::split_branch ? 1 : outputs);
    trunk_ = register_module("trunk", std::make_shared<Perceptron>(PerceptronOptions{
                                          .widths = chain_widths(static_cast<int>(signature().dimension),
                                                                 options.trunk_hidden, static_cast<int>(width)),
                                          .activation = options.trunk_activation,
                                          .last_activation = options.trunk_last_activation,
                                          .norm = options.trunk_norm,
                                          .residual = options.trunk_residual,
                                          .initialisation = options.initialisation}));
    if (options.bias) bias_ = register_parameter("bias", torch::zeros({outputs}));
  } else {
    std::int64_t positions = options.positions;
    if (positions == 0 && signature().queries == Signature::Queries::optional) {
      positions = 1;
      for (const std::int64_t points : data.grid) positions *= points;
    }
    if (positions < options.features) {
      throw ConfigError(fmt::format(
          "deeponet: {} modes cannot be found at {} positions (trunk = \"pod\" needs at least as many positions); give "
          "fewer features, or the number of positions of the training outputs",
          options.features, positions));
    }
    auto pod = register_module("pod", std::make_shared<torch::nn::Module>());
    modes_ = pod->register_buffer("modes", torch::zeros({outputs, positions, options.features}));
    mean_ = pod->register_buffer("mean", torch::zeros({outputs, positions}));
  }
}

void DeepOnet::prepare(const train::Inputs& inputs, const torch::Tensor& outputs) {
  if (options_.trunk != DeepOnetTrunk::pod) return;
  const torch::NoGradGuard no_gradients;
  // (out, sample, position)
  const torch::Tensor values =
      (inputs.queries.defined() ? outputs.permute({2, 0, 1}) : outputs.flatten(2).transpose(0, 1)).to(torch::kFloat64);
  const std::int64_t samples = values.size(1), positions = values.size(2), modes = options_.features;
  if (samples < modes || positions != modes_.size(1)) {
    throw DataError(
        fmt::format("deeponet: {} modes at {} positions cannot be found from {} samples at {} positions (it takes as "
                    "many samples as "
                    "modes, and the same positions); give fewer features, more data, or the number of positions",
                    modes, modes_.size(1), samples, positions));
  }
  const torch::Tensor mean = values.mean(1);
  const torch::Tensor deviation = values - mean.unsqueeze(1);
  torch::Tensor basis = std::get<2>(torch::linalg_svd(deviation, false)).narrow(1, 0, modes).transpose(1, 2);
  // The sign of a mode is free: its largest entry is positive.
  const torch::Tensor largest = basis.gather(1, basis.abs().argmax(1, true));
  basis = basis * largest.sign();
  modes_.set_data((basis * std::sqrt(static_cast<double>(positions))).to(modes_.options()).contiguous());
  mean_.set_data(mean.to(mean_.options()).contiguous());
}

torch::Tensor DeepOnet::branch_features(const train::Inputs& inputs) {
  std::vector<torch::Tensor> features;
  const torch::Tensor fields = options_.branch.fields ? inputs.fields : torch::Tensor();
  for (const auto& branch : branches_) features.push_back(branch->forward(inputs.parameters, fields));
  const torch::Tensor b = features.size() == 1 ? features[0] : torch::cat(features, 1);
  return b.reshape({b.size(0), -1, options_.features});
}

torch::Tensor DeepOnet::trunk_features(const torch::Tensor& queries) {
  const torch::Tensor t = trunk_->forward(queries);
  std::vector<std::int64_t> shape = queries.sizes().vec();
  shape.back() = -1;
  shape.push_back(options_.features);
  return t.reshape(shape);
}

torch::Tensor DeepOnet::grid_positions(const std::vector<std::int64_t>& grid, const torch::Tensor& like) const {
  const double begin = options_.coordinates == DeepOnetCoordinates::unit ? 0 : -1;
  std::vector<torch::Tensor> axes;
  for (const std::int64_t points : grid) {
    axes.push_back(points > 1 ? torch::linspace(begin, 1, points, like.options())
                              : torch::full({1}, begin, like.options()));
  }
  std::vector<torch::Tensor> flat;
  for (const torch::Tensor& axis : torch::meshgrid(axes, "ij")) flat.push_back(axis.flatten());
  return torch::stack(flat, 1);
}

torch::Tensor DeepOnet::from_modes(const torch::Tensor& branch, std::int64_t queries) {
  if (modes_.size(1) != queries || !modes_.any().item<bool>()) {
    throw ShapeError(
        fmt::format("deeponet: the modes lie at {} positions and {} are asked for (POD-DeepONet answers where its "
                    "training data lie, "
                    "once it was trained on them); ask there, or choose trunk = \"network\"",
                    modes_.any().item<bool>() ? modes_.size(1) : 0, queries));
  }
  const torch::Tensor sum = torch::einsum("bok,opk->bpo", {branch.expand({-1, modes_.size(0), -1}), modes_});
  return sum / static_cast<double>(options_.features) + mean_.t();
}

torch::Tensor DeepOnet::apply(const train::Inputs& inputs) {
  const torch::Tensor b = branch_features(inputs);
  const bool on_grid = !inputs.queries.defined();
  const std::int64_t outputs = signature().out_channels;
  torch::Tensor values;
  if (!trunk_) {
    values = from_modes(b, on_grid ? inputs.fields[0][0].numel() : inputs.queries.size(-2));
  } else {
    torch::Tensor t =
        trunk_features(on_grid ? grid_positions(inputs.fields.sizes().slice(2).vec(), inputs.fields) : inputs.queries);
    const std::int64_t p = options_.features;
    if (t.dim() == 3) {
      // One product of (batch, p) with (p, query) per output.
      t = t.permute({1, 2, 0}).expand({outputs, p, -1});
      values = torch::bmm(b.transpose(0, 1).expand({outputs, -1, p}), t).permute({1, 2, 0});
    } else {
      values = (b.unsqueeze(1) * t).sum(-1).expand({-1, -1, outputs});
    }
    if (bias_.defined()) values = values + bias_;
  }
  if (!on_grid) return values.contiguous();
  std::vector<std::int64_t> shape = inputs.fields.sizes().vec();
  shape[1] = outputs;
  torch::Tensor fields = values.transpose(1, 2).reshape(shape);
  if (options_.mask_channel) fields = fields * inputs.fields.narrow(1, *options_.mask_channel, 1);
  return fields.contiguous();
}

std::unique_ptr<Model> make_deeponet_model() {
  return std::make_unique<ModelOf<DeepOnetOptions, DeepOnet>>();
}

}  // namespace floe::operators
