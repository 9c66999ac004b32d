// SPDX-License-Identifier: MIT
#include "train/moments.h"

#include <numeric>
#include <optional>

#include "base/error.h"
#include "train/loader.h"

namespace floe::train {

using torch::Tensor;

namespace {

/// Positions as one row of points with the weights of those that exist.
void add_positions(Moments& moments, const Tensor& positions, const Tensor& mask) {
  if (!positions.defined()) return;
  const Tensor rows = positions.reshape({1, -1, positions.size(-1)});
  const bool own = mask.defined() && mask.numel() == rows.size(1);
  moments.add(rows, own ? mask.reshape({1, -1, 1}) : Tensor());
}

}  // namespace

Moments::Moments(NormaliserKind kind, bool channels_last) : kind_(kind), channels_last_(channels_last) {
  if (kind == NormaliserKind::per_point && channels_last) {
    throw ConfigError(
        "values at scattered points cannot be normalised per point (the points differ between samples); "
        "choose per_channel or scalar");
  }
}

void Moments::add(const Tensor& samples, const Tensor& mask) {
  if (kind_ == NormaliserKind::none) return;
  const torch::NoGradGuard guard;
  type_ = samples.scalar_type();
  const std::int64_t channel = channels_last_ ? samples.dim() - 1 : 1;
  std::vector<std::int64_t> over{0};
  for (std::int64_t axis = 1; axis < samples.dim(); ++axis) {
    if (kind_ == NormaliserKind::scalar || (kind_ == NormaliserKind::per_channel && axis != channel))
      over.push_back(axis);
  }
  const Tensor x = samples.to(torch::kDouble);
  const Tensor weight =
      mask.defined() ? mask.to(torch::kDouble).expand_as(x) : torch::ones({}, x.options()).expand_as(x);
  const Tensor count = weight.sum(over, true);
  const Tensor mean = (x * weight).sum(over, true) / count.clamp_min(1);
  const Tensor squares = ((x - mean).pow(2) * weight).sum(over, true);
  if (!mean_.defined()) {
    count_ = count;
    mean_ = mean;
    squares_ = squares;
    return;
  }
  const Tensor total = count_ + count;
  const Tensor share = count / total.clamp_min(1);
  const Tensor difference = mean - mean_;
  mean_ = mean_ + difference * share;
  squares_ = squares_ + squares + difference.pow(2) * count_ * share;
  count_ = total;
}

Normaliser Moments::normaliser() const {
  if (!mean_.defined()) return {};
  const Tensor deviation = (squares_ / count_.clamp_min(1)).sqrt();
  return {mean_.to(type_), torch::where(deviation > 0, deviation, torch::ones_like(deviation)).to(type_)};
}

Normalisers fit_normalisers(const Batches& samples, const NormaliserChoice& choice) {
  constexpr std::int64_t part_size = 64;
  Moments fields(choice.inputs, false);
  Moments parameters(choice.parameters ? NormaliserKind::per_channel : NormaliserKind::none, false);
  // Points per sample: moments per point are an error, but only where there are values.
  std::optional<Moments> values;
  Moments positions(choice.positions ? NormaliserKind::per_channel : NormaliserKind::none, true);
  Moments outputs(choice.outputs, choice.channels_last);
  std::vector<std::int64_t> all(static_cast<std::size_t>(samples.count()));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  Loader loader(samples, std::move(all), part_size);
  for (bool first = true; loader.more(); first = false) {
    const Examples part = loader.next();
    const Inputs& in = part.inputs;
    if (in.fields.defined()) fields.add(in.fields);
    if (in.parameters.defined()) parameters.add(in.parameters);
    if (in.values.defined()) {
      if (!values) values.emplace(choice.inputs, true);
      values->add(in.values, in.mask.defined() ? in.mask.unsqueeze(2) : Tensor());
    }
    add_positions(positions, in.points, in.mask);
    const bool shared = in.queries.defined() && in.queries.dim() == 2;
    if (first || !shared) add_positions(positions, in.queries, part.mask);
    outputs.add(choice.frames ? part.outputs.flatten(0, 1) : part.outputs, part.mask);
  }
  Normalisers fitted;
  fitted.fields = fields.normaliser();
  fitted.parameters = parameters.normaliser();
  if (values) fitted.values = values->normaliser();
  fitted.positions = positions.normaliser();
  fitted.outputs = outputs.normaliser();
  return fitted;
}

}  // namespace floe::train
