// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "pde/point_sets/air_traffic.h"
#include "pde/point_sets/wind_field.h"
#include "pde/random_fields/kernel_series.h"
#include "problem_sample.h"
#include "random/stream.h"
#include "support/catch.h"

using namespace floe;
using pde::WindField;
using pde::WindOptions;
using pde::testing::problem_from;
using pde::testing::sample_of;

namespace {

WindField weather(const WindOptions& options, std::uint64_t number) {
  random::Stream stream(random::make_key(2, "wind test"), number);
  return {options, stream};
}

}  // namespace

TEST_CASE("no air is lost: the flux of the wind through any closed line is zero") {
  // Gauss-Legendre on each side is exact to rounding for waves of at least a tenth of it.
  for (std::uint64_t number = 0; number < 3; ++number) {
    const WindField wind = weather({}, number);
    const double x0 = -40, y0 = 12, width = 90, height = 60, z = 8.5, t = 2000;
    const pde::Quadrature across = pde::gauss_legendre(48, width);
    const pde::Quadrature up = pde::gauss_legendre(48, height);
    double flux = 0;
    double through = 0;
    for (Eigen::Index i = 0; i < 48; ++i) {
      const double x = x0 + across.nodes[i];
      const double y = y0 + up.nodes[i];
      const double vertical = wind(x, y0 + height, z, t)[1] - wind(x, y0, z, t)[1];
      const double horizontal = wind(x0 + width, y, z, t)[0] - wind(x0, y, z, t)[0];
      flux += across.weights[i] * vertical + up.weights[i] * horizontal;
      through += across.weights[i] * std::abs(vertical);
    }
    CHECK(through > 10);
    CHECK(std::abs(flux) < 1e-10 * through);
    // The same at a point, by central differences of fourth order: (k h)^4 / 30 of the derivative, k h < 0.03.
    const double h = 0.1;
    const auto derivative = [&](std::size_t component, double dx, double dy) {
      const auto at = [&](double s) { return wind(x0 + s * dx, y0 + s * dy, z, t)[component]; };
      return (at(-2) - 8 * at(-1) + 8 * at(1) - at(2)) / (12 * h);
    };
    const double east = derivative(0, h, 0);
    CHECK(derivative(1, 0, h) == Approx(-east).epsilon(1e-6));
  }
}

TEST_CASE("winds of many weather situations have the variance, structure and memory they are given") {
  const WindOptions options{.mean_speed = 0, .mean_speed_spread = 10, .eddy_speed = 5, .modes = 48};
  const int situations = 3000;
  double square = 0, step = 0, memory = 0, steering = 0;
  const double r = 40, t = 1800, z = 11;
  for (int s = 0; s < situations; ++s) {
    const WindField wind = weather(options, static_cast<std::uint64_t>(s));
    const auto [sx, sy] = wind.steering();
    // U cancels in differences; at 11 km U is the steering wind over s(5.5).
    const double ux = sx / WindField::profile(5.5), uy = sy / WindField::profile(5.5);
    const auto a = wind(10, 20, z, 0);
    const auto b = wind(10 + r, 20, z, 0);
    const auto c = wind(10 + sx * t / 1000, 20 + sy * t / 1000, z, t);
    square += (std::pow(a[0] - ux, 2) + std::pow(a[1] - uy, 2)) / situations;
    step += (std::pow(a[0] - b[0], 2) + std::pow(a[1] - b[1], 2)) / situations;
    memory += ((a[0] - ux) * (c[0] - ux) + (a[1] - uy) * (c[1] - uy)) / situations;
    steering += (ux * ux + uy * uy) / situations;
  }
  // E|v|^2 = 2 eddy_speed^2; E|v(x + r) - v(x)|^2 = 4 eddy_speed^2 sum_n weight_n (1 - J0(k_n r)).
  double expected_step = 0, expected_memory = 0, weights = 0;
  for (const pde::WindScale& scale : pde::wind_scales(options)) {
    expected_step += 100 * scale.weight * (1 - std::cyl_bessel_j(0, 2 * std::numbers::pi / scale.wavelength * r));
    expected_memory += 50 * scale.weight * std::exp(-0.5 * std::pow(t / scale.time, 2));
    weights += scale.weight;
  }
  CHECK(weights == Approx(1));
  // Squares of two Gaussian numbers have the relative spread one: 3 standard errors are 0.055.
  CHECK(square == Approx(50).epsilon(0.055));
  CHECK(step == Approx(expected_step).epsilon(0.055));
  CHECK(memory == Approx(expected_memory).margin(0.055 * 50));
  CHECK(steering == Approx(100).epsilon(3 * std::sqrt(2.0 / situations)));
  CHECK(expected_memory < 45);
}

