// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "model_checks.h"
#include "operators/mgno/v_cycle.h"

using namespace floe;
using namespace floe::operators;
using floe::test::make;
using floe::test::numbers;
using floe::test::relative_difference;

namespace {

const std::string small = "layers = 2\nchannels = 3\nsmoothing = [1, 1, 2]\n";
const std::string periodic =
    "layers = 2\nchannels = 2\nsmoothing = [1, 0, 1]\npost_smoothing = [1, 1, 0]\nboundary = \"periodic\"\n"
    "wrap_prolongation = true\nresidual_restriction = true\nbias = true\nlevel_norm = \"group\"\npointwise = false\n"
    "head_bias = true\nglobal_residual = true\n";

DataShape plate(std::int64_t n1, std::int64_t n2, std::int64_t channels = 2, std::int64_t out = 1) {
  return {.grid = {n1, n2}, .field_channels = channels, .out_channels = out};
}

}  // namespace

TEST_CASE("MgNO has the published numbers of parameters") {
  const auto count = [](const std::string& keys, std::int64_t n) {
    return make("mgno", keys, plate(n, n, 1))->parameter_count();
  };
  CHECK(count("", 256) == 572661);            // rough and multiscale Darcy
  CHECK(count("layers = 5", 211) == 678093);  // smooth Darcy: 211, 106, 53, 27, 14, 7
  CHECK(count("layers = 2\nchannels = 16\nsmoothing = [1, 1, 1, 2]", 64) == 67691);
  CHECK(count("layers = 3\nchannels = 16\nsmoothing = [1, 1, 1, 1, 2]", 64) == 148132);
  CHECK(count("layers = 5\nchannels = 32\nsmoothing = [1, 1, 1, 2, 2]\nboundary = \"periodic\"\nbias = true\n"
              "level_norm = \"layer\"\npointwise = false\nglobal_residual = true",
              64) == 2885194);  // Navier-Stokes
}

TEST_CASE("MgNO runs on other grids than that it was made for") {
  auto even = make("mgno", small, plate(16, 16));
  auto normed = make("mgno", small + "level_norm = \"layer\"\nlayer_norm = \"layer\"", plate(16, 16));
  for (const std::int64_t n : {5, 6, 7, 29, 32, 85}) {
    for (auto& model : {even, normed}) {
      const torch::Tensor out = (*model)(torch::randn({1, 2, n, n + 1}));
      CHECK(out.sizes() == torch::IntArrayRef({1, 1, n, n + 1}));
      CHECK(out.isfinite().all().item<bool>());
    }
  }
}

TEST_CASE("a V-cycle is linear and the first smoothing reaches one point far") {
  torch::manual_seed(1);
  VCycle cycle({.in = 1,
                .out = 1,
                .pre = {1},
                .smoothing_padding = {EdgePadding::zeros},
                .restriction_padding = {EdgePadding::zeros},
                .grid = {9}});
  cycle.to(torch::kFloat64);
  torch::Tensor delta = torch::zeros({1, 1, 9}, torch::kFloat64);
  delta[0][0][4] = 1;
  const torch::Tensor answer = cycle.forward(delta);
  CHECK(answer.count_nonzero().item<std::int64_t>() == 3);
  VCycle deep({.in = 2,
               .out = 3,
               .pre = {1, 2, 1},
               .post = {1, 1, 0},
               .smoothing_padding = {EdgePadding::reflect, EdgePadding::zeros},
               .restriction_padding = {EdgePadding::reflect, EdgePadding::zeros},
               .odd = {{true, false}, {false, false}},
               .grid = {9, 8},
               .residual_restriction = true});
  deep.to(torch::kFloat64);
  const torch::Tensor a = numbers("a", {2, 2, 9, 8}), b = numbers("b", {2, 2, 9, 8});
  CHECK(relative_difference(deep.forward(2 * a - 3 * b), 2 * deep.forward(a) - 3 * deep.forward(b)) < 1e-13);
}

TEST_CASE("with prolongation across the edges periodic MgNO commutes with shifts by coarse cells") {
  auto model = make("mgno", periodic, plate(16, 8, 1));
  test::fill(*model);
  const torch::Tensor u = numbers("u", {1, 1, 16, 8});
  CHECK(relative_difference((*model)(u.roll({4, -4}, {2, 3})), (*model)(u).roll({4, -4}, {2, 3})) < 1e-12);
  CHECK(relative_difference((*model)(u.roll({1}, {2})), (*model)(u).roll({1}, {2})) > 1e-3);
}

TEST_CASE("the boundary follows the data by axis") {
  DataShape mixed = plate(9, 8, 1);
  mixed.boundary_conditions = {"neumann", "periodic"};
  auto model = make("mgno", small, mixed);
  test::fill(*model);
  const torch::Tensor u = numbers("u", {1, 1, 9, 8});
  // Without prolongation across the edges a periodic axis still is not one with zeros.
  auto zeros = make("mgno", small + "boundary = \"dirichlet\"", mixed);
  test::fill(*zeros);
  CHECK(relative_difference((*model)(u), (*zeros)(u)) > 1e-3);
  // A field that is even about the first row: mirrored padding is that of the field continued.
  auto mirror = make("mgno", "layers = 1\nchannels = 2\nsmoothing = [2]\nboundary = \"neumann\"",
                     {.grid = {9}, .field_channels = 1});
  auto wide = make("mgno", "layers = 1\nchannels = 2\nsmoothing = [2]\nboundary = \"periodic\"",
                   {.grid = {16}, .field_channels = 1});
  test::fill(*mirror);
  test::fill(*wide);
  {
    // Kernels that are even themselves.
    const torch::NoGradGuard no_gradients;
    for (auto& m : {mirror, wide}) {
      for (auto& p : m->parameters()) {
        if (p.dim() == 3) p.copy_((p + p.flip({2})) / 2);
      }
    }
  }
  const torch::Tensor half = numbers("half", {1, 1, 9});
  const torch::Tensor whole = torch::cat({half, half.narrow(2, 1, 7).flip({2})}, 2);
  CHECK(relative_difference((*mirror)(half), (*wide)(whole).narrow(2, 0, 9)) < 1e-12);
}

TEST_CASE("options and grids that do not suit MgNO are refused") {
  CHECK_THROWS_WITH(make("mgno", "", plate(32, 64)), ContainsSubstring("32x64") && ContainsSubstring("33 points"));
  auto model = make("mgno", small, plate(8, 8));
  CHECK_THROWS_WITH((*model)(torch::zeros({1, 2, 8, 4})), ContainsSubstring("at least 5 points on axis 2"));
  CHECK_THROWS_WITH((*model)(torch::zeros({1, 1, 8, 8})),
                    ContainsSubstring("(1, 1, 8, 8)") && ContainsSubstring("(batch, 2, n1, n2)"));
  CHECK_THROWS_WITH(make("mgno", "smoothing = [0, 1]", plate(8, 8)), ContainsSubstring("smoothing begins with 0"));
  CHECK_THROWS_WITH(make("mgno", "smoothing = [1, 1]\npost_smoothing = [1]", plate(8, 8)),
                    ContainsSubstring("post_smoothing has 1 numbers"));
  CHECK_THROWS_WITH(make("mgno", "smoothing = [1, 1]\nglobal_residual = true", plate(8, 8)),
                    ContainsSubstring("global_residual"));
}
