// SPDX-License-Identifier: MIT
#include "train/normaliser.h"

#include <fmt/format.h>

#include <numeric>

#include "base/error.h"
#include "train/module_state.h"

namespace floe::train {

using torch::Tensor;

Normaliser::Normaliser(NormaliserKind kind, const Tensor& samples, bool channels_last, const Tensor& mask) {
  if (kind == NormaliserKind::none) return;
  if (kind == NormaliserKind::per_point && channels_last) {
    throw ConfigError(
        "values at scattered points cannot be normalised per point (the points differ between samples); "
        "choose per_channel or scalar");
  }
  const std::int64_t channel = channels_last ? samples.dim() - 1 : 1;
  std::vector<std::int64_t> over{0};
  for (std::int64_t axis = 1; axis < samples.dim(); ++axis) {
    if (kind == NormaliserKind::scalar || (kind == NormaliserKind::per_channel && axis != channel))
      over.push_back(axis);
  }
  const Tensor x = samples.to(torch::kDouble);
  const Tensor weight = mask.defined() ? mask.to(torch::kDouble).expand_as(x) : torch::ones_like(x);
  const Tensor count = weight.sum(over, true).clamp_min(1);
  const Tensor mean = (x * weight).sum(over, true) / count;
  const Tensor deviation = (((x - mean) * weight).pow(2).sum(over, true) / count).sqrt();
  mean_ = mean.to(samples.scalar_type());
  deviation_ = torch::where(deviation > 0, deviation, torch::ones_like(deviation)).to(samples.scalar_type());
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
  return torch::addcmul(mean_, x, deviation_);
}

Normaliser Normaliser::to(torch::Device device, torch::ScalarType type) const {
  Normaliser other;
  if (mean_.defined()) {
    other.mean_ = mean_.to(device, type);
    other.deviation_ = deviation_.to(device, type);
  }
  return other;
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

Inputs Normalisers::encode(const Inputs& inputs) const {
  Inputs encoded = inputs;
  encoded.fields = fields.encode(inputs.fields);
  encoded.parameters = parameters.encode(inputs.parameters);
  encoded.values = values.encode(inputs.values);
  return encoded;
}

Normalisers Normalisers::to(torch::Device device, torch::ScalarType type) const {
  return {fields.to(device, type), parameters.to(device, type), values.to(device, type), outputs.to(device, type)};
}

void Normalisers::save(io::Checkpoint& checkpoint) const {
  fields.save(checkpoint, "normaliser/fields");
  parameters.save(checkpoint, "normaliser/parameters");
  values.save(checkpoint, "normaliser/values");
  outputs.save(checkpoint, "normaliser/outputs");
}

Normalisers Normalisers::load(const io::Checkpoint& checkpoint) {
  return {Normaliser::load(checkpoint, "normaliser/fields"), Normaliser::load(checkpoint, "normaliser/parameters"),
          Normaliser::load(checkpoint, "normaliser/values"), Normaliser::load(checkpoint, "normaliser/outputs")};
}

}  // namespace floe::train
