// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstddef>

#include "base/error.h"
#include "problem_sample.h"
#include "support/catch.h"

using namespace floe;

TEST_CASE("adding: one marker in each part, and the sum of the marked values after it") {
  const auto problem = pde::testing::problem_from("adding", "length = 50\nmarkers = 3\n");
  double largest = 0, smallest = 1;
  const auto generator = problem->make_generator(1);
  pde::Sample sample(problem->description());
  for (std::uint64_t index = 0; index < 40; ++index) {
    generator->make(index, sample);  // into arrays that hold the sample before
    const auto value = sample["inputs/value"];
    const auto marker = sample["inputs/marker"];
    const auto sum = sample["outputs/sum"];
    int counts[3] = {0, 0, 0};
    for (std::size_t t = 0; t < 50; ++t) {
      largest = std::max(largest, value[t]);
      smallest = std::min(smallest, value[t]);
      if (marker[t] != 0) {
        CHECK(marker[t] == 1);
        ++counts[t < 16 ? 0 : t < 33 ? 1 : 2];
      }
      double expected = 0;
      for (std::size_t s = 0; s <= t; ++s) expected += marker[s] == 1 ? value[s] : 0;
      CHECK(sum[t] == Approx(expected).epsilon(1e-14));
    }
    for (const int count : counts) CHECK(count == 1);
  }
  // 2000 uniform values: beyond these bounds with probability 2e-9 each.
  CHECK(largest > 0.99);
  CHECK(largest < 1);
  CHECK(smallest < 0.01);
  CHECK(smallest >= 0);
}

TEST_CASE("adding: more markers than steps are refused") {
  CHECK_THROWS_WITH(pde::testing::problem_from("adding", "length = 4\nmarkers = 5\n"),
                    ContainsSubstring("markers = 5 of length = 4"));
}
