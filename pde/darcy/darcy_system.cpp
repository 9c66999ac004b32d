// SPDX-License-Identifier: MIT
#include "pde/darcy/darcy_system.h"

#include <algorithm>

namespace floe::pde {

double face_coefficient(double a, double b, FaceRule rule) {
  return rule == FaceRule::harmonic ? 2.0 * a * b / (a + b) : 0.5 * (a + b);
}

std::size_t darcy_unknowns(std::size_t n, Centring centring) {
  return centring == Centring::vertex ? n - 2 : n;
}

double darcy_spacing(std::size_t n, Centring centring) {
  return 1.0 / static_cast<double>(centring == Centring::vertex ? n - 1 : n);
}

void assemble_darcy(std::span<const double> a, std::size_t n, Centring centring, FaceRule rule,
                    FivePointSystem& system) {
  const std::size_t m = system.nx;
  const std::size_t first = centring == Centring::vertex ? 1 : 0;
  const auto at = [&](std::size_t i, std::size_t j) { return a[(j + first) * n + i + first]; };
  // The face between an unknown and the boundary beyond it.
  const auto outer = [&](std::size_t i, std::size_t j, std::size_t step, bool backward) {
    const double inside = at(i, j);
    if (centring == Centring::cell) return 2.0 * inside;
    const std::size_t here = (j + first) * n + i + first;
    return face_coefficient(inside, a[backward ? here - step : here + step], rule);
  };
  std::fill(system.diagonal.begin(), system.diagonal.end(), 0.0);
  for (std::size_t j = 0; j < m; ++j) {
    for (std::size_t i = 0; i < m; ++i) {
      const std::size_t here = system.index(i, j);
      const double inside = at(i, j);
      double& diagonal = system.diagonal[here];
      if (i + 1 < m) {
        const double face = face_coefficient(inside, at(i + 1, j), rule);
        system.east[here] = face;
        diagonal += face;
        system.diagonal[here + 1] += face;
      } else {
        system.east[here] = 0.0;
        diagonal += outer(i, j, 1, false);
      }
      if (j + 1 < m) {
        const double face = face_coefficient(inside, at(i, j + 1), rule);
        system.north[here] = face;
        diagonal += face;
        system.diagonal[here + m] += face;
      } else {
        system.north[here] = 0.0;
        diagonal += outer(i, j, n, false);
      }
      if (i == 0) diagonal += outer(i, j, 1, true);
      if (j == 0) diagonal += outer(i, j, n, true);
    }
  }
}

void assemble_darcy_source(std::span<const double> f, std::size_t n, Centring centring, std::span<double> source) {
  const std::size_t m = darcy_unknowns(n, centring);
  const std::size_t first = centring == Centring::vertex ? 1 : 0;
  const double area = darcy_spacing(n, centring) * darcy_spacing(n, centring);
  for (std::size_t j = 0; j < m; ++j)
    for (std::size_t i = 0; i < m; ++i) source[j * m + i] = area * f[(j + first) * n + i + first];
}

void embed_darcy_solution(std::span<const double> unknowns, std::size_t n, Centring centring, std::span<double> u) {
  const std::size_t m = darcy_unknowns(n, centring);
  const std::size_t first = centring == Centring::vertex ? 1 : 0;
  std::fill(u.begin(), u.end(), 0.0);
  for (std::size_t j = 0; j < m; ++j)
    std::copy_n(unknowns.begin() + static_cast<std::ptrdiff_t>(j * m), m,
                u.begin() + static_cast<std::ptrdiff_t>((j + first) * n + first));
}

}  // namespace floe::pde
