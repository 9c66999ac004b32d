// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstddef>
#include <numbers>
#include <set>
#include <utility>

#include "base/error.h"
#include "problem_sample.h"
#include "support/catch.h"

using namespace floe;

namespace {

/// -Laplace u = 1 on the unit square with u = 0 on its boundary, by its sine series.
double torsion(double x, double y) {
  const double pi = std::numbers::pi;
  double sum = 0;
  for (int m = 1; m < 200; m += 2) {
    for (int n = 1; n < 200; n += 2)
      sum += 16 * std::sin(m * pi * x) * std::sin(n * pi * y) / (std::pow(pi, 4) * m * n * (m * m + n * n));
  }
  return sum;
}

}  // namespace

TEST_CASE("darcy_points: for a constant coefficient the answers are those of Poisson's equation") {
  const auto problem = pde::testing::problem_from(
      "darcy_points", "resolution = 65\nqueries = 20\npoints = 100\nhigh = 4.0\nlow = 4.0\n");
  const pde::Sample sample = pde::testing::sample_of(*problem, 3);
  for (const double a : sample["inputs/context_value"]) CHECK(a == 4);
  const auto x = sample["inputs/query_position"];
  const auto u = sample["outputs/query_value"];
  // The five-point formula is off by h^2 times fourth derivatives of u, which are of its own size.
  for (std::size_t q = 0; q < u.size(); ++q) {
    INFO(x[2 * q] << ", " << x[2 * q + 1]);
    CHECK(u[q] == Approx(torsion(x[2 * q], x[2 * q + 1]) / 4).margin(4.0 / 64 / 64 * 0.0737 / 4));
  }
}

TEST_CASE("darcy_points: points differ, lie inside, and see both coefficients") {
  const auto problem = pde::testing::problem_from("darcy_points", "resolution = 17\nqueries = 225\npoints = 200\n");
  const pde::Sample sample = pde::testing::sample_of(*problem, 0);
  for (const auto* name : {"inputs/context_position", "inputs/query_position"}) {
    const auto position = sample[name];
    std::set<std::pair<double, double>> seen;
    for (std::size_t p = 0; p < position.size() / 2; ++p) {
      seen.insert({position[2 * p], position[2 * p + 1]});
      for (const double c : {position[2 * p], position[2 * p + 1]}) {
        CHECK(c > 0);
        CHECK(c < 1);
        CHECK(c * 16 == std::round(c * 16));
      }
    }
    CHECK(seen.size() == position.size() / 2);
  }
  std::set<double> coefficients;
  for (const double a : sample["inputs/context_value"]) coefficients.insert(a);
  CHECK(coefficients == std::set<double>{3, 12});
  for (const double u : sample["outputs/query_value"]) CHECK(u > 0);
  CHECK_THROWS_WITH(pde::testing::problem_from("darcy_points", "resolution = 17\nqueries = 226\n"),
                    ContainsSubstring("225 vertices"));
}
