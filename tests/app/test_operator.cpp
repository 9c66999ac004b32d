// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "checks.h"
#include "floe_command.h"
#include "io/checkpoint.h"
#include "io/csv.h"
#include "io/dataset.h"
#include "rounding.h"
#include "support/catch.h"

using namespace floe::test;
using nlohmann::json;

namespace {

/// A small FNO on Poisson's equation in one dimension, trained in a second.
const char* const small_operator = R"(task = "operator"
seed = 3
[data]
train = { generate = "poisson", dimension = 1, resolution = 33, count = 40 }
test = { generate = "poisson", dimension = 1, resolution = 33, count = 10, seed = 9 }
validation_samples = 8
[model]
kind = "fno"
n_modes = [8]
hidden_channels = 8
n_layers = 2
[train]
epochs = 30
batch_size = 8
learning_rate = 0.01
)";

json summary_of(const std::filesystem::path& run) {
  return json::parse(read_text(run / "summary.json"));
}

}  // namespace

TEST_CASE("an operator is trained, evaluated and applied") {
  const TemporaryDirectory directory;
  write_text(directory / "small.toml", small_operator);
  const CommandResult run = run_floe("run small.toml --run-dir out", directory.path());
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  const json summary = summary_of(directory / "out");
  CHECK(summary.at("status") == "complete");
  CHECK(summary.at("task") == "operator");
  const json result = summary.at("results").at(0);
  CHECK(result.at("model") == "fno");
  CHECK(result.at("resolution") == json::array({33}));
  CHECK(result.at("samples") == 10);
  CHECK(result.at("relative_l2") < 0.5);  // 0.24 and 0.31 for seeds 3 and 4; 1 is the zero function
  CHECK(result.at("train_seconds") > 0);
  const floe::io::CsvTable metrics = floe::io::read_csv(directory / "out/metrics.csv");
  REQUIRE(metrics.rows.size() == 30);
  CHECK(metrics.numbers("loss").back() < metrics.numbers("loss").front());

  // The same numbers come from evaluate and, sample by sample, from predict.
  const CommandResult evaluate = run_floe("evaluate out --data out/data/test.h5", directory.path());
  INFO(evaluate.err);
  REQUIRE(evaluate.exit_code == 0);
  const json evaluation = json::parse(read_text(directory / "out/evaluation.json"));
  CHECK(evaluation.at("results").at(0).at("relative_l2").get<double>() == result.at("relative_l2").get<double>());
  const CommandResult predict = run_floe("predict out --data out/data/test.h5 -o p.h5", directory.path());
  INFO(predict.err);
  REQUIRE(predict.exit_code == 0);
  const floe::io::DatasetReader predictions(directory / "p.h5");
  const floe::io::DatasetReader truth(directory / "out/data/test.h5");
  CHECK(predictions.samples() == 10);
  const std::string name = truth.description().outputs.at(0).name;
  const auto p = predictions.read<float>("outputs/" + name);
  const auto e = predictions.read<float>("outputs/" + name + "_error");
  const auto y = truth.read<float>("outputs/" + name);
  const auto errors = predictions.read<double>("parameters/relative_l2");
  double mean = 0;
  for (std::size_t s = 0; s < 10; ++s) {
    double difference = 0;
    double norm = 0;
    for (std::size_t i = s * 33; i < (s + 1) * 33; ++i) {
      CHECK(p[i] - y[i] == e[i]);
      difference += std::pow(double{e[i]}, 2);
      norm += std::pow(double{y[i]}, 2);
    }
    CHECK(errors[s] == Approx(std::sqrt(difference / norm)).epsilon(ratio_of_norms_rounding(33)));
    mean += errors[s] / 10;
  }
  // The same float32 errors, added up in float64: one rounding for each addition and each division by 10.
  CHECK(mean == Approx(result.at("relative_l2").get<double>()).epsilon(20 * double_rounding));

  // Another resolution: the model is a map of functions.
  REQUIRE(run_floe("data generate poisson dimension=1 resolution=65 count=5 seed=11 -o fine.h5", directory.path())
              .exit_code == 0);
  const CommandResult fine = run_floe("evaluate out --data fine.h5", directory.path());
  INFO(fine.err);
  REQUIRE(fine.exit_code == 0);
  CHECK(json::parse(read_text(directory / "out/evaluation.json")).at("results").at(0).at("resolution") ==
        json::array({65}));

  // Parameters are taken over, and frozen ones stay.
  const CommandResult transfer = run_floe(
      "run small.toml --run-dir next train.epochs=1 'transfer.load=\"out\"' 'transfer.freeze=[\"block\", \"lifting\"]'",
      directory.path());
  INFO(transfer.err);
  REQUIRE(transfer.exit_code == 0);
  const auto before = floe::io::load_checkpoint(directory / "out/checkpoints/operator.h5", "operator");
  const auto after = floe::io::load_checkpoint(directory / "next/checkpoints/operator.h5", "operator");
  CHECK(before.get<float>("model/block0.conv.weight") == after.get<float>("model/block0.conv.weight"));
  CHECK(before.get<float>("model/projection.last.weight") != after.get<float>("model/projection.last.weight"));
}

