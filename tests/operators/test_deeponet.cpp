// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/error.h"
#include "model_checks.h"

using namespace floe;
using namespace floe::operators;
using floe::test::make;
using floe::test::numbers;
using floe::test::relative_difference;

namespace {

const std::string plain = "features = 4\ntrunk_hidden = [5]\nbranch.hidden = [6]\n";
DataShape sensors(std::int64_t count, std::int64_t dimension, std::int64_t out = 1, std::int64_t parameters = 0) {
  return {.grid = {count}, .field_channels = 1, .parameters = parameters, .dimension = dimension, .out_channels = out};
}

train::Inputs three_samples(const torch::Tensor& queries) {
  return {.fields = numbers("fields", {3, 1, 7}), .queries = queries};
}

}  // namespace

TEST_CASE("DeepONets have the published numbers of parameters") {
  CHECK(make("deeponet", "", sensors(100, 1))->parameter_count() ==
        100 * 40 + 40 + 40 * 40 + 40 + 2 * 40 + 40 * 40 + 40 + 1);
  // MT-DeepONet for three reaction terms: 4 coefficients and 64 sensors.
  const std::string fisher =
      "features = 300\nbias = false\ntrunk_hidden = [128, 128, 128]\ntrunk_activation = \"leaky_relu\"\n"
      "trunk_last_activation = \"identity\"\n[branch]\nhidden = [128, 128]\nactivation = \"leaky_relu\"\nnorm = "
      "\"layer\"";
  CHECK(make("deeponet", fisher, sensors(64, 2, 1, 4))->parameter_count() == 136664);
  // MT-DeepONet for Darcy flow on masked domains.
  const std::string darcy =
      "features = 150\nbias = false\ntrunk_hidden = [64, 128, 128, 128]\ntrunk_activation = \"leaky_relu\"\n"
      "trunk_last_activation = \"identity\"\ncoordinates = \"symmetric\"\nmask_channel = 1\n[branch]\nkind = \"cnn\"\n"
      "filters = [16, 32, 64, 64]\nkernel = 5\nstride = 1\nsame_padding = true\npooling = 2\nhidden = [128, 128]\n"
      "activation = \"tanh\"\ndropout = 0.1";
  CHECK(make("deeponet", darcy, {.grid = {100, 100}, .field_channels = 2})->parameter_count() == 559164);
  // MT-DeepONet for the plate, whose branch sees two numbers, on any grid.
  const std::string plate =
      "features = 200\nbias = false\ntrunk_hidden = [32, 64, 64, 64, 128, 128, 128, 128, 128]\n"
      "trunk_activation = \"swish\"\ntrunk_last_activation = \"identity\"\ntrunk_norm = \"batch\"\n"
      "trunk_residual = true\ninitialisation = \"small_normal\"\ncoordinates = \"symmetric\"\nmask_channel = 0\n"
      "[branch]\nfields = false\nhidden = [32, 64, 128, 128]\nactivation = \"swish\"\nlast_activation = \"selu\"\n"
      "norm = \"batch\"\ndropout = 0.1\ndropout_layers = 2";
  auto model = make("deeponet", plate, {.grid = {4, 8, 8}, .field_channels = 1, .parameters = 2});
  CHECK(model->parameter_count() == 238448);
  CHECK((*model)({.fields = torch::ones({2, 1, 5, 6, 7}), .parameters = torch::randn({2, 2})}).sizes() ==
        torch::IntArrayRef({2, 1, 5, 6, 7}));
}

TEST_CASE("a DeepONet answers alike at positions of all samples, of each, and at one per sample") {
  auto model = make("deeponet", plain, sensors(7, 2, 2));
  test::fill(*model);
  const torch::Tensor shared = numbers("queries", {5, 2});
  CHECK(relative_difference((*model)(three_samples(shared)), (*model)(three_samples(shared.expand({3, 5, 2})))) <
        1e-13);
  const torch::Tensor pairs = numbers("pairs", {3, 1, 2});
  CHECK(relative_difference((*model)(three_samples(pairs))[1][0], (*model)(three_samples(pairs.select(0, 1)))[1][0]) <
        1e-13);
}

TEST_CASE("outside the mask neither the answer nor any gradient depends on the target") {
  const torch::Tensor mask = (numbers("mask", {2, 1, 8, 6}) > 0).to(torch::kFloat64);
  const torch::Tensor image = torch::cat({numbers("image", {2, 1, 8, 6}), mask}, 1);
  auto model = make("deeponet", plain + "mask_channel = 1", {.grid = {8, 6}, .field_channels = 2});
  test::fill(*model);
  CHECK(((*model)(image) * (1 - mask)).abs().max().item<double>() == 0);
  const auto gradient = [&](double outside) {
    const torch::Tensor target = numbers("target", {2, 1, 8, 6}) * mask + outside * (1 - mask);
    const torch::Tensor parameter = model->named_parameters()["trunk.linear0.weight"];
    return torch::autograd::grad({((*model)(image)-target).pow(2).sum()}, {parameter})[0];
  };
  CHECK(torch::equal(gradient(0), gradient(5)));
}

