// SPDX-License-Identifier: MIT
#pragma once

#include "flow/energy.h"

namespace floe::flow {

/// A quantum-mechanical particle in a double well at finite temperature, on a circle of imaginary time cut into sites.
struct DoubleWellOptions {
  int sites = 16;
  double mass = 1.5;
  double coupling = 1;  ///< lambda
  double time = 4;      ///< circumference T

  /// Throws ConfigError.
  void validate() const;
};

/// f(x) = dt sum_i [ lambda x_i^4 / 4 - m x_i^2 / 2 + (m / 2) (x_i - x_{i-1})^2 / dt^2 ], dt = T / N, periodic (Mate
/// and Fleuret, arXiv:2301.07388): phi^4 theory in one dimension, with wells at x = +-sqrt(m / lambda).
template <class T>
class DoubleWell final : public Energy<T> {
 public:
  /// Throws ConfigError.
  explicit DoubleWell(const DoubleWellOptions& options) : options_((options.validate(), options)) {}

  const DoubleWellOptions& options() const { return options_; }

  Eigen::Index size() const override { return options_.sites; }
  LaneSums<T> energy(const Block<T>& x) const override;
  void gradient(const Block<T>& x, Block<T>& gradient) const override;

 private:
  DoubleWellOptions options_;
};

/// Exact values of a double well.
struct DoubleWellValues {
  double log_z;
  double x_squared;     ///< <x_i^2>
  double x_fourth;      ///< <x_i^4>
  double mean_squared;  ///< <(sum_i x_i / N)^2>
};

/// By the transfer matrix, on a grid of trapezoids: its error falls faster than any power of the number of points, and
/// is below 1e-7 of log Z for the parameters in use. Takes a fraction of a second.
DoubleWellValues exact_double_well(const DoubleWellOptions& options);

}  // namespace floe::flow
