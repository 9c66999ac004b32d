// SPDX-License-Identifier: MIT
#include <bit>

#include "config/read.h"
#include "example_options.h"
#include "support/catch.h"

using namespace floe::config;

namespace {

example::Options unusual_options() {
  example::Options options;
  options.task = "flow";
  options.base.mass_squared = 0.1 + 0.2;
  options.train.tolerance = 1.0 / 3;
  options.train.scales = {1e-300, 0.1, 2.0 / 7};
  options.train.seed = 1234567890123456789ULL;
  options.train.names = {};
  options.train.batch = 12;
  return options;
}

}  // namespace

TEST_CASE("a configuration that is written and read again is the same bit for bit") {
  for (const Comments comments : {Comments::none, Comments::help}) {
    example::Options original = unusual_options();
    const BindFunction bind_original = [&](Section& section) { bind(section, original); };
    const std::string text = to_toml(read(Document(), bind_original), comments);
    CAPTURE(text);

    example::Options copy;
    const Declaration declared = read(Document::from_text(text, "written.toml"), copy);
    CHECK(to_toml(declared, comments) == text);
    CHECK(std::bit_cast<std::uint64_t>(*copy.base.mass_squared) ==
          std::bit_cast<std::uint64_t>(*original.base.mass_squared));
    CHECK(copy.train.tolerance == original.train.tolerance);
    CHECK(copy.train.scales == original.train.scales);
    CHECK(copy.train.seed == original.train.seed);
    CHECK(copy.train.label == original.train.label);
    CHECK(copy.train.names == original.train.names);
    CHECK(copy.train.sizes == original.train.sizes);
    CHECK(copy.train.size == original.train.size);
    CHECK(copy.train.batch == original.train.batch);
  }
}

TEST_CASE("the dump of the defaults explains every key and holds only those of the chosen kind") {
  example::Options options;
  const std::string text =
      to_toml(read(Document(), BindFunction([&](Section& section) { bind(section, options); })), Comments::help);
  CHECK_THAT(text, ContainsSubstring("# time nodes of the coefficients (integer, at least 2)\nnodes = 20\n"));
  CHECK_THAT(text, ContainsSubstring("# the density at t = 0\n[base]\n"));
  CHECK_THAT(text, ContainsSubstring(
                       "# squared mass of the free field (number or \"auto\", positive)\nmass_squared = \"auto\"\n"));
  CHECK_THAT(text, !ContainsSubstring("width"));
}

TEST_CASE("the reference page holds every key of every kind with its condition") {
  example::Options options;
  const std::string page = to_markdown(declare_all([&](Section& section) { bind(section, options); }));
  CHECK_THAT(page,
             ContainsSubstring(
                 "| `base.width` | number | `1.0` | positive | `base.kind = \"gaussian\"` | standard deviation |"));
  CHECK_THAT(page, ContainsSubstring("| `task` | string | required |"));
  CHECK_THAT(page, ContainsSubstring("| `train.sizes` | list of lattice sizes |"));
}
