// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "model_checks.h"
#include "operators/layers/grid_layers.h"

using namespace floe;
using namespace floe::operators;
using floe::test::make;
using floe::test::numbers;
using floe::test::relative_difference;

namespace {

const std::string small_mlp = "hidden = [5]";

}  // namespace

TEST_CASE("the U-Net runs on any grid that is large enough, and commutes with coarse shifts where all is periodic") {
  auto model =
      make("unet", "channels = 2\nlevels = 3\nboundary = \"periodic\"", {.grid = {16, 16}, .field_channels = 1});
  test::fill(*model);
  for (const std::int64_t n : {8, 9, 15, 31}) {
    CHECK((*model)(numbers("u", {1, 1, n, n + 1})).sizes() == torch::IntArrayRef({1, 1, n, n + 1}));
  }
  CHECK_THROWS_WITH((*model)(torch::zeros({1, 1, 8, 7})), ContainsSubstring("at least 8 points on axis 2"));
  CHECK_THROWS_WITH(make("unet", "", {.grid = {8, 20}, .field_channels = 1}),
                    ContainsSubstring("8x20") && ContainsSubstring("16 points"));
  // Interpolation holds its values at the edges, so that only the interior of a periodic field shifts exactly: without
  // coarser levels all of it does.
  auto flat = make("unet", "channels = 2\nlevels = 1\nboundary = \"periodic\"", {.grid = {8}, .field_channels = 1});
  test::fill(*flat);
  const torch::Tensor u = numbers("u", {1, 1, 8});
  CHECK(relative_difference((*flat)(u.roll({3}, {2})), (*flat)(u).roll({3}, {2})) < 1e-12);
}

TEST_CASE("a perceptron without hidden layers finds Green's function of a linear problem") {
  // u'' = -f at n inner points by second differences: the matrix is known.
  const std::int64_t n = 12;
  const double h = 1.0 / (n + 1);
  torch::Tensor laplace = torch::zeros({n, n}, torch::kFloat64);
  for (std::int64_t i = 0; i < n; ++i) {
    laplace[i][i] = 2 / (h * h);
    if (i > 0) laplace[i][i - 1] = laplace[i - 1][i] = -1 / (h * h);
  }
  const torch::Tensor green = torch::linalg_inv(laplace);
  auto model = make("mlp", "hidden = []\nbias = false", {.grid = {n}, .field_channels = 1});
  model->to(torch::kFloat64);
  CHECK(model->parameter_count() == n * n);
  const torch::Tensor f = numbers("f", {40, 1, n});
  const torch::Tensor u = f.matmul(green.t());
  // A least-squares problem: L-BFGS is done in a few steps.
  torch::optim::LBFGS optimiser(
      model->parameters(),
      torch::optim::LBFGSOptions(1).max_iter(200).tolerance_grad(1e-14).tolerance_change(1e-18).line_search_fn(
          "strong_wolfe"));
  optimiser.step([&] {
    optimiser.zero_grad();
    const torch::Tensor loss = ((*model)(f)-u).pow(2).sum();
    loss.backward();
    return loss;
  });
  CHECK(relative_difference(model->named_parameters()["weight"].detach(), green) < 1e-5);
}

TEST_CASE("options and data that do not suit the baselines are refused") {
  auto model = make("mlp", small_mlp, {.grid = {3, 2}, .field_channels = 2});
  CHECK_THROWS_WITH((*model)(torch::zeros({1, 2, 3, 3})), ContainsSubstring("(3, 2) only"));
  CHECK_THROWS_WITH(make("unet", "levels = 20", {.grid = {8}, .field_channels = 1}), ContainsSubstring("20 levels"));
  CHECK_THROWS_WITH(make("mlp", "", {.value_channels = 1, .dimension = 2}), ContainsSubstring("takes fields"));
}
