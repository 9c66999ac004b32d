// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <utility>

#include "io/checkpoint.h"
#include "train/inputs.h"

namespace floe::train {

enum class NormaliserKind { none, scalar, per_channel, per_point };

/// (x - mean) / deviation with the moments of the training samples: of all values, of each channel, or of each point of
/// each channel. A deviation of zero counts as one: such values are constant.
class Normaliser final {
 public:
  Normaliser() = default;
  /// With these moments, (1, channel, axes... or 1...).
  Normaliser(torch::Tensor mean, torch::Tensor deviation) : mean_(std::move(mean)), deviation_(std::move(deviation)) {}
  /// From samples (batch, channel, axes...), or (batch, point, channel) when `channels_last`, in one part (Moments).
  /// Throws ConfigError for per_point of points that differ between samples (channels_last).
  Normaliser(NormaliserKind kind, const torch::Tensor& samples, bool channels_last, const torch::Tensor& mask = {});

  /// From now on this channel, of `channels` in (batch, channel, axes...), is left as it is: a mask, for example.
  void exempt(std::int64_t channel, std::int64_t channels);

  torch::Tensor encode(const torch::Tensor& x) const;
  torch::Tensor decode(const torch::Tensor& x) const;
  /// The moments on this device in this type.
  Normaliser to(torch::Device device, torch::ScalarType type) const;

  /// The moments as "<name>/mean" and "<name>/deviation", nothing for none.
  void save(io::Checkpoint& checkpoint, const std::string& name) const;
  static Normaliser load(const io::Checkpoint& checkpoint, const std::string& name);

 private:
  void require_grid(const torch::Tensor& x) const;

  torch::Tensor mean_;  ///< (1, channel, axes... or 1...), undefined: none
  torch::Tensor deviation_;
};

/// The moments of each coordinate over context points and queries together; `query_mask` (batch, query, 1) or
/// undefined.
Normaliser position_normaliser(const Inputs& inputs, const torch::Tensor& query_mask);

/// The normalisers of everything that goes into a model and comes out.
struct Normalisers {
  Normaliser fields{};
  Normaliser parameters{};
  Normaliser values{};
  Normaliser positions{};  ///< of points and queries
  Normaliser outputs{};

  Inputs encode(const Inputs& inputs) const;
  Normalisers to(torch::Device device, torch::ScalarType type) const;
  void save(io::Checkpoint& checkpoint) const;
  static Normalisers load(const io::Checkpoint& checkpoint);
};

}  // namespace floe::train
