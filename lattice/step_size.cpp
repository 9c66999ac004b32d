// SPDX-License-Identifier: MIT
#include "lattice/step_size.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"

namespace floe::lattice {

StepSizeAdaptation::StepSizeAdaptation(double initial_step, double target_acceptance)
    : initial_log_(std::log(initial_step)), target_(target_acceptance), step_(initial_step) {
  if (!(initial_step > 0 && std::isfinite(initial_step))) {
    throw ConfigError(fmt::format("initial_step={} (a step size is positive); choose for example 0.1", initial_step));
  }
  if (!(target_acceptance > 0 && target_acceptance < 1)) {
    throw ConfigError(fmt::format("target_acceptance={} (an acceptance lies between 0 and 1); choose for example 0.8",
                                  target_acceptance));
  }
}

void StepSizeAdaptation::update(double acceptance) {
  constexpr double gamma = 0.05;
  constexpr double delay = 10;
  constexpr double kappa = 0.75;
  count_ += 1;
  const double weight = 1 / (count_ + delay);
  mean_error_ += weight * (target_ - acceptance - mean_error_);
  // The attraction to a step larger than the first guess tries large, cheap steps first.
  const double log_step = initial_log_ + std::log(3.0) - std::sqrt(count_) / gamma * mean_error_;
  const double forget = std::pow(count_, -kappa);
  average_log_ += forget * (log_step - average_log_);
  step_ = std::exp(log_step);
}

void StepSizeAdaptation::finish() {
  if (count_ > 0) step_ = std::exp(average_log_);
}

std::vector<double> StepSizeAdaptation::state() const {
  return {step_, average_log_, mean_error_, count_};
}

void StepSizeAdaptation::set_state(const std::vector<double>& state) {
  if (state.size() != 4) {
    throw ShapeError(
        fmt::format("{} numbers as the state of a step size (it has 4); pass what state() gave", state.size()));
  }
  step_ = state[0];
  average_log_ = state[1];
  mean_error_ = state[2];
  count_ = state[3];
}

}  // namespace floe::lattice
