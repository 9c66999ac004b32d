// SPDX-License-Identifier: MIT
#include "lattice/site_mean.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "lattice/thermodynamic_integration.h"

namespace floe::lattice {
namespace {

constexpr int table_intervals = 2048;
constexpr int quadrature_intervals = 1000;

}  // namespace

SiteMean::SiteMean(double quadratic, double quartic, double largest)
    : quadratic_(quadratic), quartic_(quartic), step_(largest / table_intervals), per_step_(1 / step_) {
  log_site_integral(quadratic, quartic);  // refuses what does not decay
  if (!(largest > 0) || !std::isfinite(largest)) {
    throw ConfigError("the table of a site's mean has no range (it must be positive); give the largest source");
  }
  Moments a = integrate(0);
  for (int i = 0; i < table_intervals; ++i) {
    const Moments b = integrate((i + 1) * step_);
    const double rise = b.mean - a.mean;
    const double from = step_ * a.slope;
    const double to = step_ * b.slope;
    table_.push_back({a.mean, from, 3 * rise - 2 * from - to, from + to - 2 * rise});
    a = b;
  }
}

SiteMean::Moments SiteMean::integrate(double source) const {
  const auto energy = [&](double phi) { return phi * (phi * (quadratic_ + quartic_ * phi * phi) - 2 * source); };
  // For source >= 0 the smallest energy lies at phi >= 0, and at -range the weight is smaller than at range.
  double range = 1e-3;
  double lowest = 0;
  do {
    range *= 1.15;
    for (int i = 0; i <= 100; ++i) lowest = std::min(lowest, energy(range * i / 100));
  } while (energy(range) < lowest + 40);
  double norm = 0;
  double first = 0;
  double second = 0;
  for (int i = 0; i <= quadrature_intervals; ++i) {
    const double phi = range * (2.0 * i / quadrature_intervals - 1);
    const double weight = std::exp(lowest - energy(phi));
    norm += weight;
    first += weight * phi;
    second += weight * phi * phi;
  }
  const double mean = first / norm;
  return {mean, 2 * (second / norm - mean * mean)};
}

double SiteMean::operator()(double source) const {
  const double size = std::abs(source);
  const double position = size * per_step_;
  if (!(position < table_intervals)) return std::copysign(integrate(size).mean, source);
  const int i = static_cast<int>(position);
  const double t = position - i;
  const auto& [c0, c1, c2, c3] = table_[static_cast<std::size_t>(i)];
  const double mean = c0 + t * (c1 + t * (c2 + t * c3));
  return std::copysign(mean, source);
}

}  // namespace floe::lattice
