// SPDX-License-Identifier: MIT
#include "pde/darcy/masked_system.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace floe::pde {

MaskedSystem::MaskedSystem(PlanarDomain domain, std::size_t n, FaceRule rule) : n_(n), rule_(rule), mask_(n * n) {
  const double h = darcy_spacing(n, Centring::vertex);
  const auto at = [h](std::size_t i) { return h * static_cast<double>(i); };
  for (std::size_t j = 0; j < n; ++j)
    for (std::size_t i = 0; i < n; ++i) mask_[j * n + i] = inside(domain, at(i), at(j)) ? 1.0 : 0.0;
  if (std::none_of(mask_.begin(), mask_.end(), [](double value) { return value == 1.0; }))
    throw ConfigError(
        fmt::format("none of {0} by {0} points lies inside the domain (the grid is too coarse); use a "
                    "larger resolution",
                    n));
  for (std::size_t j = 1; j + 1 < n; ++j) {
    for (std::size_t i = 1; i + 1 < n; ++i) {
      const std::size_t here = j * n + i;
      if (mask_[here] == 0.0) continue;
      const auto look = [&](std::size_t to_i, std::size_t to_j) {
        const std::size_t there = to_j * n + to_i;
        if (mask_[there] == 1.0) return;
        cuts_.push_back({here, there, fraction_inside(domain, at(i), at(j), at(to_i), at(to_j))});
      };
      look(i - 1, j);
      look(i + 1, j);
      look(i, j - 1);
      look(i, j + 1);
    }
  }
}

void MaskedSystem::assemble(std::span<const double> a, FivePointSystem& system) const {
  for (std::size_t at = 0; at < n_ * n_; ++at) {
    system.diagonal[at] = 1.0 - mask_[at];
    system.east[at] = system.north[at] = 0.0;
  }
  const auto link = [&](std::size_t from, std::size_t to, std::vector<double>& coupling) {
    if (mask_[from] == 0.0 || mask_[to] == 0.0) return;
    const double face = face_coefficient(a[from], a[to], rule_);
    coupling[from] = face;
    system.diagonal[from] += face;
    system.diagonal[to] += face;
  };
  for (std::size_t j = 1; j + 1 < n_; ++j) {
    for (std::size_t i = 1; i + 1 < n_; ++i) {
      const std::size_t here = j * n_ + i;
      link(here, here + 1, system.east);
      link(here, here + n_, system.north);
    }
  }
  for (const Cut& cut : cuts_) {
    const double middle = a[cut.point] + 0.5 * cut.fraction * (a[cut.beyond] - a[cut.point]);
    // A point on the boundary up to rounding keeps a finite coupling, which makes its value zero all the same.
    system.diagonal[cut.point] += middle / std::max(cut.fraction, 1e-6);
  }
}

void MaskedSystem::assemble_source(double f, std::span<double> source) const {
  const double area = darcy_spacing(n_, Centring::vertex) * darcy_spacing(n_, Centring::vertex);
  for (std::size_t at = 0; at < n_ * n_; ++at) source[at] = f * area * mask_[at];
}

}  // namespace floe::pde
