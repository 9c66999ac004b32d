// SPDX-License-Identifier: MIT
#include "train/mixed_precision.h"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace floe::train {
namespace {

void set(torch::DeviceType device, bool enabled, torch::ScalarType type) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  at::autocast::set_autocast_dtype(device, type);
  at::autocast::set_autocast_enabled(device, enabled);
#else
  if (device == torch::kCUDA) {
    at::autocast::set_autocast_gpu_dtype(type);
    at::autocast::set_enabled(enabled);
  } else {
    at::autocast::set_autocast_cpu_dtype(type);
    at::autocast::set_cpu_enabled(enabled);
  }
#endif
}

constexpr std::int64_t steps_to_growth = 2000;

}  // namespace

Autocast::Autocast(torch::Device device, MixedPrecision precision)
    : device_(device.type()), active_(precision != MixedPrecision::none) {
  if (active_) set(device_, true, precision == MixedPrecision::float16 ? torch::kHalf : torch::kBFloat16);
}

Autocast::~Autocast() {
  if (!active_) return;
  // The narrow copies of the parameters are those of before the step.
  at::autocast::clear_cache();
  set(device_, false, torch::kBFloat16);
}

bool LossScale::update(bool finite) {
  if (!active_) return true;
  if (finite) {
    if (++steps_ == steps_to_growth) {
      factor_ *= 2;
      steps_ = 0;
    }
    return true;
  }
  factor_ /= 2;
  steps_ = 0;
  return factor_ >= 1;
}

void LossScale::restore(double factor, std::int64_t steps) {
  if (!active_) return;
  factor_ = factor;
  steps_ = steps;
}

}  // namespace floe::train
