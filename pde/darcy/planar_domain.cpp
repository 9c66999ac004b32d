// SPDX-License-Identifier: MIT
#include "pde/darcy/planar_domain.h"

#include <algorithm>
#include <cmath>

namespace floe::pde {
namespace {

/// What counts as on the boundary.
constexpr double margin = 1e-10;

bool between(double value, double low, double high) {
  return value > low + margin && value < high - margin;
}

/// The closed box |x - 1/2| <= half_width, |y - 1/2| <= half_height.
bool in_bar(double x, double y, double half_width, double half_height) {
  return std::abs(x - 0.5) <= half_width + margin && std::abs(y - 0.5) <= half_height + margin;
}

/// The closed triangle over [left, right] at height `base`, with its tip above the middle.
bool in_triangle(double x, double y, double left, double right, double base, double tip, double slack) {
  const double slope = 2.0 * (tip - base) / (right - left);
  return y >= base - slack && std::min(x - left, right - x) * slope >= y - base - slack;
}

}  // namespace

bool inside(PlanarDomain domain, double x, double y) {
  if (!between(x, 0.0, 1.0) || !between(y, 0.0, 1.0)) return false;
  switch (domain) {
    case PlanarDomain::square:
      return true;
    case PlanarDomain::disk:
      return std::hypot(x - 0.5, y - 0.5) < 0.5 - margin;
    case PlanarDomain::triangle:
      return in_triangle(x, y, 0.0, 1.0, 0.0, std::sqrt(0.75), -margin);
    case PlanarDomain::cross_hole:
      return !in_bar(x, y, 0.2, 0.05) && !in_bar(x, y, 0.05, 0.2);
    case PlanarDomain::triangle_hole:
      return !in_triangle(x, y, 0.35, 0.65, 0.35, 0.65, margin);
    case PlanarDomain::l_shape:
      return x < 0.5 - margin || y < 0.5 - margin;
  }
  return false;
}

double fraction_inside(PlanarDomain domain, double x, double y, double to_x, double to_y) {
  double low = 0.0, high = 1.0;
  for (int step = 0; step < 52; ++step) {
    const double middle = 0.5 * (low + high);
    (inside(domain, x + middle * (to_x - x), y + middle * (to_y - y)) ? low : high) = middle;
  }
  return high;
}

}  // namespace floe::pde
