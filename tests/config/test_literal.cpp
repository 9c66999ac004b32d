// SPDX-License-Identifier: MIT
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "config/literal.h"
#include "config/toml_reader.h"
#include "support/catch.h"

using namespace floe::config;

namespace {

double read_back(double value) {
  const auto node = parse_toml_value(to_literal(value), "test");
  REQUIRE(node);
  REQUIRE(node->type == Node::Type::real);
  return node->real;
}

}  // namespace

TEST_CASE("real numbers are written so that they read back to the same bits") {
  using Limits = std::numeric_limits<double>;
  std::vector<double> values{0.0,
                             -0.0,
                             1,
                             -4,
                             0.1,
                             6.975,
                             1.0 / 3,
                             1e20,
                             1e22,
                             1e-7,
                             123456789.0,
                             5e300,
                             Limits::max(),
                             Limits::min(),
                             Limits::epsilon(),
                             Limits::denorm_min(),
                             Limits::infinity(),
                             -Limits::infinity()};
  std::mt19937_64 bits(1);
  while (values.size() < 3000) {
    const double value = std::bit_cast<double>(bits());
    if (std::isfinite(value)) values.push_back(value);
  }
  int wrong = 0;
  for (const double value : values)
    wrong += std::bit_cast<std::uint64_t>(read_back(value)) != std::bit_cast<std::uint64_t>(value);
  CHECK(wrong == 0);
  CHECK(std::isnan(read_back(std::nan(""))));
  CHECK(to_literal(1.0) == "1.0");
  CHECK(to_literal(6.975) == "6.975");
}

TEST_CASE("strings read back, whatever they hold") {
  for (const std::string text :
       {"", "plain", "a \"quote\" and a \\", "line\nbreak\ttab\r", "\x01\x7f", "gr\xc3\xbc\xc3\x9f"}) {
    const auto node = parse_toml_value(to_literal(text), "test");
    REQUIRE(node);
    CHECK(node->text == text);
  }
}
