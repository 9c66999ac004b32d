// SPDX-License-Identifier: MIT
#include "lattice/conventions.h"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "base/error.h"

namespace floe::lattice {

double Rescaled::log_z_offset(int volume) const {
  return volume * std::log(field_scale);
}

Rescaled to_phi4(const Hopping& theory, int dimension) {
  if (!(theory.kappa > 0 && std::isfinite(theory.kappa) && theory.lambda >= 0)) {
    throw ConfigError(
        fmt::format("hopping parameters kappa={}, lambda={} (kappa must be positive and lambda not negative); for "
                    "kappa < 0 flip the sign of the field on odd sites",
                    theory.kappa, theory.lambda));
  }
  return {{(1 - 2 * theory.lambda) / theory.kappa - 2 * dimension, theory.lambda / (theory.kappa * theory.kappa)},
          1 / std::sqrt(theory.kappa)};
}

Rescaled to_phi4(const HalfConvention& theory) {
  return {{theory.mass_squared, theory.lambda / 6}, std::numbers::sqrt2};
}

Rescaled to_phi4(const SchaichLoinaz& theory) {
  return {{theory.mu_squared, theory.lambda}, std::numbers::sqrt2};
}

Rescaled to_phi4(const DoubleWell& theory, int sites) {
  if (!(theory.mass > 0 && theory.lambda > 0 && theory.time > 0 && sites > 0)) {
    throw ConfigError(
        fmt::format("double well with mass={}, lambda={}, time={}, sites={} (all must be positive); "
                    "choose positive values",
                    theory.mass, theory.lambda, theory.time, sites));
  }
  const double step = theory.time / sites;
  return {{-step * step, theory.lambda * step * step * step / (theory.mass * theory.mass)},
          std::sqrt(2 * step / theory.mass)};
}

Hopping to_hopping(const Phi4& phi4, int dimension) {
  phi4.validate();
  // 2 coupling kappa^2 + b kappa - 1 = 0 with the positive root, written without cancellation.
  const double b = phi4.mass_squared + 2 * dimension;
  const double root = std::sqrt(b * b + 8 * phi4.coupling);
  const double kappa = b > 0 ? 2 / (b + root) : (root - b) / (4 * phi4.coupling);
  return {kappa, phi4.coupling * kappa * kappa};
}

HalfConvention to_half(const Phi4& phi4) {
  return {phi4.mass_squared, 6 * phi4.coupling};
}

SchaichLoinaz to_schaich_loinaz(const Phi4& phi4) {
  return {phi4.mass_squared, phi4.coupling};
}

}  // namespace floe::lattice
