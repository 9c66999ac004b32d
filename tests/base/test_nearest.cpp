// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include "base/nearest.h"
#include "support/catch.h"

TEST_CASE("edit distances are those of the literature") {
  CHECK(floe::edit_distance("kitten", "sitting") == 3);
  CHECK(floe::edit_distance("", "abc") == 3);
  CHECK(floe::edit_distance("abc", "") == 3);
  CHECK(floe::edit_distance("nodes", "nodes") == 0);
  CHECK(floe::edit_distance("ndoes", "nodes") == 1);  // a swap of neighbours is one edit
}

TEST_CASE("the nearest choice is offered only when it is near") {
  const std::vector<std::string> choices{"nodes", "samples", "sizes", "method"};
  CHECK(floe::nearest("noodes", choices) == "nodes");
  CHECK(floe::nearest("sample", choices) == "samples");
  CHECK(floe::nearest("temperature", choices).empty());
  CHECK(floe::nearest("x", choices).empty());
  CHECK(floe::nearest("nodes", std::vector<std::string>{}).empty());
}

TEST_CASE("a suggestion names the nearest choice, or all of them") {
  const std::vector<std::string> choices{"hmc", "wolff"};
  CHECK(floe::suggestion("wolf", choices) == "did you mean 'wolff'?");
  CHECK(floe::suggestion("heat_bath", choices) == "choose one of hmc, wolff");
}
