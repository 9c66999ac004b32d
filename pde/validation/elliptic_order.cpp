// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "io/csv.h"
#include "pde/darcy/coefficient.h"
#include "pde/darcy/darcy_system.h"
#include "pde/darcy/masked_system.h"
#include "pde/elliptic/elliptic_solver.h"
#include "pde/helmholtz/helmholtz_solver.h"
#include "pde/plate/plate_solver.h"
#include "pde/validation/tables.h"

namespace floe::pde::validation {
namespace {

constexpr double pi = std::numbers::pi;
using Function = std::function<double(double, double)>;

double relative_difference(const std::vector<double>& u, const std::vector<double>& exact) {
  double difference = 0.0, norm = 0.0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    difference += std::pow(u[i] - exact[i], 2);
    norm += exact[i] * exact[i];
  }
  return std::sqrt(difference / norm);
}

/// Values at n by n points i * h + shift, (y, x).
std::vector<double> tabulate(const Function& function, std::size_t n, double h, double shift = 0.0) {
  std::vector<double> values;
  for (std::size_t j = 0; j < n; ++j)
    for (std::size_t i = 0; i < n; ++i)
      values.push_back(function(static_cast<double>(i) * h + shift, static_cast<double>(j) * h + shift));
  return values;
}

std::vector<double> darcy(std::size_t n, Centring centring, FaceRule rule, const std::vector<double>& a,
                          const std::vector<double>& f) {
  const std::size_t m = darcy_unknowns(n, centring);
  FivePointSystem system(m, m);
  std::vector<double> b(m * m), v(m * m), u(n * n);
  assemble_darcy(a, n, centring, rule, system);
  assemble_darcy_source(f, n, centring, b);
  EllipticSolver(m, m, {.tolerance = 1e-11}).solve(system, b, v);
  embed_darcy_solution(v, n, centring, u);
  return u;
}

/// a = exp(x + y / 2) (1.2 + sin 3x cos 2y), u = sin(pi x) sin(2 pi y).
double smooth_error(std::size_t n, Centring centring) {
  const double h = darcy_spacing(n, centring), shift = centring == Centring::vertex ? 0.0 : 0.5 * h;
  const auto u = [](double x, double y) { return std::sin(pi * x) * std::sin(2 * pi * y); };
  const auto g = [](double x, double y) { return 1.2 + std::sin(3 * x) * std::cos(2 * y); };
  const auto a = [&](double x, double y) { return std::exp(x + 0.5 * y) * g(x, y); };
  const auto f = [&](double x, double y) {
    const double e = std::exp(x + 0.5 * y);
    const double ax = e * (g(x, y) + 3 * std::cos(3 * x) * std::cos(2 * y));
    const double ay = e * (0.5 * g(x, y) - 2 * std::sin(3 * x) * std::sin(2 * y));
    return 5 * pi * pi * a(x, y) * u(x, y) - ax * pi * std::cos(pi * x) * std::sin(2 * pi * y) -
           ay * 2 * pi * std::sin(pi * x) * std::cos(2 * pi * y);
  };
  return relative_difference(darcy(n, centring, FaceRule::harmonic, tabulate(a, n, h, shift), tabulate(f, n, h, shift)),
                             tabulate(u, n, h, shift));
}

/// a = 1 left of x = 1/2 and 8 right of it, a face of every grid with an even number of cells;
/// u = p(x) sin(pi y) with a p'' = -2.
double jump_error(std::size_t n, FaceRule rule) {
  const double h = darcy_spacing(n, Centring::cell), shift = 0.5 * h;
  const auto a = [](double x, double) { return x < 0.5 ? 1.0 : 8.0; };
  const auto p = [](double x) {
    const double b = (0.5 + 1.5 / 8) / (1 + 1.0 / 8);
    return x < 0.5 ? x * (b - x) : (1 - x) * ((1 - b) / 8 + x / 8);
  };
  const auto u = [&](double x, double y) { return p(x) * std::sin(pi * y); };
  const auto f = [&](double x, double y) { return (2.0 + a(x, y) * pi * pi * p(x)) * std::sin(pi * y); };
  return relative_difference(darcy(n, Centring::cell, rule, tabulate(a, n, h, shift), tabulate(f, n, h, shift)),
                             tabulate(u, n, h, shift));
}

/// Every `step`-th of the points of a grid, from the middle of the first ones.
std::vector<double> thinned(const std::vector<double>& fine, std::size_t n, std::size_t step) {
  std::vector<double> values;
  for (std::size_t j = 0; j < n; ++j)
    for (std::size_t i = 0; i < n; ++i) values.push_back(fine[(j * step + step / 2) * n * step + i * step + step / 2]);
  return values;
}

/// The mean over three thresholded fields, against 729 by 729 cells.
double threshold_error(std::size_t n, FaceRule rule) {
  const auto solve = [](std::size_t cells, FaceRule with, std::uint64_t sample) {
    std::vector<double> a(cells * cells);
    DarcyCoefficient coefficient(
        {.field = {.mean_zero = true, .modes = 16}},
        {.points = static_cast<int>(cells), .boundary = Boundary::dirichlet, .placement = Placement::cells});
    random::Stream stream(random::make_key(1, "darcy"), sample);
    coefficient(stream, a);
    return darcy(cells, Centring::cell, with, a, std::vector<double>(a.size(), 1.0));
  };
  double total = 0.0;
  for (std::uint64_t sample = 0; sample < 3; ++sample)
    total += relative_difference(solve(n, rule, sample), thinned(solve(729, FaceRule::harmonic, sample), n, 729 / n));
  return total / 3;
}

std::vector<double> masked(PlanarDomain domain, int cells) {
  const auto n = static_cast<std::size_t>(cells) + 1;
  std::vector<double> source(n * n), u(n * n);
  const MaskedSystem system_of(domain, n, FaceRule::harmonic);
  system_of.assemble_source(1.0, source);
  FivePointSystem system(n, n);
  system_of.assemble(std::vector<double>(n * n, 1.0), system);
  EllipticSolver(n, n).solve(system, source, u);
  return u;
}

/// Largest error of -Laplace u = 1.
double masked_error(PlanarDomain domain, int cells, const Function& exact) {
  const auto n = static_cast<std::size_t>(cells) + 1;
  const std::vector<double> u = masked(domain, cells), want = tabulate(exact, n, 1.0 / cells);
  double largest = 0.0;
  for (std::size_t at = 0; at < n * n; ++at)
    if (inside(domain, static_cast<double>(at % n) / cells, static_cast<double>(at / n) / cells))
      largest = std::max(largest, std::abs(u[at] - want[at]));
  return largest;
}

/// The error of -Laplace u = 1 on the L-shape in the middle of its lower left quarter.
double corner_error(int cells) {
  const auto value = [](int count) {
    const auto n = static_cast<std::size_t>(count);
    return masked(PlanarDomain::l_shape, count)[(n / 4) * (n + 1) + n / 4];
  };
  static const double reference = value(1024);
  return std::abs(value(cells) - reference);
}

/// u = -cos(2 pi x) cos(b y) / (b sin b), b^2 = k^2 - 4 pi^2, k = 20.3.
double helmholtz_error(int cells) {
  const auto n = static_cast<std::size_t>(cells) + 1;
  const double h = 1.0 / cells, k = 20.3, b = std::sqrt(k * k - 4 * pi * pi);
  std::vector<double> g, u(n * n);
  for (std::size_t i = 0; i < n; ++i) g.push_back(std::cos(2 * pi * h * static_cast<double>(i)));
  HelmholtzSolver(n).solve(std::vector<double>(n * n, k * k), std::vector<double>(n * n), g, u, 1e-11);
  return relative_difference(
      u,
      tabulate([&](double x, double y) { return -std::cos(2 * pi * x) * std::cos(b * y) / (b * std::sin(b)); }, n, h));
}

/// A plate of the table at the centres of 24 by 24 by 8 cells, each divided into step^3.
std::vector<double> plate(const Plate& design, std::size_t step) {
  const std::vector<double> fine = solve_plate(design, {24 * step, 24 * step, 8 * step}, 1.0).temperature;
  std::vector<double> values;
  const std::size_t layer = 24 * step * 24 * step;
  for (std::size_t k = 0; k < 8; ++k) {
    const auto from = fine.begin() + static_cast<std::ptrdiff_t>((k * step + step / 2) * layer);
    const auto thin = thinned({from, from + static_cast<std::ptrdiff_t>(layer)}, 24, step);
    values.insert(values.end(), thin.begin(), thin.end());
  }
  return values;
}

}  // namespace

