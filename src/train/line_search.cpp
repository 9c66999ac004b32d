// SPDX-License-Identifier: MIT
#include "train/line_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace floe::train {
namespace {

constexpr double sufficient_decrease = 1e-4;
constexpr double curvature = 0.9;

/// Where the cubic through values and slopes at two places is least; NaN if it has no minimum.
double cubic_minimum(const LinePoint& a, const LinePoint& b) {
  const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.at - b.at);
  const double d2 = std::copysign(std::sqrt(d1 * d1 - a.slope * b.slope), b.at - a.at);
  return b.at - (b.at - a.at) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
}

class Search final {
 public:
  Search(const LinePoint& start, std::int64_t evaluations, const std::function<LinePoint(double)>& evaluate)
      : start_(start), left_(evaluations), evaluate_(evaluate) {}

  LinePoint operator()(double first) {
    LinePoint before = start_;
    double at = first;
    while (left_ > 0) {
      const LinePoint point = try_at(at);
      if (too_high(point) || (before.at > 0 && point.value >= before.value)) return zoom(before, point);
      if (flat(point)) return point;
      if (point.slope >= 0) return zoom(point, before);
      const double wanted = cubic_minimum(before, point);
      at = std::isfinite(wanted) ? std::clamp(wanted, 1.1 * point.at, 10 * point.at) : 10 * point.at;
      before = point;
    }
    return before;
  }

 private:
  LinePoint try_at(double at) {
    --left_;
    LinePoint point = evaluate_(at);
    if (!std::isfinite(point.value) || !std::isfinite(point.slope)) {
      point.value = std::numeric_limits<double>::infinity();
    }
    return point;
  }
  bool too_high(const LinePoint& point) const {
    return point.value > start_.value + sufficient_decrease * point.at * start_.slope;
  }
  bool flat(const LinePoint& point) const { return std::abs(point.slope) <= -curvature * start_.slope; }

  /// `low` is the lowest place so far that decreases enough; there is a good one between the two.
  LinePoint zoom(LinePoint low, LinePoint high) {
    while (left_ > 0) {
      const auto [first, last] = std::minmax(low.at, high.at);
      const double margin = 0.1 * (last - first);
      double at = std::isfinite(high.value) ? cubic_minimum(low, high) : (first + last) / 2;
      at = std::isfinite(at) ? std::clamp(at, first + margin, last - margin) : (first + last) / 2;
      if (at <= first || at >= last) break;  // nothing lies between them
      const LinePoint point = try_at(at);
      if (too_high(point) || point.value >= low.value) {
        high = point;
        continue;
      }
      if (flat(point)) return point;
      if (point.slope * (high.at - low.at) >= 0) high = low;
      low = point;
    }
    return low;
  }

  const LinePoint& start_;
  std::int64_t left_;
  const std::function<LinePoint(double)>& evaluate_;
};

}  // namespace

LinePoint strong_wolfe(const LinePoint& start, double first, std::int64_t evaluations,
                       const std::function<LinePoint(double)>& evaluate) {
  return Search(start, evaluations, evaluate)(first);
}

}  // namespace floe::train
