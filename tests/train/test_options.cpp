// SPDX-License-Identifier: MIT
#include "support/catch.h"

#include <string>

#include "base/error.h"
#include "config/read.h"
#include "train/trainer.h"

using namespace floe::train;
using floe::ConfigError;
using floe::config::Document;

namespace {

TrainOptions read(const std::string& text) {
  TrainOptions options;
  floe::config::read(Document::from_text(text, "test.toml"), options);
  return options;
}

}  // namespace

TEST_CASE("groups of parameters are tables that are named at will") {
  const TrainOptions options = read(R"(method = "adam"
learning_rate = 0.01
[groups.ssm]
parameters = ["layer0.kernel", "*.log_step"]
learning_rate = 1e-3
weight_decay = 0
[groups."node positions"]
parameters = ["nodes"]
)");
  CHECK(options.optimiser.kind == OptimiserKind::adam);
  REQUIRE(options.optimiser.groups.size() == 2);
  const auto& ssm = options.optimiser.groups[options.optimiser.groups[0].name == "ssm" ? 0 : 1];
  const auto& nodes = options.optimiser.groups[options.optimiser.groups[0].name == "ssm" ? 1 : 0];
  CHECK(ssm.parameters == std::vector<std::string>{"layer0.kernel", "*.log_step"});
  CHECK(ssm.learning_rate == 1e-3);
  CHECK(ssm.weight_decay == 0.0);
  CHECK(nodes.name == "node positions");
  CHECK_FALSE(nodes.learning_rate.has_value());
  CHECK_THROWS_AS(read("[groups.ssm]\nrate = 1\n"), ConfigError);
}

TEST_CASE("keys of training that do not go together are refused") {
  CHECK_THROWS_WITH(read("method = \"lbfgs\"\nclip = 1.0\n"), ContainsSubstring("clip"));
  CHECK_THROWS_WITH(read("method = \"lbfgs\"\n[groups.a]\nparameters = [\"x\"]\n"), ContainsSubstring("groups"));
  CHECK(read("method = \"lbfgs\"\nhistory = 5\n").optimiser.lbfgs.history == 5);
  CHECK_THROWS_WITH(read("schedule = \"piecewise\"\nboundaries = [1, 2]\nrates = [0.5]\n"),
                    ContainsSubstring("2 and train.rates 1"));
  CHECK(read("schedule = \"piecewise\"\nboundaries = [1, 2]\nrates = [0.5, 0.1]\n").schedule.rates.size() == 2);
  CHECK_THROWS_WITH(read("mixed_precision = \"float16\"\n"), ContainsSubstring("cuda"));
}