TEST_CASE("the spectrum of the eddies is that of Kolmogorov") {
  // Energy within a factor two of wavelength, relative to that a factor of eight below: 8^(2/3) = 4.
  const auto scales = pde::wind_scales({.largest_eddy = 640, .smallest_eddy = 20, .modes = 500});
  double large = 0, small = 0;
  for (const pde::WindScale& scale : scales) {
    if (scale.wavelength > 320) large += scale.weight;
    if (scale.wavelength > 40 && scale.wavelength <= 80) small += scale.weight;
  }
  CHECK(large / small == Approx(4).epsilon(0.02));
}

TEST_CASE("flights cross the air space in the number asked for") {
  random::Stream stream(random::make_key(4, "flights"), 0);
  const auto flights = pde::draw_flights(stream, 30, 36000);
  double seen = 0;
  int cruising = 0;
  for (int s = 0; s < 1000; ++s) {
    for (const pde::Flight& flight : flights) {
      if (!flight.inside(36.0 * s)) continue;
      seen += 1e-3;
      if (flight.climb == 0) ++cruising;
      CHECK((flight.altitude_at(36.0 * s) >= 1 && flight.altitude_at(36.0 * s) <= 12));
    }
  }
  // Some 840 flights, each seen for a time that varies by half its mean: a standard error of 4 %.
  CHECK(seen == Approx(30).epsilon(0.12));
  CHECK(cruising > 400 * seen);
}

TEST_CASE("wind samples are slices of a minute, half an hour apart") {
  const auto problem = problem_from("wind", "aircraft = 10.0\nminutes_per_weather = 40\nmodes = 16\nnoise = 0.5\n");
  const auto generator = problem->make_generator(1);
  pde::Sample now(problem->description()), later(problem->description()), again(problem->description());
  generator->make(2, now);
  generator->make(33, later);
  CHECK(now["parameters/time"][0] == 120);
  CHECK(now["parameters/weather"][0] == 0);
  // The query of minute 2 is the context of minute 33: the same measurements, noise included.
  CHECK(std::ranges::equal(now["inputs/query_position"], later["inputs/context_position"]));
  CHECK(std::ranges::equal(now["outputs/query_value"], later["inputs/context_value"]));
  CHECK(std::ranges::equal(now["inputs/query_mask"], later["inputs/context_mask"]));
  problem->make_generator(1)->make(33, again);
  for (const std::string& path : later.paths()) CHECK(std::ranges::equal(later[path], again[path]));
  generator->make(40, again);
  CHECK(again["parameters/weather"][0] == 1);

  const auto mask = now["inputs/context_mask"];
  const auto position = now["inputs/context_position"];
  const auto value = now["inputs/context_value"];
  const auto count = static_cast<std::size_t>(std::ranges::count(mask, 1.0));
  CHECK(count > 75);
  CHECK(count < 300);
  for (std::size_t p = 0; p < mask.size(); ++p) {
    if (p >= count) {
      CHECK((mask[p] == 0 && position[3 * p] == 0 && value[2 * p] == 0));
      continue;
    }
    CHECK((position[3 * p] > 45.7 && position[3 * p] < 47.9));
    CHECK((position[3 * p + 1] > 5.8 && position[3 * p + 1] < 10.6));
    CHECK((position[3 * p + 2] > 3280 && position[3 * p + 2] < 39371));
    CHECK(std::hypot(value[2 * p], value[2 * p + 1]) < 120);
  }
}

TEST_CASE("of more measurements than a set has room for, random ones are taken") {
  const std::string options = "aircraft = 40.0\nmodes = 4\n";
  const auto all = sample_of(*problem_from("wind", options + "points = 2000\n"), 0);
  const auto some = sample_of(*problem_from("wind", options + "points = 100\n"), 0);
  CHECK(std::ranges::count(some["inputs/context_mask"], 1.0) == 100);
  const auto total = static_cast<std::size_t>(std::ranges::count(all["inputs/context_mask"], 1.0));
  REQUIRE(total > 300);
  double place = 0;
  std::size_t found = 0;
  for (std::size_t i = 0; i < total && found < 100; ++i) {
    if (all["inputs/context_position"][3 * i] != some["inputs/context_position"][3 * found]) continue;
    CHECK(all["inputs/context_value"][2 * i] == some["inputs/context_value"][2 * found]);
    place += static_cast<double>(i) / static_cast<double>(total) / 100;
    ++found;
  }
  CHECK(found == 100);
  CHECK(place == Approx(0.5).margin(3 * 0.29 / 10));
  CHECK_THROWS_WITH(problem_from("wind", "smallest_eddy = 900.0\n"), ContainsSubstring("nothing lies between"));
}
