// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "config/lattice_size.h"
#include "support/catch.h"

using namespace floe::config;

TEST_CASE("lattice sizes are read and written") {
  CHECK(parse_lattice_size("8x8") == std::vector<int>{8, 8});
  CHECK(parse_lattice_size("8") == std::vector<int>{8, 8});
  CHECK(parse_lattice_size("4x4x16") == std::vector<int>{4, 4, 16});
  CHECK(parse_lattice_size("8^3") == std::vector<int>{8, 8, 8});
  CHECK(parse_lattice_size("64^1") == std::vector<int>{64});
  CHECK(parse_lattice_sizes("8, 12x6,16^1") == std::vector<std::vector<int>>{{8, 8}, {12, 6}, {16}});
  for (const std::vector<int>& sizes : {std::vector<int>{5}, {8, 8}, {1, 2, 3}, {4, 4, 4, 8}}) {
    CHECK(parse_lattice_size(format_lattice_size(sizes)) == sizes);
  }
}

TEST_CASE("what is no lattice size is refused with the reason") {
  CHECK_THROWS_WITH(parse_lattice_size("-8x8"), ContainsSubstring("sizes must be positive"));
  CHECK_THROWS_WITH(parse_lattice_size("0"), ContainsSubstring("sizes must be positive"));
  CHECK_THROWS_WITH(parse_lattice_size("2x2x2x2x2"), ContainsSubstring("at most four dimensions"));
  CHECK_THROWS_WITH(parse_lattice_size("8^5"), ContainsSubstring("at most four dimensions"));
  CHECK_THROWS_WITH(parse_lattice_size("60000x60000"), ContainsSubstring("more than 2^31 sites"));
  CHECK_THROWS_WITH(parse_lattice_size("99999999999"), ContainsSubstring("too large"));
  for (const char* text : {"", "x", "8x", "8*8", "8.5", "eight", "8,8"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_lattice_size(text), floe::ConfigError);
  }
}