TEST_CASE("without queries the answer lies on the grid of the fields, and queries there give the same") {
  auto model = make("deeponet", plain, {.grid = {4, 3}, .field_channels = 1});
  test::fill(*model);
  const torch::Tensor u = numbers("u", {2, 1, 4, 3});
  std::vector<double> positions;
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 3; ++j) positions.insert(positions.end(), {i / 3.0, j / 2.0});
  }
  const torch::Tensor queries = torch::tensor(positions, torch::kFloat64).reshape({12, 2});
  const torch::Tensor values = (*model)({.fields = u, .queries = queries});
  CHECK(relative_difference((*model)(u).flatten(2), values.transpose(1, 2)) < 1e-13);
  // Any other positions can be asked for; the input stays on its sensors.
  CHECK((*model)({.fields = u, .queries = numbers("q", {1000, 2})}).size(1) == 1000);
  CHECK_THROWS_WITH((*model)(torch::zeros({2, 1, 8, 6})), ContainsSubstring("(4, 3) only"));
}

TEST_CASE("POD-DeepONet finds the modes of its data and answers with them") {
  // Outputs c_0 + sum_k a_k sqrt(2) sin(k pi x) with variances that fall.
  const std::int64_t n = 33, samples = 50;
  const torch::Tensor x = (torch::arange(n, torch::kFloat64) + 0.5) / static_cast<double>(n);
  torch::Tensor u = torch::ones({samples, 1, n}, torch::kFloat64) * 3;
  for (int k = 1; k <= 3; ++k) {
    torch::Tensor a = numbers(fmt::format("a{}", k), {samples, 1, 1}) / (k * k);
    u += a * torch::sin(M_PI * k * x);
  }
  auto model =
      make("deeponet", "features = 3\ntrunk = \"pod\"\nbranch.hidden = [8]", {.grid = {n}, .field_channels = 1});
  model->to(torch::kFloat64);
  const train::Inputs inputs{.fields = numbers("f", {samples, 1, n})};
  CHECK_THROWS_WITH((*model)(inputs), ContainsSubstring("at 0 positions"));
  model->prepare(inputs, u);
  const torch::Tensor modes = model->named_buffers()["pod.modes"][0], mean = model->named_buffers()["pod.mean"][0];
  // Orthonormal up to the factor sqrt(n), and they hold all of the data.
  CHECK(relative_difference(modes.t().mm(modes) / static_cast<double>(n), torch::eye(3, torch::kFloat64)) < 1e-10);
  const torch::Tensor deviation = u.squeeze(1) - mean;
  CHECK(relative_difference(deviation.mm(modes).mm(modes.t()) / static_cast<double>(n), deviation) < 1e-10);
  // answer = mean + modes b / p
  test::fill(*model);
  const torch::Tensor once = (*model)(inputs).squeeze(1) - mean;
  const torch::Tensor b = once.mm(modes) * 3 / static_cast<double>(n);
  CHECK(relative_difference(b.mm(modes.t()) / 3, once) < 1e-10);
  test::check_gradients(*make("deeponet", plain + "branch.activation = \"tanh\"", sensors(7, 1)),
                        three_samples(numbers("q", {5, 1})));

  // Positions that are no grid: their number has to be given.
  auto points = make("deeponet", "features = 3\ntrunk = \"pod\"\npositions = 20", sensors(7, 2));
  points->prepare(three_samples(numbers("q", {20, 2})), numbers("y", {5, 20, 1}));
  points->to(torch::kFloat64);
  CHECK((*points)(three_samples(numbers("q", {20, 2}))).sizes() == torch::IntArrayRef({3, 20, 1}));
  CHECK_THROWS_WITH((*points)(three_samples(numbers("q", {21, 2}))), ContainsSubstring("20 positions and 21"));
  CHECK_THROWS_AS(points->prepare(three_samples(numbers("q", {20, 2})), numbers("y", {2, 20, 1})), DataError);
}

TEST_CASE("options and data that do not suit a DeepONet are refused") {
  CHECK_THROWS_WITH(make("deeponet", "", {.dimension = 2}), ContainsSubstring("needs fields or numbers"));
  CHECK_THROWS_WITH(make("deeponet", "branch.fields = false", sensors(5, 1)),
                    ContainsSubstring("nothing to see") && ContainsSubstring("0 numbers per sample"));
  CHECK_THROWS_WITH(make("deeponet", "branch.fields = false\nbranch.kind = \"cnn\"", sensors(5, 1, 1, 2)),
                    ContainsSubstring("nothing to convolve"));
  CHECK_THROWS_WITH(make("deeponet", "mask_channel = 1", sensors(5, 1)),
                    ContainsSubstring("channel 1 cannot be the mask"));
  CHECK_THROWS_WITH(make("deeponet", "trunk = \"pod\"\noutputs = \"split_trunk\"", sensors(5, 1)),
                    ContainsSubstring("split_both"));
  CHECK_THROWS_WITH(make("deeponet", "trunk = \"pod\"", sensors(5, 2)),
                    ContainsSubstring("40 modes") && ContainsSubstring("0 positions"));
  CHECK_THROWS_WITH(make("deeponet", "branch.kind = \"cnn\"", sensors(5, 1)), ContainsSubstring("fields with 1 axes"));
  CHECK_THROWS_WITH(make("deeponet", "branch.kind = \"cnn\"", {.grid = {9, 9}, .field_channels = 1}),
                    ContainsSubstring("9x9") && ContainsSubstring("convolution 2"));
  CHECK_THROWS_WITH(make("deeponet", "[branch]\nkind = \"cnn\"\nkernel = 4\nsame_padding = true",
                         {.grid = {9, 9}, .field_channels = 1}),
                    ContainsSubstring("odd kernel"));
}
