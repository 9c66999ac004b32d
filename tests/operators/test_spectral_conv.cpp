// SPDX-License-Identifier: MIT
#include "support/catch.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "operators/fno/spectral_conv.h"

using namespace floe::operators;
using torch::Tensor;

namespace {

constexpr auto f64 = torch::kDouble;

std::vector<std::int64_t> field_shape(std::int64_t batch, std::vector<std::int64_t> grid, std::int64_t channels) {
  grid.insert(grid.begin(), batch);
  grid.push_back(channels);
  return grid;
}

/// Both ways of computing, with the same weights.
std::pair<std::shared_ptr<SpectralConv>, std::shared_ptr<SpectralConv>> pair_of(SpectralConvOptions options) {
  options.method = SpectralMethod::matrices;
  auto matrices = std::make_shared<SpectralConv>(options);
  options.method = SpectralMethod::fft;
  auto fft = std::make_shared<SpectralConv>(options);
  matrices->to(f64);
  fft->to(f64);
  torch::NoGradGuard guard;
  const auto from = matrices->parameters();
  const auto to = fft->parameters();
  for (std::size_t i = 0; i < from.size(); ++i) to[i].copy_(from[i]);
  return {matrices, fft};
}

double distance(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

/// The largest difference between the derivative along a direction and a central difference of fourth order.
double derivative_error(const std::function<Tensor()>& loss, const Tensor& variable) {
  const Tensor direction = torch::randn_like(variable.detach());
  const Tensor gradient = torch::autograd::grad({loss()}, {variable})[0];
  torch::NoGradGuard guard;
  const Tensor start = variable.detach().clone();
  const auto at = [&](double step) {
    variable.copy_(start + step * direction);
    const double value = loss().item<double>();
    variable.copy_(start);
    return value;
  };
  const double h = 1e-3;
  const double difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
  const double exact = (gradient * direction).sum().item<double>();
  return std::abs(difference - exact) / (1 + std::abs(exact));
}

}  // namespace

TEST_CASE("products with matrices are the Fourier transform, on odd and even grids, with their gradients") {
  torch::manual_seed(1);
  struct Case {
    std::vector<std::int64_t> grid, n_modes, output_grid;
  };
  const auto c =
      GENERATE(Case{{11}, {5}, {}}, Case{{16}, {16}, {}}, Case{{12}, {6}, {20}}, Case{{12}, {12}, {7}},
               Case{{8, 7}, {6, 4}, {}}, Case{{7, 8}, {7, 8}, {}}, Case{{8, 6}, {20, 20}, {}},
               Case{{8, 6}, {5, 4}, {9, 12}}, Case{{4, 5, 6}, {3, 4, 6}, {}}, Case{{5, 4, 7}, {9, 9, 9}, {6, 6, 6}});
  const auto [matrices, fft] = pair_of({.in_channels = 3, .out_channels = 2, .n_modes = c.n_modes});
  const Tensor x = torch::randn(field_shape(2, c.grid, 3), f64).requires_grad_();
  const Tensor a = matrices->forward(x, c.output_grid);
  const Tensor b = fft->forward(x, c.output_grid);
  CHECK(a.sizes() == torch::IntArrayRef(field_shape(2, c.output_grid.empty() ? c.grid : c.output_grid, 2)));
  CHECK(distance(a, b) < 1e-13);
  const Tensor g = torch::randn_like(a);
  const auto inputs = [&](const auto& conv) {
    std::vector<Tensor> all = conv->parameters();
    all.push_back(x);
    return all;
  };
  const auto ga = torch::autograd::grad({a}, inputs(matrices), {g});
  const auto gb = torch::autograd::grad({b}, inputs(fft), {g});
  for (std::size_t i = 0; i < ga.size(); ++i) CHECK(distance(ga[i], gb[i]) < 1e-12);
}

TEST_CASE("the gradient of a spectral convolution agrees with differences, and so does the second one") {
  torch::manual_seed(2);
  SpectralConv conv({.in_channels = 2, .out_channels = 3, .n_modes = {4, 4}});
  conv.to(f64);
  const Tensor x = torch::randn({2, 6, 5, 2}, f64).requires_grad_();
  const auto loss = [&] { return conv.forward(x).pow(3).sum(); };
  for (const Tensor& p : conv.parameters()) CHECK(derivative_error(loss, p) < 1e-9);
  CHECK(derivative_error(loss, x) < 1e-9);
  const auto second = [&] {
    const torch::AutoGradMode mode(true);
    return torch::autograd::grad({loss()}, {x}, {}, true, true)[0].pow(2).sum();
  };
  for (const Tensor& p : conv.parameters()) CHECK(derivative_error(second, p) < 1e-8);
  CHECK(derivative_error(second, x) < 1e-8);
}

TEST_CASE("one mode goes in and its multiple comes out") {
  // x = cos(2 pi (2 i / n1 - j / n2)) has one coefficient 1/2 at (2, -1) and one at (-2, 1); R there is r e^{i phi}.
  SpectralConv conv({.in_channels = 1, .out_channels = 1, .n_modes = {6, 4}, .bias = false});
  conv.to(f64);
  const double r = 1.7;
  const double phi = 0.4;
  {
    torch::NoGradGuard guard;
    Tensor weight = conv.parameters()[0];
    weight.zero_();
    const std::int64_t mode = (-2 + 3) * 3 + 1;
    weight.index_put_({mode, 0, 0, 0}, r * std::cos(phi));
    weight.index_put_({mode, 0, 1, 0}, r * std::sin(phi));
  }
  for (const auto& [n1, n2] : {std::pair(8, 9), std::pair(13, 12), std::pair(32, 32)}) {
    Tensor x = torch::empty({1, n1, n2, 1}, f64);
    Tensor y = torch::empty({1, n1, n2, 1}, f64);
    for (int i = 0; i < n1; ++i) {
      for (int j = 0; j < n2; ++j) {
        const double angle = 2 * std::numbers::pi * (2.0 * i / n1 - 1.0 * j / n2);
        x[0][i][j][0] = std::cos(angle);
        y[0][i][j][0] = r * std::cos(angle - phi);
      }
    }
    CHECK(distance(conv.forward(x), y) < 1e-13);
  }
}

TEST_CASE("a function of few modes has the same answer on every grid, and on a grid of choice") {
  torch::manual_seed(3);
  SpectralConv conv({.in_channels = 2, .out_channels = 2, .n_modes = {8, 8}});
  conv.to(f64);
  const Tensor coarse = resample(torch::randn({2, 5, 5, 2}, f64), {12, 15});
  const Tensor fine = resample(coarse, {24, 45});
  const auto every = [](const Tensor& t) {
    using torch::indexing::Slice;
    return t.index({Slice(), Slice(0, torch::indexing::None, 2), Slice(0, torch::indexing::None, 3)});
  };
  CHECK(distance(every(fine), coarse) < 1e-13);
  CHECK(distance(every(conv.forward(fine)), conv.forward(coarse)) < 1e-13);
  CHECK(distance(conv.forward(coarse, {24, 45}), conv.forward(fine)) < 1e-13);
  CHECK(distance(resample(fine, {12, 15}), coarse) < 1e-13);
}

TEST_CASE("factorised weights are the products that they stand for, and no more than asked for") {
  torch::manual_seed(4);
  for (const Factorization kind : {Factorization::tucker, Factorization::cp}) {
    SpectralConv conv(
        {.in_channels = 4, .out_channels = 6, .n_modes = {4, 6}, .bias = false, .factorization = kind, .rank = 0.3});
    conv.to(f64);
    const Tensor weights = torch::view_as_complex(conv.weights().transpose(2, 3).contiguous()).view({4, 4, 4, 6});
    const auto named = conv.named_parameters();
    std::vector<Tensor> f;
    std::int64_t count = 0;
    for (int i = 0; i < 4; ++i) f.push_back(torch::view_as_complex(named["factor" + std::to_string(i)]));
    for (const Tensor& p : conv.parameters()) count += p.numel();
    CHECK(count <= 0.3 * 2 * 4 * 4 * 4 * 6);
    CHECK(count >= 0.2 * 2 * 4 * 4 * 4 * 6);
    const Tensor expected =
        kind == Factorization::cp
            ? torch::einsum("ar,br,ir,or->abio", {f[0], f[1], f[2], f[3]})
            : torch::einsum("pqst,ap,bq,is,ot->abio", {torch::view_as_complex(named["core"]), f[0], f[1], f[2], f[3]});
    CHECK((weights - expected).abs().max().item<double>() < 1e-13);
    const Tensor x = torch::randn({2, 6, 7, 4}, f64).requires_grad_();
    const auto loss = [&] { return conv.forward(x).pow(2).sum(); };
    for (const Tensor& p : conv.parameters()) CHECK(derivative_error(loss, p) < 1e-9);
  }
}

TEST_CASE("fresh weights have the deviation asked for, whatever the factors") {
  torch::manual_seed(5);
  for (const Factorization kind : {Factorization::none, Factorization::tucker, Factorization::cp}) {
    // |R|^2 has the mean 2 / (16 + 16); averaged over many draws, each with correlated entries where there are factors.
    double mean = 0;
    const int draws = 40;
    for (int i = 0; i < draws; ++i) {
      const SpectralConv conv(
          {.in_channels = 16, .out_channels = 16, .n_modes = {8, 8}, .factorization = kind, .rank = 0.3});
      mean += conv.weights().pow(2).sum(2).mean().item<double>() / draws;
    }
    CHECK(mean == Approx(1.0 / 16).epsilon(0.15));
  }
}
