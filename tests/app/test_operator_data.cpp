// SPDX-License-Identifier: MIT
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>
#include <span>
#include <vector>

#include "checks.h"
#include "floe_command.h"
#include "io/checkpoint.h"
#include "io/dataset.h"
#include "rounding.h"
#include "support/catch.h"

using namespace floe::test;
using nlohmann::json;

namespace {

constexpr std::size_t times = 5, places = 7, sensors = 4;

/// u(t, y) = c_0 t + c_1 y where the mask of the sample is 1, and 1000 where it is 0; the function f is of no use.
void write_lines(const std::filesystem::path& path, std::size_t samples, unsigned seed) {
  floe::io::DatasetDescription description;
  description.title = "lines";
  description.axes = {
      {.name = "x", .values = {0, 1, 2, 3}},
      {.name = "term", .values = {0, 1}},
      {.name = "t", .values = {0, 1, 2, 3, 4}},
      {.name = "y", .values = {-6, -4, -2, 0, 2, 4, 6}},
  };
  description.inputs = {
      {.name = "f", .axes = {"x"}}, {.name = "c", .axes = {"term"}}, {.name = "mask", .axes = {"t", "y"}}};
  description.outputs = {{.name = "u", .axes = {"t", "y"}}};
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(0.5F, 1.5F);
  std::vector<float> f(samples * sensors), c(samples * 2), mask, u;
  for (float& value : f) value = uniform(generator);
  for (float& value : c) value = uniform(generator);
  for (std::size_t s = 0; s < samples; ++s) {
    for (std::size_t i = 0; i < times; ++i) {
      for (std::size_t j = 0; j < places; ++j) {
        mask.push_back(uniform(generator) < 1.2F ? 1.0F : 0.0F);
        const auto t = static_cast<float>(description.axes[2].values[i]);
        const auto y = static_cast<float>(description.axes[3].values[j]);
        u.push_back(mask.back() == 1 ? c[2 * s] * t + c[2 * s + 1] * y : 1000.0F);
      }
    }
  }
  floe::io::DatasetWriter writer(path, description);
  writer.append(samples, {{"inputs/f", std::span<const float>(f)},
                          {"inputs/c", std::span<const float>(c)},
                          {"inputs/mask", std::span<const float>(mask)},
                          {"outputs/u", std::span<const float>(u)}});
  writer.finalise();
}

const char* const lines = R"(task = "operator"
seed = 1
[data]
train = "train.h5"
test = "test.h5"
parameters = ["c"]
mask = "mask"
mask_input = false
normalise_positions = true
[model]
kind = "deeponet"
[train]
epochs = 150
batch_size = 10
learning_rate = 5e-3
schedule = "one_cycle"
)";

json result_of(const std::filesystem::path& run) {
  return json::parse(read_text(run / "summary.json")).at("results").at(0);
}

}  // namespace

TEST_CASE("outputs on axes of their own are answers at the coordinates, and what a mask leaves out counts nowhere") {
  const TemporaryDirectory directory;
  write_lines(directory / "train.h5", 100, 1);
  write_lines(directory / "test.h5", 20, 2);
  write_text(directory / "lines.toml", lines);
  const CommandResult run = run_floe("run lines.toml --run-dir out --threads 1", directory.path());
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  const json result = result_of(directory / "out");
  CHECK(result.at("resolution") == json::array({times, places}));
  // The map is bilinear. Coordinates in another order, coefficients of another sample or one value of 1000 would leave
  // an error near 1.
  CHECK(result.at("relative_l2") < 0.1);
  const auto state = floe::io::load_checkpoint(directory / "out/checkpoints/operator.h5", "operator");
  const auto mean = state.get<float>("normaliser/positions/mean");
  const auto deviation = state.get<float>("normaliser/positions/deviation");
  // Sums of small integers are exact.
  CHECK(mean.at(0) == 2);
  CHECK(mean.at(1) == 0);
  CHECK(deviation.at(0) == static_cast<float>(std::sqrt(2.0)));
  CHECK(deviation.at(1) == 4);
  CHECK(std::abs(state.get<float>("normaliser/outputs/mean").at(0)) < 10);

  const CommandResult predict = run_floe("predict out --data test.h5 -o p.h5", directory.path());
  INFO(predict.err);
  REQUIRE(predict.exit_code == 0);
  const floe::io::DatasetReader predictions(directory / "p.h5");
  const floe::io::DatasetReader truth(directory / "test.h5");
  for (const std::string path : {"inputs/f", "inputs/c", "inputs/mask"})
    CHECK(predictions.read<float>(path) == truth.read<float>(path));
  const auto p = predictions.read<float>("outputs/u"), y = truth.read<float>("outputs/u");
  const auto e = predictions.read<float>("outputs/u_error"), mask = truth.read<float>("inputs/mask");
  const auto errors = predictions.read<double>("parameters/relative_l2");
  for (std::size_t s = 0; s < 20; ++s) {
    double difference = 0, norm = 0;
    for (std::size_t i = s * times * places; i < (s + 1) * times * places; ++i) {
      CHECK(e[i] == p[i] - y[i]);
      difference += mask[i] * std::pow(double{p[i]} - double{y[i]}, 2);
      norm += mask[i] * std::pow(double{y[i]}, 2);
    }
    CHECK(errors[s] == Approx(std::sqrt(difference / norm)).epsilon(ratio_of_norms_rounding(times * places)));
  }

  const auto refused = [&](const std::string& overrides, int code, const std::string& text) {
    check_refused(run_floe("run lines.toml --log-level error --run-dir no " + overrides, directory.path()), code, text);
    std::filesystem::remove_all(directory / "no");
  };
  refused("'data.mask=\"nowhere\"'", 1, "no input 'nowhere'");
  refused("'data.inputs=[\"f\", \"mask\"]'", 1, "parameters/c");
  refused("'data.mask=\"\"' data.mask_loss=false", 64, "data.mask_loss");
  refused("data.mask_input=true", 1, "inputs/mask lies on the axes (t, y)");
}

