// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"
#include "pde/burgers/burgers_solver.h"
#include "pde/random_fields/gaussian_field.h"
#include "problem_sample.h"
#include "support/catch.h"
#include "support/convergence.h"

using namespace floe;
using pde::BurgersSolver;

namespace {

constexpr double two_pi = 2 * std::numbers::pi;

std::vector<double> smooth_state(int n) {
  std::vector<double> u;
  for (int i = 0; i < n; ++i) {
    const double x = two_pi * i / n;
    u.push_back(0.4 + std::sin(x) + 0.5 * std::cos(2 * x + 1) - 0.3 * std::sin(3 * x));
  }
  return u;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

std::vector<double> solve(std::vector<double> u, const pde::BurgersSolverOptions& options, double t) {
  BurgersSolver solver(options);
  solver.start(u);
  solver.advance(t);
  solver.values(u);
  return u;
}

}  // namespace

TEST_CASE("the transformation of Cole and Hopf gives the solution of two known cases") {
  // Small amplitude: the heat equation in a moving frame, to second order in the amplitude.
  const int n = 64;
  const double a = 1e-6, c = 0.3, nu = 0.05, t = 0.5;
  std::vector<double> u0, exact;
  for (int i = 0; i < n; ++i) {
    const double x = static_cast<double>(i) / n;
    u0.push_back(c + a * std::sin(two_pi * x));
    exact.push_back(c + a * std::exp(-nu * two_pi * two_pi * t) * std::sin(two_pi * (x - c * t)));
  }
  CHECK(largest_difference(pde::cole_hopf_solution(u0, nu, t), exact) < 30 * a * a);
  // phi = 1 + b exp(-4 pi^2 nu t) cos(2 pi x), u = -2 nu phi_x / phi.
  const auto wave = [&](double time) {
    std::vector<double> u;
    const double b = 0.5 * std::exp(-two_pi * two_pi * nu * time);
    for (int i = 0; i < n; ++i) {
      const double x = two_pi * i / n;
      u.push_back(2 * nu * two_pi * b * std::sin(x) / (1 + b * std::cos(x)));
    }
    return u;
  };
  CHECK(largest_difference(pde::cole_hopf_solution(wave(0), nu, t), wave(t)) < 1e-13);
}

TEST_CASE("Burgers' equation agrees with its exact solution, with fronts as well") {
  const double nu = GENERATE(0.1, 0.01);
  const int n = nu == 0.1 ? 128 : 512;
  const double t = GENERATE(0.1, 1.0);
  const auto exact = pde::cole_hopf_solution(smooth_state(n), nu, t);
  const auto u = solve(smooth_state(n), {.resolution = n, .viscosity = nu}, t);
  CAPTURE(nu, t, largest_difference(u, exact));
  CHECK(largest_difference(u, exact) < 3e-6);
}

TEST_CASE("the error of Burgers' equation in time is of order four") {
  const auto exact = pde::cole_hopf_solution(smooth_state(256), 0.02, 0.3);
  // Halving the bound halves the step, in powers of sqrt 2.
  const double order = test::observed_order({1, 2, 4}, [&](int refinement) {
    return largest_difference(
        solve(smooth_state(256), {.resolution = 256, .viscosity = 0.02, .courant = 0.5 / refinement}, 0.3), exact);
  });
  CHECK(order == Approx(4).margin(0.4));
}

TEST_CASE("rough initial states are solved as well: those of the data") {
  pde::GaussianField field({pde::GridAxis{.points = 1024}}, {.alpha = 2, .tau = 5, .sigma = 25});
  random::Stream stream(random::make_key(4, "burgers test"), 0);
  std::vector<double> u0(1024);
  field(stream, u0);
  // The exact solution of what the solver solves: its projection.
  BurgersSolver solver({.resolution = 1024, .viscosity = 0.1});
  solver.start(u0);
  solver.values(u0);
  const auto exact = pde::cole_hopf_solution(u0, 0.1, 1.0);
  solver.advance(1.0);
  std::vector<double> u(1024);
  solver.values(u);
  CAPTURE(largest_difference(u, exact));
  CHECK(largest_difference(u, exact) < 1e-6);
}

TEST_CASE("Burgers samples: one state at t = 1 unless more are asked for, the mean kept") {
  const auto problem = pde::testing::problem_from("burgers", "resolution = 64\nsolver_resolution = 256\n");
  const auto description = problem->description();
  CHECK(description.axis("time").values == std::vector<double>{1.0});
  const pde::Sample sample = pde::testing::sample_of(*problem, 2);
  double mean = 0, later = 0;
  for (std::size_t i = 0; i < 64; ++i) {
    mean += sample["inputs/u"][i] / 64;
    later += sample["outputs/u"][i] / 64;
  }
  // Means over the coarse points carry the aliases of their initial state, below 1e-2 by its spectrum.
  CHECK(later == Approx(mean).margin(1e-2));
  const auto more = pde::testing::problem_from(
      "burgers",
      "resolution = 64\nsolver_resolution = 256\nsnapshots = 5\nviscosity = 0.01\ninitial.alpha = 2.5\n"
      "initial.tau = 7\ninitial.sigma = 49\ninitial.mean_zero = true\n");
  CHECK(more->description().sample_shape(more->description().outputs[0]) == io::Shape{5, 64});
  pde::testing::sample_of(*more, 0);
  CHECK_THROWS_AS(pde::testing::problem_from("burgers", "resolution = 100\n"), ConfigError);
  CHECK_THROWS_AS(BurgersSolver({.viscosity = 0}), ConfigError);
  CHECK_THROWS_AS(BurgersSolver({.resolution = 16}).start(std::vector<double>(3)), ShapeError);
}
