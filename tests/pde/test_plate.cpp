// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "config/read.h"
#include "pde/plate/plate_solver.h"
#include "pde/registry.h"
#include "support/catch.h"
#include "support/convergence.h"

using namespace floe;
using namespace floe::pde;

TEST_CASE("plate: without holes heat goes straight up, T = 1 / film coefficient + 1 - z") {
  Plate plate;
  plate.holes = 0;
  const PlateSolution solution = solve_plate(plate, {5, 4, 7}, 0.5, 1e-13);
  for (std::size_t k = 0; k < 7; ++k) {
    const double z = (static_cast<double>(k) + 0.5) / 7;
    for (std::size_t at = 0; at < 20; ++at)
      CHECK(solution.temperature[k * 20 + at] == Approx(1 / 0.5 + 1 - z).epsilon(1e-10));
  }
  CHECK(solution.heat_to_holes == 0.0);
  CHECK(solution.heat_to_top == Approx(36.0));
}

TEST_CASE("plate: the heat that enters leaves through the holes and the upper face") {
  Plate plate;
  plate.holes = 3;
  plate.radius = 0.5;
  const PlateSolution solution = solve_plate(plate, {30, 36, 5}, 2.0, 1e-12);
  // Heat enters the material only, not the mouths of the holes.
  double heated = 0.0;
  for (std::size_t at = 0; at < 30 * 36; ++at) heated += solution.mask[at] * 36.0 / (30 * 36);
  CHECK(solution.heat_to_holes + solution.heat_to_top == Approx(heated).epsilon(1e-9));
  CHECK(solution.heat_to_holes > 0.3 * heated);
  CHECK(heated == Approx(36.0 - 6 * 0.25 * 3.14159265).epsilon(0.03));
}

TEST_CASE("plate: every cell away from walls is in balance with its six neighbours") {
  Plate plate;
  plate.holes = 3;
  const std::size_t nx = 33, ny = 26, nz = 6;
  const PlateSolution solution = solve_plate(plate, {nx, ny, nz}, 1.5, 1e-11);
  CHECK(solution.relative_residual <= 1e-11);
  const double hx = 6.0 / nx, hy = 6.0 / ny, hz = 1.0 / nz;
  const auto& t = solution.temperature;
  double largest = 0.0;
  int cells = 0;
  for (std::size_t at = 0; at < t.size(); ++at) {
    const std::size_t i = at % nx, j = at / nx % ny, k = at / (nx * ny);
    if (i == 0 || j == 0 || k == 0 || i + 1 == nx || j + 1 == ny || k + 1 == nz) continue;
    if (solution.mask[at] * solution.mask[at - 1] * solution.mask[at + 1] * solution.mask[at - nx] *
            solution.mask[at + nx] ==
        0.0)
      continue;
    ++cells;
    const auto second = [&](std::size_t step, double h) { return (t[at - step] - 2 * t[at] + t[at + step]) / (h * h); };
    largest = std::max(largest, std::abs(second(1, hx) + second(nx, hy) + second(nx * ny, hz)));
  }
  CHECK(cells > 2000);
  CHECK(largest < 1e-6);
}

TEST_CASE("plate: second order with holes, at a point that all grids share") {
  Plate plate;
  plate.holes = 2;
  plate.radius = 0.7;
  plate.row_distance = 1.3;
  // The centre of the plate is the centre of a cell of every odd grid.
  const auto at_centre = [&](std::size_t n) {
    return solve_plate(plate, {n, n, 1}, 1.0, 1e-11).temperature[(n / 2) * n + n / 2];
  };
  const double reference = at_centre(153);
  const double order = test::observed_order(
      {15, 27, 45}, [&](int cells) { return std::abs(at_centre(static_cast<std::size_t>(cells)) - reference); });
  CHECK(order == Approx(2.0).margin(0.5));
}

TEST_CASE("plate samples are the table of designs") {
  const auto problem = make_problem("plate");
  config::read(config::Document::from_text("resolution = [24, 24, 2]\nrefinement = 1\n", "test"),
               config::BindFunction([&](config::Section& section) { problem->bind(section); }));
  problem->validate();
  CHECK(problem->sample_limit() == 64);
  const auto generator = problem->make_generator(1);
  std::set<std::pair<double, double>> seen;
  int training = 0;
  for (std::uint64_t index = 0; index < 64; ++index) {
    Sample sample(problem->description());
    generator->make(index, sample);
    const double holes = sample["parameters/num_holes"][0], position = sample["parameters/hole_pos"][0];
    seen.insert({holes, std::round(position * 10)});
    CHECK(holes >= 2);
    CHECK(holes <= 9);
    const bool listed =
        std::abs(position - 0.9) < 1e-9 || std::abs(position - 1.2) < 1e-9 || std::abs(position - 1.6) < 1e-9;
    CHECK(sample["parameters/training"][0] == (listed ? 1.0 : 0.0));
    if (listed) ++training;
    const auto mask = sample["inputs/mask"], temperature = sample["outputs/temperature"];
    std::size_t inside_holes = 0;
    bool consistent = true;
    for (std::size_t at = 0; at < mask.size(); ++at) {
      if (mask[at] == 0.0) ++inside_holes;
      consistent = consistent && (mask[at] == 1.0) == (temperature[at] > 0.0);
    }
    CHECK(consistent);
    CHECK(inside_holes > 0);
  }
  CHECK(seen.size() == 64);
  CHECK(training == 24);
  Sample sample(problem->description());
  CHECK_THROWS_AS(generator->make(64, sample), ConfigError);
}

TEST_CASE("plate: the designs to train on and to predict are those of the table") {
  const auto samples_of = [](const std::string& designs) {
    const auto problem = make_problem("plate");
    config::read(config::Document::from_text(
                     "resolution = [12, 12, 2]\nrefinement = 1\ndesigns = \"" + designs + "\"\n", "test"),
                 config::BindFunction([&](config::Section& section) { problem->bind(section); }));
    const auto generator = problem->make_generator(1);
    std::vector<std::vector<double>> samples;
    for (std::uint64_t index = 0; index < problem->sample_limit(); ++index) {
      Sample sample(problem->description());
      generator->make(index, sample);
      std::vector<double> row;
      for (const std::string& path : sample.paths()) {
        for (const double value : sample[path]) row.push_back(value);
      }
      samples.push_back(row);
    }
    return samples;
  };
  const auto all = samples_of("all"), training = samples_of("training"), test = samples_of("test");
  CHECK(training.size() == 24);
  CHECK(test.size() == 40);
  std::size_t t = 0, p = 0;
  for (const auto& design : all) {
    const bool trains = design.back() == 1;
    REQUIRE((trains ? t < 24 : p < 40));
    CHECK(design == (trains ? training[t++] : test[p++]));
  }
}

TEST_CASE("plates that cannot be are refused in words") {
  Plate plate;
  plate.holes = 9;
  plate.radius = 0.4;
  CHECK_THROWS_WITH(plate.validate(), ContainsSubstring("overlap") && ContainsSubstring("smaller radius"));
  plate.radius = 0.2;
  plate.row_distance = 2.9;
  CHECK_THROWS_AS(solve_plate(plate, {4, 4, 4}, 1.0), ConfigError);
  CHECK_THROWS_AS(solve_plate(Plate{}, {4, 4, 4}, 0.0), ConfigError);
  const auto problem = make_problem("plate");
  config::read(config::Document::from_text("refinement = 2\n", "test"),
               config::BindFunction([&](config::Section& section) { problem->bind(section); }));
  CHECK_THROWS_WITH(problem->validate(), ContainsSubstring("use 1 or 3"));
}
