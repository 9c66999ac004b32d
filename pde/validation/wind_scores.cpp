// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "config/read.h"
#include "io/csv.h"
#include "pde/registry.h"
#include "pde/validation/tables.h"

namespace floe::pde::validation {
namespace {

constexpr std::size_t forecasts = 4;
constexpr std::array<const char*, forecasts> names = {"mean of the data", "mean of the context", "nearest measurement",
                                                      "nearest 8, by distance"};
using Wind = std::array<double, 2>;

/// Squared distance, 20 km across counting as 1 km of altitude.
double distance(std::span<const double> a, std::span<const double> b) {
  const double y = (a[0] - b[0]) * 111.2;
  const double x = (a[1] - b[1]) * 76.1;
  const double z = (a[2] - b[2]) * 0.3048e-3 * 20;
  return x * x + y * y + z * z;
}

Wind mean(std::span<const double> value, std::size_t count) {
  Wind sum{};
  for (std::size_t p = 0; p < count; ++p) {
    for (std::size_t c = 0; c < 2; ++c) sum[c] += value[2 * p + c] / static_cast<double>(count);
  }
  return sum;
}

/// The mean of the `wanted` nearest measurements, weighted by 1 / (1 + (d / 10 km)^2).
Wind nearest(std::span<const double> position, std::span<const double> value, std::size_t count,
             std::span<const double> query, std::size_t wanted) {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t p = 0; p < count; ++p) order.emplace_back(distance(position.subspan(3 * p, 3), query), p);
  wanted = std::min(wanted, count);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(wanted), order.end());
  Wind sum{};
  double weights = 0;
  for (std::size_t i = 0; i < wanted; ++i) {
    const double weight = 1 / (1 + order[i].first / 100);
    weights += weight;
    for (std::size_t c = 0; c < 2; ++c) sum[c] += weight * value[2 * order[i].second + c];
  }
  return {sum[0] / weights, sum[1] / weights};
}

}  // namespace

void wind_table(const std::filesystem::path& csv) {
  const auto problem = make_problem("wind");
  config::read(config::Document::from_text("minutes_per_weather = 1\n", "options"),
               config::BindFunction([&](config::Section& section) { problem->bind(section); }));
  Sample sample(problem->description());
  const auto generator = problem->make_generator(1);
  const std::uint64_t situations = 400;
  // The mean of all data, from other situations.
  Wind climate{};
  for (std::uint64_t s = 0; s < situations; ++s) {
    generator->make(situations + s, sample);
    const auto count = static_cast<std::size_t>(std::ranges::count(sample["inputs/context_mask"], 1.0));
    const Wind here = mean(sample["inputs/context_value"], count);
    for (std::size_t c = 0; c < 2; ++c) climate[c] += here[c] / static_cast<double>(situations);
  }
  const std::array<double, 4> bands = {0, 15000, 28000, std::numeric_limits<double>::infinity()};
  std::array<std::array<double, 4>, forecasts> square{};
  std::array<double, 4> queries{};
  for (std::uint64_t s = 0; s < situations; ++s) {
    generator->make(s, sample);
    const auto position = sample["inputs/context_position"];
    const auto value = sample["inputs/context_value"];
    const auto count = static_cast<std::size_t>(std::ranges::count(sample["inputs/context_mask"], 1.0));
    const auto asked = static_cast<std::size_t>(std::ranges::count(sample["inputs/query_mask"], 1.0));
    if (count == 0) continue;
    const Wind here = mean(value, count);
    for (std::size_t q = 0; q < asked; ++q) {
      const auto query = sample["inputs/query_position"].subspan(3 * q, 3);
      const auto truth = sample["outputs/query_value"].subspan(2 * q, 2);
      const std::array<Wind, forecasts> guesses = {climate, here, nearest(position, value, count, query, 1),
                                                   nearest(position, value, count, query, 8)};
      std::size_t band = 0;
      while (query[2] >= bands[band + 1]) ++band;
      for (const std::size_t b : {band, std::size_t{3}}) {
        queries[b] += 1;
        for (std::size_t f = 0; f < forecasts; ++f) {
          for (std::size_t c = 0; c < 2; ++c) square[f][b] += std::pow(guesses[f][c] - truth[c], 2) / 2;
        }
      }
    }
  }
  io::CsvWriter table(csv, {"forecast", "below 15000 ft", "15000 to 28000 ft", "above 28000 ft", "all"});
  for (std::size_t f = 0; f < forecasts; ++f) {
    std::vector<io::CsvCell> row = {std::string(names[f])};
    for (std::size_t b = 0; b < 4; ++b) row.emplace_back(std::sqrt(square[f][b] / queries[b]));
    table.row(row);
  }
}

}  // namespace floe::pde::validation
