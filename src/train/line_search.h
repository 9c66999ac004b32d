// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>

namespace floe::train {

/// A function of one variable at a place.
struct LinePoint {
  double at = 0;
  double value = 0;
  double slope = 0;
};

/// A place t > 0 with the strong Wolfe conditions f(t) <= f(0) + 1e-4 t f'(0) and |f'(t)| <= 0.9 |f'(0)|, by the search
/// of Nocedal and Wright (Numerical Optimization, 2006, algorithms 3.5 and 3.6) with cubic interpolation. `start` is
/// the function at 0 with f'(0) < 0, `first` the first place that is tried. Values may be infinite, or NaN. After
/// `evaluations` without success the lowest place that was tried, which may be `start`.
LinePoint strong_wolfe(const LinePoint& start, double first, std::int64_t evaluations,
                       const std::function<LinePoint(double)>& evaluate);

}  // namespace floe::train
