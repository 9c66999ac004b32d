// SPDX-License-Identifier: MIT
#include "train/batches.h"

#include <algorithm>
#include <numeric>

namespace floe::train {

using torch::Tensor;

namespace {

/// A mask may be one for all samples.
bool shared_mask(const Examples& examples) {
  return examples.mask.size(0) == 1 && examples.count() != 1;
}

Tensor index(std::span<const std::int64_t> samples) {
  return torch::tensor(c10::ArrayRef<std::int64_t>(samples.data(), samples.size()), torch::kLong);
}

/// The examples with `change` applied to outputs and to a mask per sample.
Examples with_rows(const Examples& examples, Inputs inputs, const auto& change) {
  Examples out{std::move(inputs), {}, examples.mask, examples.geometry};
  if (examples.outputs.defined()) out.outputs = change(examples.outputs);
  if (examples.mask.defined() && !shared_mask(examples)) out.mask = change(examples.mask);
  return out;
}

}  // namespace

Examples Examples::select(const Tensor& samples) const {
  return with_rows(*this, inputs.select(samples), [&](const Tensor& t) { return t.index_select(0, samples); });
}

Examples Examples::narrow(std::int64_t first, std::int64_t count_wanted) const {
  return with_rows(*this, inputs.narrow(first, count_wanted),
                   [&](const Tensor& t) { return t.narrow(0, first, count_wanted); });
}

Examples Examples::join(std::span<const Examples> parts) {
  if (parts.size() == 1) return parts.front();
  std::vector<Inputs> inputs;
  std::vector<Tensor> outputs;
  std::vector<Tensor> masks;
  bool shared = !parts.front().mask.defined();
  for (const Examples& part : parts) {
    inputs.push_back(part.inputs);
    outputs.push_back(part.outputs);
    shared = shared || shared_mask(part);
    if (!shared) masks.push_back(part.mask);
  }
  return {Inputs::join(inputs), torch::cat(outputs), shared ? parts.front().mask : torch::cat(masks),
          parts.front().geometry};
}

Examples Examples::to(torch::Device device) const {
  const auto move = [&](const Tensor& t) { return t.defined() ? t.to(device) : t; };
  return {inputs.to(device), move(outputs), move(mask), geometry};
}

Examples MemoryBatches::batch(std::span<const std::int64_t> samples) const {
  return examples_.select(index(samples));
}

Examples StreamedBatches::batch(std::span<const std::int64_t> samples) const {
  std::vector<std::int64_t> places(samples.size());
  std::iota(places.begin(), places.end(), std::int64_t{0});
  const auto number = [&](std::int64_t place) {
    return numbers_.at(static_cast<std::size_t>(samples[static_cast<std::size_t>(place)]));
  };
  std::stable_sort(places.begin(), places.end(), [&](auto a, auto b) { return number(a) < number(b); });
  std::vector<Examples> parts;
  for (std::size_t first = 0; first < places.size();) {
    std::size_t last = first + 1;
    while (last < places.size() && number(places[last]) == number(places[last - 1]) + 1) ++last;
    parts.push_back(read_(number(places[first]), static_cast<std::int64_t>(last - first)));
    first = last;
  }
  std::vector<std::int64_t> inverse(places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    inverse[static_cast<std::size_t>(places[i])] = static_cast<std::int64_t>(i);
  }
  return Examples::join(parts).select(index(inverse));
}

Examples range(const Batches& samples, std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), first);
  return samples.batch(numbers);
}

}  // namespace floe::train
