// SPDX-License-Identifier: MIT
#include <cmath>
#include <numbers>
#include <set>

#include "base/error.h"
#include "pde/point_sets/room.h"
#include "problem_sample.h"
#include "support/catch.h"

using namespace floe;
using pde::Heater;
using pde::Room;
using pde::RoomSolver;
using pde::testing::problem_from;
using pde::testing::sample_of;

namespace {

/// The temperature by the double sine series of the source, its coefficients in closed form.
double series(const Room& room, double x, double y) {
  const double pi = std::numbers::pi;
  double sum = room.exterior_temperature;
  for (const Heater& h : room.heaters) {
    for (int k = 1; k <= 300; ++k) {
      const double along_x = (std::cos(k * pi * h.left) - std::cos(k * pi * h.right)) / (k * pi) * std::sin(k * pi * x);
      for (int l = 1; l <= 300; ++l) {
        const double along_y =
            (std::cos(l * pi * h.bottom) - std::cos(l * pi * h.top)) / (l * pi) * std::sin(l * pi * y);
        sum += 768 * h.heat * 4 * along_x * along_y / (pi * pi * (k * k + l * l));
      }
    }
  }
  return sum;
}

const Room two{.heaters = {{0.27, 0.13, 0.39, 0.19, 0.4}, {0.80, 0.69, 0.88, 0.87, -0.3}},
               .exterior_temperature = 0.25};

double error_of(int refinement) {
  RoomSolver solve(refinement);
  const auto u = solve(two);
  double worst = 0;
  for (const auto& [i, j] : {std::pair{30, 16}, std::pair{33, 13}, std::pair{27, 25}, std::pair{84, 80},
                             std::pair{60, 50}, std::pair{88, 87}, std::pair{95, 90}}) {
    const double exact = series(two, 0.01 * i, 0.01 * j);
    worst = std::max(worst, std::abs(u[static_cast<std::size_t>(refinement * (i * solve.points() + j))] - exact));
  }
  return worst;
}

}  // namespace

TEST_CASE("the temperature of a room is that of the sine series") {
  // The tail of the series beyond 300 modes is 768 heat 4 / pi^4 sum 1 / (k l (k^2 + l^2)), about 1e-5.
  const double coarse = error_of(1);
  const double fine = error_of(2);
  INFO(coarse << " " << fine);
  CHECK(coarse < 2e-3);
  CHECK(coarse / fine > 3);
  RoomSolver solve(1);
  const auto u = solve(two);
  CHECK(u[0] == 0.25);
  CHECK(u[50] == 0.25);
}

TEST_CASE("a room is described by nine points of each heater and the walls") {
  const auto points = pde::describe_room(two);
  REQUIRE(points.size() == 64);
  CHECK(points[0].position == std::array<double, 2>{0.27, 0.13});
  CHECK(points[0].value == std::array<double, 3>{0, 0.4, 1});
  CHECK(points[8].position[0] == Approx(0.33));
  CHECK(points[8].position[1] == Approx(0.16));
  CHECK(points[17].value == std::array<double, 3>{0, -0.3, 1});
  CHECK(points[18].position == std::array<double, 2>{0, 0});
  CHECK(points[18].value == std::array<double, 3>{0.25, 0, 0});
  std::set<std::array<double, 2>> different;
  for (std::size_t i = 18; i < 64; ++i) {
    const auto [x, y] = points[i].position;
    CHECK((x == 0 || x == 1 || y == 0 || y == 1));
    different.insert(points[i].position);
  }
  CHECK(different.size() == 46);
  Room full;
  full.heaters.resize(8);
  CHECK_THROWS_AS(pde::describe_room(full), ConfigError);
}

TEST_CASE("samples of rooms have the temperature of the room that their context describes") {
  const auto problem = problem_from("rooms", "most_heaters = 6\nqueries = 20\nrefinement = 1\n");
  int most = 0;
  for (std::uint64_t index = 0; index < 8; ++index) {
    const pde::Sample sample = sample_of(*problem, index);
    const auto x = sample["inputs/context_position"];
    const auto value = sample["inputs/context_value"];
    const auto heaters = static_cast<std::size_t>(sample["parameters/heaters"][0]);
    most = std::max(most, static_cast<int>(heaters));
    Room room;
    for (std::size_t h = 0; h < heaters; ++h) {
      room.heaters.push_back({x[18 * h], x[18 * h + 1], x[18 * h + 6], x[18 * h + 7], value[27 * h + 1]});
    }
    room.exterior_temperature = value[3 * 63];
    for (const Heater& h : room.heaters) {
      CHECK((h.left >= 0.039 && h.right <= 0.961 && h.bottom >= 0.039 && h.top <= 0.961 && std::abs(h.heat) <= 0.5));
      for (const Heater& other : room.heaters) {
        if (&other == &h) continue;
        CHECK((h.right < other.left || other.right < h.left || h.top < other.bottom || other.top < h.bottom));
      }
    }
    const auto query = sample["inputs/query_position"];
    if (index == 1) {
      for (std::size_t q = 0; q < 20; ++q) {
        CHECK(sample["outputs/query_value"][q] == Approx(series(room, query[2 * q], query[2 * q + 1])).margin(4e-3));
      }
    }
  }
  CHECK(most > 2);
  CHECK_THROWS_WITH(problem_from("rooms", "most_heaters = 1\nfewest_heaters = 2\n"), ContainsSubstring("swap them"));
}
