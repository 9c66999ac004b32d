// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <vector>

namespace floe::test {

/// The slope of log(error) against log(step) by least squares: the observed order of convergence.
inline double observed_order(const std::vector<double>& steps, const std::vector<double>& errors) {
  const auto n = static_cast<double>(steps.size());
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double x = std::log(steps[i]);
    const double y = std::log(errors[i]);
    sx += x;
    sy += y;
    sxx += x * x;
    sxy += x * y;
  }
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

/// The observed order of error(count) for the given numbers of equal steps.
template <class Error>
double observed_order(const std::vector<int>& counts, Error&& error) {
  std::vector<double> steps, errors;
  for (const int count : counts) {
    steps.push_back(1.0 / count);
    errors.push_back(error(count));
  }
  return observed_order(steps, errors);
}

}  // namespace floe::test
