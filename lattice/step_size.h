// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

namespace floe::lattice {

/// Finds the step size at which the mean acceptance has a given value, by dual averaging: Hoffman, Gelman, "The
/// No-U-Turn sampler", J. Mach. Learn. Res. 15 (2014) 1593, section 3.2 and its constants.
class StepSizeAdaptation final {
 public:
  /// Throws ConfigError unless initial_step > 0 and 0 < target < 1.
  StepSizeAdaptation(double initial_step, double target_acceptance);

  /// Takes note of the acceptance probability of one trajectory and chooses the next step.
  void update(double acceptance);
  /// Fixes the step at the average that the iteration has converged to.
  void finish();

  double step() const { return step_; }

  std::vector<double> state() const;
  /// The inverse of state(). Throws ShapeError.
  void set_state(const std::vector<double>& state);

 private:
  double initial_log_;
  double target_;
  double step_;
  double average_log_ = 0;
  double mean_error_ = 0;
  double count_ = 0;
};

}  // namespace floe::lattice
