// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "train/batches.h"
#include "train/normaliser.h"

namespace floe::train {

/// Mean and deviation of samples that come in parts, in float64. Sums of squares are those of the differences from the
/// mean of each part, and parts are put together by the formula of Chan, Golub and LeVeque (1979): other parts change
/// the last digits.
class Moments final {
 public:
  /// Throws ConfigError for per_point of points that differ between samples (channels_last).
  Moments(NormaliserKind kind, bool channels_last);

  /// Samples as for Normaliser; `mask`, expandable to them, is 1 where they count.
  void add(const torch::Tensor& samples, const torch::Tensor& mask = {});
  /// None, where nothing was added.
  Normaliser normaliser() const;

 private:
  NormaliserKind kind_;
  bool channels_last_;
  torch::ScalarType type_ = torch::kFloat;
  torch::Tensor count_;
  torch::Tensor mean_;
  torch::Tensor squares_;
};

/// What is normalised, and how.
struct NormaliserChoice {
  NormaliserKind inputs = NormaliserKind::per_channel;  ///< fields and context values
  NormaliserKind outputs = NormaliserKind::per_channel;
  bool parameters = true;      ///< each of them
  bool positions = false;      ///< each coordinate, of context points and queries together
  bool channels_last = false;  ///< outputs are (batch, query, channel) with queries of their own
  bool frames = false;         ///< outputs are (batch, frame, field, axes...): the frames are the samples
};

/// The normalisers of samples that are not normalised yet, in one pass over them in parts of 64 samples: the same bits
/// from memory and from a file.
Normalisers fit_normalisers(const Batches& samples, const NormaliserChoice& choice);

}  // namespace floe::train
