// SPDX-License-Identifier: MIT
#include "train/inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace floe::train {
namespace {

/// The inputs with `change` applied to each tensor that is given; queries shared by all samples only if `shared`.
template <class Change>
Inputs transform(const Inputs& inputs, bool shared, const Change& change) {
  Inputs out = inputs;
  for (torch::Tensor* tensor : {&out.fields, &out.parameters, &out.points, &out.values, &out.mask}) {
    if (tensor->defined()) *tensor = change(*tensor);
  }
  if (out.queries.defined() && (shared || out.queries.dim() == 3)) out.queries = change(out.queries);
  return out;
}

}  // namespace

std::int64_t Inputs::batch() const {
  for (const torch::Tensor* tensor : {&fields, &parameters, &points, &values, &mask}) {
    if (tensor->defined()) return tensor->size(0);
  }
  return queries.defined() && queries.dim() == 3 ? queries.size(0) : 0;
}

Inputs Inputs::select(const torch::Tensor& samples) const {
  return transform(*this, false, [&](const torch::Tensor& tensor) { return tensor.index_select(0, samples); });
}

Inputs Inputs::narrow(std::int64_t first, std::int64_t count) const {
  return transform(*this, false, [&](const torch::Tensor& tensor) { return tensor.narrow(0, first, count); });
}

Inputs Inputs::to(torch::Device device, torch::ScalarType type) const {
  return transform(*this, true, [&](const torch::Tensor& tensor) { return tensor.to(device, type); });
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

std::string shape_text(const torch::Tensor& tensor) {
  return tensor.defined() ? shape_text(tensor.sizes().vec()) : "none";
}

}  // namespace floe::train
