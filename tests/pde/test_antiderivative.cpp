// SPDX-License-Identifier: MIT
#include <cmath>

#include "problem_sample.h"
#include "support/catch.h"

using namespace floe;
using pde::testing::problem_from;
using pde::testing::sample_of;

TEST_CASE("the answer is the integral of the function at the sensors") {
  const auto problem = problem_from("antiderivative", "sensors = 201\nqueries = \"grid\"\npoints = 101\n");
  const pde::Sample sample = sample_of(*problem, 5);
  const auto u = sample["inputs/function"];
  const auto s = sample["outputs/query_value"];
  const auto y = sample["inputs/query_position"];
  CHECK(s[0] == Approx(0).margin(1e-12));
  // Simpson's rule: (h / 2)^5 / 90 per step of the fourth derivative, which for length 0.2 is of order 3 / 0.2^4.
  double sum = 0;
  for (std::size_t i = 1; i <= 100; ++i) {
    sum += 0.01 / 6 * (u[2 * i - 2] + 4 * u[2 * i - 1] + u[2 * i]);
    CHECK(y[i] == Approx(0.01 * static_cast<double>(i)));
    CHECK(s[i] == Approx(sum).margin(1e-6));
  }
}

TEST_CASE("random queries of the same function, and sensors anywhere") {
  const auto grid = sample_of(*problem_from("antiderivative", "queries = \"grid\"\npoints = 2001\n"), 8);
  const auto random = sample_of(*problem_from("antiderivative", "sensors = 12\npoints = 40\n"), 8);
  double mean = 0;
  for (std::size_t q = 0; q < 40; ++q) {
    const double y = random["inputs/query_position"][q];
    mean += y / 40;
    REQUIRE((y > 0 && y < 1));
    const auto left = static_cast<std::size_t>(y * 2000);
    const double part = y * 2000 - static_cast<double>(left);
    const auto s = grid["outputs/query_value"];
    // Linear interpolation: h^2 / 8 of u', of order 5.
    CHECK(random["outputs/query_value"][q] == Approx((1 - part) * s[left] + part * s[left + 1]).margin(1e-6));
  }
  CHECK(mean == Approx(0.5).margin(5 * 0.29 / std::sqrt(40)));
  CHECK(random["inputs/function"][0] == Approx(grid["inputs/function"][0]).margin(1e-9));
  CHECK(random["inputs/function"][11] == Approx(grid["inputs/function"][99]).margin(1e-9));
}

TEST_CASE("variance of the function is one") {
  const auto problem = problem_from("antiderivative", "sensors = 2\n");
  const auto generator = problem->make_generator(3);
  pde::Sample sample(problem->description());
  double square = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    generator->make(i, sample);
    square += std::pow(sample["inputs/function"][0], 2) / 2000;
  }
  CHECK(square == Approx(1).margin(5 * std::sqrt(2.0 / 2000)));
}
