// SPDX-License-Identifier: MIT
#include "train/inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace floe::train {

using torch::Tensor;

namespace {

constexpr std::array<Tensor Inputs::*, 6> per_sample{&Inputs::fields, &Inputs::parameters, &Inputs::points,
                                                     &Inputs::values, &Inputs::mask,       &Inputs::queries};

/// Whether a tensor has a row for each sample; queries may be shared by all of them.
bool has_rows(const Inputs& inputs, Tensor Inputs::*member) {
  return (inputs.*member).defined() && !(member == &Inputs::queries && inputs.queries.dim() == 2);
}

/// The inputs with `change` applied to each tensor with a row for each sample.
Inputs with_rows(const Inputs& inputs, const auto& change) {
  Inputs out = inputs;
  for (Tensor Inputs::*const member : per_sample) {
    if (has_rows(inputs, member)) out.*member = change(inputs.*member);
  }
  return out;
}

}  // namespace

std::int64_t Inputs::batch() const {
  for (Tensor Inputs::*const member : per_sample) {
    if (has_rows(*this, member)) return (this->*member).size(0);
  }
  return 0;
}

Inputs Inputs::select(const Tensor& samples) const {
  return with_rows(*this, [&](const Tensor& tensor) { return tensor.index_select(0, samples); });
}

Inputs Inputs::narrow(std::int64_t first, std::int64_t count) const {
  return with_rows(*this, [&](const Tensor& tensor) { return tensor.narrow(0, first, count); });
}

Inputs Inputs::join(std::span<const Inputs> parts) {
  Inputs out = parts.front();
  for (Tensor Inputs::*const member : per_sample) {
    if (!has_rows(out, member)) continue;
    std::vector<Tensor> tensors;
    for (const Inputs& part : parts) tensors.push_back(part.*member);
    out.*member = torch::cat(tensors);
  }
  return out;
}

Inputs Inputs::to(torch::Device device) const {
  Inputs out = *this;
  for (Tensor Inputs::*const member : per_sample) {
    if ((out.*member).defined()) out.*member = (out.*member).to(device);
  }
  return out;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

std::string shape_text(const Tensor& tensor) {
  return tensor.defined() ? shape_text(tensor.sizes().vec()) : "none";
}

}  // namespace floe::train
