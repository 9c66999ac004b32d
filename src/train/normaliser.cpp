// SPDX-License-Identifier: MIT
#include "train/normaliser.h"

#include <fmt/format.h>

#include "base/error.h"
#include "train/module_state.h"
#include "train/moments.h"

namespace floe::train {

using torch::Tensor;

Normaliser::Normaliser(NormaliserKind kind, const Tensor& samples, bool channels_last, const Tensor& mask) {
  Moments moments(kind, channels_last);
  moments.add(samples, mask);
  *this = moments.normaliser();
}

void Normaliser::exempt(std::int64_t channel, std::int64_t channels) {
  if (!mean_.defined()) return;
  std::vector<std::int64_t> shape = mean_.sizes().vec();
  shape.at(1) = channels;
  mean_ = mean_.expand(shape).clone();
  deviation_ = deviation_.expand(shape).clone();
  mean_.select(1, channel).zero_();
  deviation_.select(1, channel).fill_(1);
}

void Normaliser::require_grid(const Tensor& x) const {
  bool fits = x.dim() == mean_.dim();
  for (std::int64_t axis = 1; fits && axis < x.dim(); ++axis)
    fits = mean_.size(axis) == 1 || mean_.size(axis) == x.size(axis);
  if (!fits) {
    throw ShapeError(
        fmt::format("values of shape {} cannot be normalised with moments of shape {} (those are of the training "
                    "data); take data on that grid, or train with data.normalise_* = \"per_channel\"",
                    shape_text(x), shape_text(mean_)));
  }
}

Tensor Normaliser::encode(const Tensor& x) const {
  if (!mean_.defined() || !x.defined()) return x;
  require_grid(x);
  return (x - mean_) / deviation_;
}

Tensor Normaliser::decode(const Tensor& x) const {
  if (!mean_.defined()) return x;
  require_grid(x);
  return torch::addcmul(mean_, x.to(mean_.scalar_type()), deviation_);
}

Normaliser Normaliser::to(torch::Device device, torch::ScalarType type) const {
  return mean_.defined() ? Normaliser(mean_.to(device, type), deviation_.to(device, type)) : Normaliser();
}

void Normaliser::save(io::Checkpoint& checkpoint, const std::string& name) const {
  if (!mean_.defined()) return;
  save_tensor(checkpoint, name + "/mean", mean_);
  save_tensor(checkpoint, name + "/deviation", deviation_);
}

Normaliser Normaliser::load(const io::Checkpoint& checkpoint, const std::string& name) {
  Normaliser normaliser;
  if (checkpoint.tensors.contains(name + "/mean")) {
    normaliser.mean_ = load_tensor(checkpoint, name + "/mean");
    normaliser.deviation_ = load_tensor(checkpoint, name + "/deviation");
  }
  return normaliser;
}

Normaliser position_normaliser(const Inputs& inputs, const Tensor& query_mask) {
  std::vector<Tensor> positions;
  std::vector<Tensor> weights;
  const auto add = [&](const Tensor& x, const Tensor& mask) {
    if (!x.defined()) return;
    const Tensor rows = x.reshape({1, -1, x.size(-1)});
    const bool own = mask.defined() && mask.numel() == rows.size(1);
    positions.push_back(rows);
    weights.push_back(own ? mask.reshape({1, -1, 1}) : torch::ones({1, rows.size(1), 1}, rows.options()));
  };
  add(inputs.points, inputs.mask);
  add(inputs.queries, query_mask);
  if (positions.empty()) return {};
  return {NormaliserKind::per_channel, torch::cat(positions, 1), true, torch::cat(weights, 1)};
}

Inputs Normalisers::encode(const Inputs& inputs) const {
  Inputs encoded = inputs;
  encoded.fields = fields.encode(inputs.fields);
  encoded.parameters = parameters.encode(inputs.parameters);
  encoded.values = values.encode(inputs.values);
  encoded.points = positions.encode(inputs.points);
  const Tensor& queries = inputs.queries;
  encoded.queries = queries.defined() && queries.dim() == 2 ? positions.encode(queries.unsqueeze(0)).squeeze(0)
                                                            : positions.encode(queries);
  return encoded;
}

Normalisers Normalisers::to(torch::Device device, torch::ScalarType type) const {
  return {fields.to(device, type), parameters.to(device, type), values.to(device, type), positions.to(device, type),
          outputs.to(device, type)};
}

void Normalisers::save(io::Checkpoint& checkpoint) const {
  fields.save(checkpoint, "normaliser/fields");
  parameters.save(checkpoint, "normaliser/parameters");
  values.save(checkpoint, "normaliser/values");
  positions.save(checkpoint, "normaliser/positions");
  outputs.save(checkpoint, "normaliser/outputs");
}

Normalisers Normalisers::load(const io::Checkpoint& checkpoint) {
  return {Normaliser::load(checkpoint, "normaliser/fields"), Normaliser::load(checkpoint, "normaliser/parameters"),
          Normaliser::load(checkpoint, "normaliser/values"), Normaliser::load(checkpoint, "normaliser/positions"),
          Normaliser::load(checkpoint, "normaliser/outputs")};
}

}  // namespace floe::train
