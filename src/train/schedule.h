// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "config/section.h"

namespace floe::train {

enum class ScheduleKind { constant, one_cycle, cosine, step, exponential, piecewise };

/// How the learning rate changes.
struct ScheduleOptions {
  ScheduleKind kind = ScheduleKind::constant;
  bool per_step = false;  ///< else it changes between epochs
  double warm_up = 0.3;   ///< one_cycle: the fraction of the training with a rising rate
  double start_divisor = 25;
  double final_divisor = 1e4;
  double least = 0;               ///< cosine: the rate at the end, in units of learning_rate
  int interval = 100;             ///< step: epochs, or steps where per_step, between two changes
  double factor = 0.5;            ///< step, exponential: of each change
  std::vector<int> boundaries{};  ///< piecewise: epochs, or steps, at which the rate changes
  std::vector<double> rates{};    ///< piecewise: the rate from each boundary on, in units of learning_rate

  /// Throws ConfigError.
  void validate() const;
};
void bind(config::Section& section, ScheduleOptions& options);

/// The factor of the learning rate at step `step` of `steps_per_epoch * epochs`:
///
///   one_cycle    up from 1 / start_divisor to 1 in the first `warm_up` of the steps and down to
///                1 / (start_divisor final_divisor), both along cosines (Smith, Topin, arXiv 1708.07120; as PyTorch's)
///   cosine       least + (1 - least) (1 + cos(pi t / T)) / 2 (Loshchilov, Hutter, arXiv 1608.03983)
///   step         factor^floor(t / interval)
///   exponential  factor^epoch, with per_step of a whole or broken number of epochs
///   piecewise    1, and rates[i] from t = boundaries[i] on
///
/// with t and T in epochs, or steps where per_step.
double schedule_factor(const ScheduleOptions& options, std::int64_t step, std::int64_t steps_per_epoch,
                       std::int64_t epochs);

}  // namespace floe::train