void elliptic_table(const std::filesystem::path& csv) {
  io::CsvWriter table(csv, {"series", "h", "error"});
  const auto row = [&](const std::string& series, double h, double error) { table.row({series, h, error}); };
  for (const std::size_t n : {16U, 32U, 64U, 128U, 256U, 512U}) {
    const double h = 1.0 / static_cast<double>(n);
    row("darcy_vertex_smooth", h, smooth_error(n + 1, Centring::vertex));
    row("darcy_cell_smooth", h, smooth_error(n, Centring::cell));
    row("darcy_jump_harmonic", h, jump_error(n, FaceRule::harmonic));
    row("darcy_jump_arithmetic", h, jump_error(n, FaceRule::arithmetic));
  }
  for (const std::size_t n : {27U, 81U, 243U}) {
    row("darcy_threshold_harmonic", 1.0 / static_cast<double>(n), threshold_error(n, FaceRule::harmonic));
    row("darcy_threshold_arithmetic", 1.0 / static_cast<double>(n), threshold_error(n, FaceRule::arithmetic));
  }
  const auto on_disk = [](double x, double y) { return (0.25 - std::pow(x - 0.5, 2) - std::pow(y - 0.5, 2)) / 4; };
  const auto on_triangle = [](double x, double y) {
    const double r = std::sqrt(3.0) / 2;
    return y * (r * x - 0.5 * y) * (r * (1 - x) - 0.5 * y) / r;
  };
  for (const int cells : {16, 32, 64, 128, 256}) {
    row("masked_disk", 1.0 / cells, masked_error(PlanarDomain::disk, cells, on_disk));
    row("masked_triangle", 1.0 / cells, masked_error(PlanarDomain::triangle, cells, on_triangle));
    row("masked_l_shape", 1.0 / cells, corner_error(cells));
  }
  for (const int cells : {16, 32, 64, 128, 256}) row("helmholtz", 1.0 / cells, helmholtz_error(cells));
  for (const int holes : {2, 5, 9}) {
    const Plate design{.holes = holes, .row_distance = 1.2};
    const std::vector<double> reference = plate(design, 21);
    for (const std::size_t step : {1U, 3U, 5U, 7U, 9U})
      row("plate_" + std::to_string(holes), 0.25 / static_cast<double>(step),
          relative_difference(plate(design, step), reference));
  }
}

}  // namespace floe::pde::validation
