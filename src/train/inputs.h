// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace floe::train {

/// What goes into a model, by name; a model says which of them it takes (operators::Signature). Those that are not
/// given stay undefined.
///
///     fields      (batch, channel, axes...)      values on a regular grid, slowest axis first
///     parameters  (batch, number)                numbers that belong to a whole sample
///     points      (batch, point, dimension)      positions of the context of a point-set model
///     values      (batch, point, channel)        what is known there
///     mask        (batch, point)                 1 where a context point exists, 0 where it pads; undefined: all exist
///     queries     (batch, query, dimension)      where the answer is wanted, or
///                 (query, dimension)             the same positions for every sample
struct Inputs {
  torch::Tensor fields{};
  torch::Tensor parameters{};
  torch::Tensor points{};
  torch::Tensor values{};
  torch::Tensor mask{};
  torch::Tensor queries{};
  /// Points per axis of the fields that are wanted; empty: those of `fields`.
  std::vector<std::int64_t> output_grid{};
  /// Frames that are wanted of a rollout (train/rollout.h); a model itself gives one.
  std::int64_t steps = 1;

  /// The number of samples: the first extent of whatever is given; 0 if there is nothing.
  std::int64_t batch() const;
  /// The samples of these numbers, an int64 tensor.
  Inputs select(const torch::Tensor& samples) const;
  /// The samples [first, first + count), as views.
  Inputs narrow(std::int64_t first, std::int64_t count) const;
  /// One after another; all of the same kind of data.
  static Inputs join(std::span<const Inputs> parts);
  /// Everything on this device.
  Inputs to(torch::Device device) const;
};

/// "(8, 1, 64, 64)", or "none" for an undefined tensor: for messages.
std::string shape_text(const torch::Tensor& tensor);
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace floe::train
