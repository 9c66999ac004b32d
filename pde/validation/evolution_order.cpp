// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include "io/csv.h"
#include "pde/burgers/burgers_solver.h"
#include "pde/navier_stokes/vorticity_solver.h"
#include "pde/reaction_diffusion/fisher.h"
#include "pde/reaction_diffusion/reaction_diffusion_solver.h"
#include "pde/validation/tables.h"

namespace floe::pde::validation {
namespace {

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

std::vector<double> vorticity(ode::SemilinearMethod method, int steps) {
  constexpr int n = 64;
  VorticitySolver solver({.resolution = n, .viscosity = 1e-3, .step = 1.0 / steps, .method = method});
  std::vector<double> w;
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < n; ++i) {
      const double x = 2 * std::numbers::pi * i / n, y = 2 * std::numbers::pi * j / n;
      w.push_back(2 * (std::exp(std::sin(x)) * std::cos(y) - std::sin(2 * (x - y)) + 0.5 * std::cos(2 * x + y)));
    }
  }
  solver.start(w);
  solver.advance(1);
  solver.values(w);
  return w;
}

double burgers_error(double courant) {
  constexpr int n = 512;
  std::vector<double> u;
  for (int i = 0; i < n; ++i) u.push_back(0.4 + std::sin(2 * std::numbers::pi * i / n));
  const auto exact = cole_hopf_solution(u, 0.01, 0.5);
  BurgersSolver solver({.resolution = n, .viscosity = 0.01, .courant = courant});
  solver.start(u);
  solver.advance(0.5);
  solver.values(u);
  return largest_difference(u, exact);
}

/// The front of Ablowitz and Zeppetella.
double fisher_error(int steps) {
  const GridAxis axis{.points = 801, .boundary = Boundary::neumann, .length = 160};
  const auto front = [&](double t) {
    std::vector<double> u;
    for (const double x : axis.coordinates())
      u.push_back(std::pow(1 + std::exp((x - 80 - 5 * t / std::sqrt(6.0)) / std::sqrt(6.0)), -2));
    return u;
  };
  ReactionDiffusionSolver solver({.axes = {axis}, .diffusivities = {1.0}, .step = 4.0 / steps},
                                 [](std::span<double> u) { react(fisher_reaction(1), u); });
  auto u = front(0);
  solver.start(u);
  solver.advance(4);
  solver.values(u);
  return largest_difference(u, front(4));
}

}  // namespace

void evolution_table(const std::filesystem::path& csv) {
  using ode::SemilinearMethod;
  io::CsvWriter table(csv, {"series", "step", "error"});
  const auto reference = vorticity(SemilinearMethod::etdrk4, 4096);
  for (const auto method : {SemilinearMethod::etdrk4, SemilinearMethod::cn_heun, SemilinearMethod::cn_euler}) {
    for (int steps = 64; steps <= 1024; steps *= 2) {
      table.row({"navier_stokes_" + std::string(ode::to_string(method)), 1.0 / steps,
                 largest_difference(vorticity(method, steps), reference)});
    }
  }
  for (int i = 0; i < 5; ++i) {
    table.row({std::string("burgers"), std::exp2(-i - 1), burgers_error(std::exp2(-i - 1))});
  }
  for (int steps = 8; steps <= 128; steps *= 2) {
    table.row({std::string("fisher"), 4.0 / steps, fisher_error(steps)});
  }
}

}  // namespace floe::pde::validation
