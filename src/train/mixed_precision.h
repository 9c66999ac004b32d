// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace floe::train {

enum class MixedPrecision { none, bfloat16, float16 };

/// While it lives, matrix products and convolutions on this device are taken in the narrow type, what is sensitive in
/// float32, as LibTorch's autocast decides; parameters stay as they are. `none` changes nothing.
class Autocast final {
 public:
  Autocast(torch::Device device, MixedPrecision precision);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  torch::DeviceType device_;
  bool active_;
};

/// The factor of a loss whose gradients float16 holds: halved when gradients overflow, doubled after 2000 steps without
/// (Micikevicius et al., arXiv 1710.03740). Always 1 for other types.
class LossScale final {
 public:
  explicit LossScale(MixedPrecision precision) : active_(precision == MixedPrecision::float16) {}

  bool active() const { return active_; }
  double factor() const { return active_ ? factor_ : 1; }
  /// After a step whose gradients were finite or not. False when the factor cannot become smaller.
  bool update(bool finite);

  std::int64_t steps() const { return steps_; }
  void restore(double factor, std::int64_t steps);

 private:
  bool active_;
  double factor_ = 65536;
  std::int64_t steps_ = 0;  ///< finite ones since the last change
};

}  // namespace floe::train
