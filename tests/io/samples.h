// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "io/dataset.h"

namespace floe::test {

/// A dataset with everything the schema has: a float32 input on another grid than the float64 output, three kinds of
/// parameters, attributes of every kind. Values are formulas that tests/io/check_dataset.py repeats.
inline io::DatasetDescription sample_description() {
  io::DatasetDescription description;
  description.title = "heat in a plate";
  description.generator = "test";
  description.seed = 18446744073709551615U;
  description.axes = {{"y", {0.0, 0.5, 1.0}, "m", "dirichlet"},
                      {"x", {0.0, 0.25, 0.5, 0.75}, "m", "periodic"},
                      {"s", {0.0, 0.1}, "m", "none"}};
  description.inputs = {{"source", {"s"}, io::ElementType::float32, "W/m^2", "heat source"}};
  description.outputs = {{"temperature", {"y", "x"}, io::ElementType::float64, "K", "temperature"},
                         {"energy", {}, io::ElementType::float64, "J", ""}};
  description.parameters = {{"chain", io::ElementType::int64, "1", "chain"},
                            {"viscosity", io::ElementType::float64, "m^2/s", ""},
                            {"weight", io::ElementType::float32, "1", ""}};
  description.attributes = {{"mass_squared", -4.0},
                            {"levels", std::int64_t{3}},
                            {"action", std::string("φ⁴")},
                            {"sizes", std::vector<std::int64_t>{3, 4}},
                            {"scales", std::vector<double>{0.5, 0.25}}};
  description.provenance = io::make_provenance("floe data generate heat", "task = \"dataset\"\nseed = 1 # größer\n");
  return description;
}

inline double temperature(std::size_t sample, std::size_t y, std::size_t x) {
  return std::sin(static_cast<double>(100 * sample + 10 * y + x));
}

struct SampleColumns {
  std::vector<float> source;
  std::vector<double> temperature_values;
  std::vector<double> energy;
  std::vector<std::int64_t> chain;
  std::vector<double> viscosity;
  std::vector<float> weight;

  SampleColumns(std::size_t first, std::size_t count) {
    for (std::size_t n = first; n < first + count; ++n) {
      for (std::size_t s = 0; s < 2; ++s) {
        source.push_back(static_cast<float>(n) + 0.5F * static_cast<float>(s));
      }
      for (std::size_t y = 0; y < 3; ++y) {
        for (std::size_t x = 0; x < 4; ++x) {
          temperature_values.push_back(temperature(n, y, x));
        }
      }
      energy.push_back(1.0 / static_cast<double>(n + 1));
      chain.push_back(static_cast<std::int64_t>(n % 8) - 4);
      viscosity.push_back(std::pow(10.0, -static_cast<double>(n)));
      weight.push_back(1.0F / static_cast<float>(n + 3));
    }
  }

  std::vector<io::Column> columns() const {
    return {{"inputs/source", source},   {"outputs/temperature", temperature_values}, {"outputs/energy", energy},
            {"parameters/chain", chain}, {"parameters/viscosity", viscosity},         {"parameters/weight", weight}};
  }
};

}  // namespace floe::test
