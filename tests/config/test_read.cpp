// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "config/read.h"
#include "example_options.h"
#include "support/catch.h"

using floe::ConfigError;
using floe::config::Document;

namespace {

example::Options parse(const std::string& text, const std::vector<std::string>& overrides = {}, bool quick = false) {
  Document document = Document::from_text(text, "a.toml");
  if (quick) document.apply_quick();
  for (const std::string& assignment : overrides) document.apply_override(assignment);
  example::Options options;
  floe::config::read(document, options);
  return options;
}

std::string message(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    parse(text, overrides);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("values of every type are read, and integers serve as numbers") {
  const example::Options options = parse(R"(
task = "flow"
[base]
mass_squared = 2          # an integer for a number
[train]
nodes = 30
shuffle = false
samples = 100_000
tolerance = 1e-6
label = 'plain'
scales = [0, 0.5, 1]
sizes = [8, "12x12", [4, 6], "64^1"]
size = "4x4x16"
batch = "auto"
)");
  CHECK(options.task == "flow");
  CHECK(options.base.mass_squared == 2.0);
  CHECK(options.train.nodes == 30);
  CHECK_FALSE(options.train.shuffle);
  CHECK(options.train.samples == 100000);
  CHECK(options.train.tolerance == 1e-6);
  CHECK(options.train.label == "plain");
  CHECK(options.train.scales == std::vector<double>{0, 0.5, 1});
  CHECK(options.train.sizes == std::vector<std::vector<int>>{{8, 8}, {12, 12}, {4, 6}, {64}});
  CHECK(options.train.size == std::vector<int>{4, 4, 16});
  CHECK_FALSE(options.train.batch.has_value());
}

TEST_CASE("overrides and [quick] replace values of the file") {
  const std::string text = "task = 'flow'\ntrain.nodes = 30\n[quick]\ntrain.nodes = 4\ntrain.samples = 10\n";
  CHECK(parse(text).train.nodes == 30);
  CHECK(parse(text).train.samples == 1 << 14);
  CHECK(parse(text, {}, true).train.nodes == 4);
  CHECK(parse(text, {}, true).train.samples == 10);
  CHECK(parse(text, {"train.nodes=7"}, true).train.nodes == 7);
  CHECK(parse(text, {"train.sizes=[8x8, 16]"}).train.sizes == std::vector<std::vector<int>>{{8, 8}, {16, 16}});
  CHECK(parse(text, {"train.sizes=8x8"}).train.sizes == std::vector<std::vector<int>>{{8, 8}});
  CHECK(parse(text, {"train.label=two words"}).train.label == "two words");
  CHECK(parse(text, {"train.label=\"2\""}).train.label == "2");
  CHECK(parse(text, {"base.kind=gaussian", "base.width=3"}).base.width == 3);
}

TEST_CASE("unknown keys name the nearest one, the file and the line") {
  CHECK(message("task = 'flow'\n\n[train]\nnoodes = 3\n") ==
        "a.toml:4: unknown key 'train.noodes' (there is none of this name in [train]); did you mean 'nodes'?");
  CHECK(message("task = 'flow'\n[trian]\nnodes = 3\n") ==
        "a.toml:2: unknown table 'trian' (there is none of this name at the top level); did you mean "
        "'train'?");
  CHECK(message("task = 'flow'\nnodes = 3\n") ==
        "a.toml:2: unknown key 'nodes' (there is none of this name at the top level); did you mean "
        "'train.nodes'?");
  CHECK(message("task = 'flow'", {"train.noodes=3"}) ==
        "command line: unknown key 'train.noodes' (there is none of this name in [train]); did you mean 'nodes'?");
  CHECK_THAT(message("tsak = 'flow'\n"), ContainsSubstring("did you mean 'task'?"));
  CHECK_THAT(message("task = 'flow'\n[quick]\ntrain.noodes = 1\n"),
             ContainsSubstring("a.toml:3: unknown key 'train.noodes'"));
}

TEST_CASE("keys of another kind are unused, and the message says why") {
  CHECK(message("task = 'flow'\n[base]\nkind = 'gaussian'\nmass_squared = 1\n") ==
        "a.toml:4: base.mass_squared is not used (it belongs to base.kind = \"free_field\"); remove it");
  CHECK(parse("task = 'flow'\n[quick]\nbase.kind = 'gaussian'\nbase.width = 2\n").base.width == 1);
}

TEST_CASE("values that do not fit are refused with the place, the reason and the value") {
  const std::string head = "task = 'flow'\n[train]\n";
  CHECK(message(head + "nodes = 1") ==
        "a.toml:3: train.nodes = 1 cannot be used (it must be at least 2); change the value");
  CHECK(message(head + "nodes = 'many'") ==
        "a.toml:3: train.nodes = \"many\" is a string (it must be an integer); change the value");
  CHECK(message(head + "nodes = 2.5") ==
        "a.toml:3: train.nodes = 2.5 is a number (it must be an integer); change the value");
  CHECK_THAT(message(head + "nodes = 3000000000"), ContainsSubstring("between -2147483648 and 2147483647"));
  CHECK_THAT(message(head + "tolerance = nan"), ContainsSubstring("it must be a finite number"));
  CHECK_THAT(message(head + "tolerance = inf"), ContainsSubstring("it must be a finite number"));
  CHECK_THAT(message(head + "scales = [0, -1]"),
             ContainsSubstring("train.scales[1] = -1 cannot be used (it must be at least 0)"));
  CHECK_THAT(message(head + "sizes = ['8x-8']"), ContainsSubstring("sizes must be positive"));
  CHECK_THAT(message(head + "sizes = [-8]"), ContainsSubstring("sizes must be positive"));
  CHECK_THAT(message(head + "sizes = []"), ContainsSubstring("it must not be empty"));
  CHECK_THAT(message(head + "label = ''"), ContainsSubstring("it must not be empty"));
  CHECK_THAT(message(head + "batch = 'some'"), ContainsSubstring("it must be an integer or \"auto\""));
  CHECK_THAT(message(head + "shuffle = 1"), ContainsSubstring("it must be true or false"));
  CHECK_THAT(message(head + "label = 1979-05-27"), ContainsSubstring("is a date"));
  CHECK_THAT(message("task = 'flow'\ntrain = 3\n"), ContainsSubstring("train = 3 is an integer (it must be a table)"));
  CHECK(message("task = 'flow'\n[base]\nkind = 'gausian'\n") ==
        "a.toml:3: base.kind = \"gausian\" cannot be used (it must be one of free_field, gaussian); did you mean "
        "'gaussian'?");
  CHECK(message("[train]\nnodes = 3\n") == "a.toml: task is missing (it has no default); add it");
}

TEST_CASE("a misspelt key is reported before a required one that it was meant to be") {
  CHECK_THAT(message("[train]\nnodes = 1\nlable = 'x'\n"), ContainsSubstring("unknown key 'train.lable'"));
}