TEST_CASE("training of an operator that SIGINT stops exits with 2 and goes on to the very same parameters") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  write_text(directory / "a.toml", small_operator);
  const std::string work = "a.toml train.epochs=100 --threads 1 --log-level quiet --run-dir ";
  REQUIRE(run_floe("run " + work + "whole", where).exit_code == 0);
  // A shell starts background jobs with SIGINT ignored, unless job control is on.
  const CommandResult stopped = run_command(
      std::string("bash -mc \"'") + FLOE_COMMAND + "' run " + work +
          "parts & p=\\$!; until [ \\$(wc -l 2>/dev/null <parts/metrics.csv || echo 0) -gt 3 ]; do sleep 0.01; done; "
          "kill -INT \\$p; wait \\$p\"",
      where);
  CAPTURE(stopped.err);
  REQUIRE(stopped.exit_code == 2);
  CHECK(summary_of(directory / "parts").at("status") == "stopped");
  const auto midway = floe::io::load_checkpoint(directory / "parts/checkpoints/operator.h5", "operator");
  REQUIRE(run_floe("run parts --threads 1", where).exit_code == 0);
  const auto whole = floe::io::load_checkpoint(directory / "whole/checkpoints/operator.h5", "operator");
  const auto parts = floe::io::load_checkpoint(directory / "parts/checkpoints/operator.h5", "operator");
  REQUIRE(parts.tensors.size() == whole.tensors.size());
  for (const auto& [name, tensor] : whole.tensors) {
    if (!name.starts_with("model/") || tensor.type() != floe::io::ElementType::float32) continue;
    INFO(name);
    CHECK(parts.get<float>(name) == whole.get<float>(name));
  }
  CHECK(midway.get<float>("model/projection.last.weight") != whole.get<float>("model/projection.last.weight"));
  CHECK(summary_of(directory / "parts").at("results").at(0).at("relative_l2") ==
        summary_of(directory / "whole").at("results").at(0).at("relative_l2"));
  const auto losses = [&](const char* run) {
    return floe::io::read_csv(directory / run / "metrics.csv").numbers("loss");
  };
  CHECK(losses("parts") == losses("whole"));
}

