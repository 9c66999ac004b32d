// SPDX-License-Identifier: MIT
#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"
#include "pde/advection/advection.h"
#include "problem_sample.h"
#include "support/catch.h"

using namespace floe;

TEST_CASE("a shift on the circle is exact for what the grid resolves") {
  const int n = GENERATE(12, 15);
  pde::PeriodicShift shift(n);
  const auto wave = [&](double distance) {
    std::vector<double> u;
    for (int i = 0; i < n; ++i) {
      const double x = 2 * std::numbers::pi * (static_cast<double>(i) / n - distance);
      u.push_back(0.3 + std::sin(x) - 0.2 * std::cos(3 * x + 1) + 0.1 * std::sin(5 * x));
    }
    return u;
  };
  std::vector<double> moved(static_cast<std::size_t>(n));
  shift(wave(0), 1.237, moved);
  for (std::size_t i = 0; i < moved.size(); ++i) CHECK(moved[i] == Approx(wave(1.237)[i]).margin(1e-14));
  CHECK_THROWS_AS(shift(wave(0), 0.1, std::span(moved).first(3)), ShapeError);
}

TEST_CASE("square waves of advection move with the speed around the circle") {
  const auto problem = pde::testing::problem_from("advection", "snapshots = 40\n");
  const auto generator = problem->make_generator(1);
  pde::Sample sample(problem->description());
  for (std::uint64_t index = 0; index < 20; ++index) {
    generator->make(index, sample);
    const double centre = sample["parameters/centre"][0], width = sample["parameters/width"][0],
                 height = sample["parameters/height"][0];
    CHECK((centre > 0.3 && centre < 0.7 && width > 0.3 && width < 0.6 && height > 1 && height < 2));
    const auto u = sample["inputs/u"], later = sample["outputs/u"];
    int inside = 0;
    for (std::size_t i = 0; i < 40; ++i) {
      const double x = static_cast<double>(i) / 40;
      CHECK(u[i] == (x > centre - width / 2 && x < centre + width / 2 ? height : 0));
      inside += u[i] > 0;
      // After a turn the wave is back; an eighth of a turn is five points.
      CHECK(later[39 * 40 + i] == u[i]);
      CHECK(later[4 * 40 + (i + 5) % 40] == u[i]);
    }
    CHECK(std::abs(inside - 40 * width) <= 1);
  }
}

TEST_CASE("Gaussian advection samples are shifts of their initial state") {
  const auto problem = pde::testing::problem_from(
      "advection", "initial = \"gaussian\"\nresolution = 33\nspeed = -2.0\nfinal_time = 0.25\nsnapshots = 2\n");
  const pde::Sample sample = pde::testing::sample_of(*problem, 0);
  // At t = 0.25 by half a circle backwards; on 33 points by way of the exact shift, twice: a whole turn.
  pde::PeriodicShift shift(33);
  std::vector<double> turned(33);
  shift(sample["outputs/u"].subspan(33, 33), -0.5, turned);
  for (std::size_t i = 0; i < 33; ++i) CHECK(turned[i] == Approx(sample["inputs/u"][i]).margin(1e-13));
  CHECK(std::abs(sample["outputs/u"][33] - sample["inputs/u"][0]) > 1e-3);
}
