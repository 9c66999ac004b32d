// SPDX-License-Identifier: MIT
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include "base/error.h"
#include "config/read.h"
#include "pde/helmholtz/helmholtz_solver.h"
#include "pde/registry.h"
#include "support/catch.h"
#include "support/convergence.h"

using namespace floe;
using namespace floe::pde;

namespace {

constexpr double pi = std::numbers::pi;

struct Problem2d {
  std::function<double(double, double)> q, f, exact;
  std::function<double(double)> g;
};

double error(const Problem2d& problem, int cells) {
  const auto n = static_cast<std::size_t>(cells) + 1;
  std::vector<double> q(n * n), f(n * n), u(n * n), exact(n * n), g(n);
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < n; ++i) {
      const double x = static_cast<double>(i) / cells, y = static_cast<double>(j) / cells;
      q[j * n + i] = problem.q(x, y);
      f[j * n + i] = problem.f(x, y);
      exact[j * n + i] = problem.exact(x, y);
      g[i] = problem.g(x);
    }
  }
  const HelmholtzSolveReport report = HelmholtzSolver(n).solve(q, f, g, u, 1e-11);
  CHECK(report.relative_residual <= 1e-11);
  double difference = 0.0, norm = 0.0;
  for (std::size_t i = 0; i < n * n; ++i) {
    difference += (u[i] - exact[i]) * (u[i] - exact[i]);
    norm += exact[i] * exact[i];
  }
  return std::sqrt(difference / norm);
}

}  // namespace

TEST_CASE("Helmholtz: fourth order for a wave driven from the boundary of a uniform medium") {
  // u = -cos(2 pi x) cos(b y) / (b sin b), b^2 = k^2 - 4 pi^2: du/dy = cos(2 pi x) at y = 1.
  const double k = 20.3, b = std::sqrt(k * k - 4 * pi * pi);
  const Problem2d problem{
      [&](double, double) { return k * k; }, [](double, double) { return 0.0; },
      [&](double x, double y) { return -std::cos(2 * pi * x) * std::cos(b * y) / (b * std::sin(b)); },
      [](double x) { return std::cos(2 * pi * x); }};
  const double order = test::observed_order({40, 56, 80}, [&](int cells) { return error(problem, cells); });
  CHECK(order == Approx(4.0).margin(0.15));
  CHECK(error(problem, 80) < 1e-3);
}

TEST_CASE("Helmholtz: fourth order in a varying medium with a source") {
  const auto q = [](double x, double y) { return 300.0 * (1.0 + 0.2 * std::cos(pi * x) * std::cos(2 * pi * y)); };
  const auto exact = [](double x, double y) { return std::cos(3 * pi * x) * std::cos(pi * y); };
  const Problem2d problem{q, [&](double x, double y) { return (10 * pi * pi - q(x, y)) * exact(x, y); }, exact,
                          [](double) { return 0.0; }};
  CHECK(test::observed_order({32, 48, 64}, [&](int cells) { return error(problem, cells); }) ==
        Approx(4.0).margin(0.15));
}

TEST_CASE("Helmholtz: a medium that is half a resonance away from nothing is solved by LU or refused") {
  // q = pi^2 is an eigenvalue of the continuous problem, and to fourth order of the discrete one.
  const std::size_t n = 17;
  const double h = 1.0 / 16;
  // The discrete eigenvalue of cos(pi x): (2 - 2 cos(pi h)) / h^2 over (10 + 2 cos(pi h)) / 12.
  const double eigenvalue = 12.0 * (2 - 2 * std::cos(pi * h)) / (h * h) / (10 + 2 * std::cos(pi * h));
  std::vector<double> q(n * n, eigenvalue), f(n * n), g(n), u(n * n);
  for (std::size_t i = 0; i < n; ++i) g[i] = std::cos(pi * h * static_cast<double>(i));
  HelmholtzSolver solver(n);
  CHECK_THROWS_WITH(solver.solve(q, f, g, u, 1e-12), ContainsSubstring("resonance"));
  CHECK_THROWS_AS(HelmholtzSolver(2), ShapeError);
  CHECK_THROWS_AS(solver.solve(q, f, f, u), ShapeError);
}

TEST_CASE("Helmholtz samples do not depend much on the refinement, and follow the recipe") {
  const auto make = [](const std::string& keys) {
    const auto problem = make_problem("helmholtz");
    config::read(config::Document::from_text(keys, "test"),
                 config::BindFunction([&](config::Section& section) { problem->bind(section); }));
    problem->validate();
    Sample sample(problem->description());
    problem->make_generator(4)->make(2, sample);
    return sample;
  };
  const std::string keys = "resolution = 41\nomega = 300.0\nfield.modes = 10\n";
  Sample coarse = make(keys + "refinement = 1\n"), fine = make(keys + "refinement = 3\n");
  const auto c = coarse["inputs/wave_speed"];
  const auto u = coarse["outputs/solution"], v = fine["outputs/solution"];
  double difference = 0.0, norm = 0.0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    CHECK(c[i] == Approx(fine["inputs/wave_speed"][i]).epsilon(1e-12));
    CHECK(c[i] > 19.0);
    CHECK(c[i] < 21.0);
    difference += (u[i] - v[i]) * (u[i] - v[i]);
    norm += v[i] * v[i];
  }
  CHECK(std::sqrt(difference / norm) < 0.02);
}