TEST_CASE("data that a trained operator does not take are refused in one line") {
  const TemporaryDirectory directory;
  const auto& where = directory.path();
  write_text(directory / "a.toml", small_operator);
  REQUIRE(run_floe("run a.toml --run-dir out train.epochs=1 --log-level quiet", where).exit_code == 0);
  const floe::io::DatasetReader source(directory / "out/data/test.h5");
  const std::string in = "inputs/" + source.description().inputs.at(0).name;
  const std::string out = "outputs/" + source.description().outputs.at(0).name;
  const auto write = [&](const char* name, floe::io::DatasetDescription description, const std::vector<float>& inputs,
                         bool twice) {
    description.parameters.clear();
    std::vector<floe::io::Column> columns{{in, std::span(inputs)}};
    const std::vector<float> outputs = source.read<float>(out);
    columns.push_back({out, std::span(outputs)});
    if (twice) {
      description.inputs.push_back(description.inputs.at(0));
      description.inputs.back().name = "other";
      columns.push_back({"inputs/other", std::span(inputs)});
    }
    floe::io::DatasetWriter writer(directory / name, description);
    writer.append(source.samples(), columns);
    writer.finalise();
  };
  std::vector<float> values = source.read<float>(in);
  write("two.h5", source.description(), values, true);
  values.at(3 * 33 + 5) = std::numeric_limits<float>::quiet_NaN();
  write("nan.h5", source.description(), values, false);
  const auto before = contents_of(where);
  for (const std::string command :
       {"evaluate out --log-level error --data ", "predict out --log-level error -o p.h5 --data "}) {
    INFO(command);
    check_refused(run_floe(command + "two.h5", where), 1, "two.h5 has 2 input fields (the model was trained with 1)");
    check_refused(run_floe(command + "nan.h5", where), 1, "sample 3");
    check_refused(run_floe(command + "missing.h5", where), 1, "missing.h5");
  }
  check_refused(run_floe("predict out --data nan.h5 -o nan.h5", where), 64, "is to be read and written");
  check_refused(run_floe("sample out --count 3 -o s.h5 --log-level error", where), 64, "use floe predict");
  CHECK_FALSE(std::filesystem::exists(directory / "p.h5"));

  std::string bad = small_operator;
  bad.replace(bad.find("train = {"), bad.find('}') + 1 - bad.find("train = {"), "train = \"nan.h5\"");
  write_text(directory / "bad.toml", bad);
  check_refused(run_floe("run bad.toml --run-dir bad --log-level error", where), 1, "sample 3");
  check_refused(
      run_floe("run a.toml --run-dir other --log-level error 'transfer.load=\"out\"' model.hidden_channels=6", where),
      1, "it is the checkpoint of another model");
}

TEST_CASE("models are listed and described") {
  const TemporaryDirectory directory;
  const CommandResult list = run_floe("list models", directory.path());
  CHECK(list.exit_code == 0);
  CHECK_THAT(list.out, ContainsSubstring("fno") && ContainsSubstring("mgno"));
  const CommandResult model = run_floe("describe fno", directory.path());
  CHECK(model.exit_code == 0);
  CHECK_THAT(model.out, ContainsSubstring("model.n_modes") && ContainsSubstring("domain_padding"));
}

TEST_CASE("what an operator run cannot use is refused in one line") {
  const TemporaryDirectory directory;
  write_text(directory / "small.toml", small_operator);
  const auto refused = [&](const std::string& overrides, const std::string& text) {
    check_refused(run_floe("run small.toml --run-dir bad " + overrides, directory.path()), 64, text);
  };
  refused("model.modes=3", "model.modes");
  refused("'model.kind=\"mgnoo\"'", "mgno");
  refused("data.test.seed=1", "data.test.seed = 1");
  refused("train.patience=2 data.validation_samples=0", "train.patience");
  refused("'train.symmetry=\"reflections\"' 'data.normalise_inputs=\"per_point\"'", "train.symmetry");
  check_refused(run_floe("predict nowhere --data x.h5 -o y.h5", directory.path()), 64, "nowhere");

  // What only the data tell comes after the first lines of the log.
  const auto fails = [&](const std::string& overrides, const std::string& text) {
    const CommandResult result =
        run_floe("run small.toml --run-dir bad" + std::to_string(std::hash<std::string>()(text)) +
                     " --log-level error " + overrides,
                 directory.path());
    check_refused(result, 64, text);
  };
  fails("model.n_modes=[40]", "n_modes = 40");
  fails("data.validation_samples=60", "40 samples");
  fails("'transfer.freeze=[\"blok\"]'", "blok");
}