TEST_CASE("a mask among the input fields keeps its zeros and ones") {
  const TemporaryDirectory directory;
  write_text(directory / "a.toml", R"(task = "operator"
[data]
train = { generate = "masked_darcy", domains = ["disk", "square"], resolution = 16, field.terms = 10, count = 8 }
test = { generate = "masked_darcy", domains = ["disk", "square"], resolution = 16, field.terms = 10, count = 4 }
mask = "mask"
[model]
kind = "deeponet"
mask_channel = 1
[train]
epochs = 1
)");
  const CommandResult run = run_floe("run a.toml --run-dir out", directory.path());
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  const auto state = floe::io::load_checkpoint(directory / "out/checkpoints/operator.h5", "operator");
  const auto mean = state.get<float>("normaliser/fields/mean");
  const auto deviation = state.get<float>("normaliser/fields/deviation");
  const floe::io::DatasetReader data(directory / "out/data/train.h5");
  double sum = 0, squares = 0;
  const auto k = data.read<float>("inputs/coefficient");
  for (const float value : k) {
    sum += value;
    squares += double{value} * value;
  }
  const auto n = static_cast<double>(k.size());
  REQUIRE(mean.size() == 2);
  // Moments are taken in float64 and rounded to float32 once; the sums of 2048 values here add less than 1e-10.
  CHECK(mean[0] == Approx(sum / n).epsilon(float_rounding + 1e-10));
  CHECK(deviation[0] == Approx(std::sqrt(squares / n - sum / n * (sum / n))).epsilon(float_rounding + 1e-10));
  CHECK(mean[1] == 0);
  CHECK(deviation[1] == 1);
}

TEST_CASE("functions with queries of their own, and designs without functions, are learnt by a DeepONet") {
  const TemporaryDirectory directory;
  write_text(directory / "antiderivative.toml", R"(task = "operator"
[data]
train = { generate = "antiderivative", points = 20, count = 100 }
test = { generate = "antiderivative", points = 20, count = 20 }
[model]
kind = "deeponet"
[train]
epochs = 60
batch_size = 10
learning_rate = 3e-3
)");
  const CommandResult run = run_floe("run antiderivative.toml --run-dir out", directory.path());
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  CHECK(result_of(directory / "out").at("relative_l2") < 0.5);  // 1 is the zero function

  write_text(directory / "plate.toml", R"(task = "operator"
[data]
train = { generate = "plate", designs = "training", resolution = [12, 12, 2], refinement = 3, count = 24 }
test = { generate = "plate", designs = "test", resolution = [12, 12, 2], refinement = 3, count = 40 }
parameters = ["num_holes", "hole_pos"]
mask = "mask"
mask_input = false
[model]
kind = "deeponet"
[train]
epochs = 30
learning_rate = 3e-3
)");
  const CommandResult plate = run_floe("run plate.toml --run-dir plate", directory.path());
  INFO(plate.err);
  REQUIRE(plate.exit_code == 0);
  CHECK(result_of(directory / "plate").at("samples") == 40);
  CHECK(result_of(directory / "plate").at("relative_l2") < 0.5);
}

TEST_CASE("one state of a trajectory is a field") {
  const TemporaryDirectory directory;
  write_text(directory / "a.toml", R"(task = "operator"
[data]
train = { generate = "burgers", resolution = 32, solver_resolution = 256, count = 8 }
test = { generate = "burgers", resolution = 32, solver_resolution = 256, count = 4 }
[model]
kind = "fno"
n_modes = [8]
hidden_channels = 4
[train]
epochs = 1
)");
  const CommandResult run = run_floe("run a.toml --run-dir out", directory.path());
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  CHECK(result_of(directory / "out").at("resolution") == json::array({32}));
}
