// SPDX-License-Identifier: MIT
#include <cmath>
#include <numbers>

#include "config/read.h"
#include "pde/registry.h"
#include "support/catch.h"

using namespace floe;

TEST_CASE("the queries of a recall sample are its context in another order") {
  const auto problem = pde::make_problem("recall");
  config::read(config::Document::from_text("values = \"sine\"\nfrequency = 3.0\npoints = 16\n", "test"),
               config::BindFunction([&](config::Section& section) { problem->bind(section); }));
  problem->validate();
  pde::Sample sample(problem->description());
  problem->make_generator(1)->make(7, sample);
  const auto x = sample["inputs/context_position"];
  const auto value = sample["inputs/context_value"];
  const auto query = sample["inputs/query_position"];
  const auto answer = sample["outputs/query_value"];
  int moved = 0;
  for (std::size_t q = 0; q < 16; ++q) {
    int found = 0;
    for (std::size_t c = 0; c < 16; ++c) {
      if (x[2 * c] != query[2 * q] || x[2 * c + 1] != query[2 * q + 1]) continue;
      ++found;
      if (c != q) ++moved;
      CHECK(answer[q] == value[c]);
      const double k = 3.0 * std::numbers::pi;
      CHECK(value[c] == Approx(std::sin(k * x[2 * c]) * std::cos(k * x[2 * c + 1])).margin(1e-14));
    }
    CHECK(found == 1);
  }
  CHECK(moved > 8);
}

TEST_CASE("random values to recall are independent of where they are, and normal") {
  const auto problem = pde::make_problem("recall");
  config::read(config::Document::from_text("points = 2000\n", "test"),
               config::BindFunction([&](config::Section& section) { problem->bind(section); }));
  pde::Sample sample(problem->description());
  problem->make_generator(1)->make(0, sample);
  double mean = 0, square = 0, product = 0, position = 0;
  for (std::size_t p = 0; p < 2000; ++p) {
    const double x = sample["inputs/context_position"][2 * p];
    const double value = sample["inputs/context_value"][p];
    mean += value / 2000;
    square += value * value / 2000;
    product += value * x / 2000;
    position += x * x / 2000;
  }
  // Four standard errors: 1 / sqrt(2000), and sqrt(2 / 2000) of squares.
  CHECK(mean == Approx(0).margin(0.09));
  CHECK(product == Approx(0).margin(0.09));
  CHECK(square == Approx(1).margin(0.13));
  CHECK(position == Approx(1).margin(0.13));
}
