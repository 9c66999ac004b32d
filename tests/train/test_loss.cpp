// SPDX-License-Identifier: MIT
#include "support/catch.h"

#include <cmath>
#include <map>
#include <numbers>

#include "base/error.h"
#include "train/loss.h"
#include "train/normaliser.h"

using namespace floe::train;
using floe::ConfigError;
using floe::DataError;
using floe::ShapeError;
using torch::Tensor;

namespace {

constexpr double pi = std::numbers::pi;
constexpr auto f64 = torch::kDouble;

double value(const Tensor& tensor) {
  return tensor.item<double>();
}

/// sin(2 pi k x) sampled on n points, periodic or with both ends, (1, 1, n).
Tensor sine(std::int64_t n, int k, bool periodic) {
  const double spacing = 1.0 / static_cast<double>(periodic ? n : n - 1);
  return torch::sin(2 * pi * k * spacing * torch::arange(n, f64)).view({1, 1, n});
}

}  // namespace

TEST_CASE("losses of fields that differ by a known factor") {
  torch::manual_seed(1);
  const Tensor y = torch::randn({3, 2, 5, 6}, f64);
  const Tensor factor = torch::tensor({1.1, 0.8, 1.0}, f64).view({3, 1, 1, 1});
  const GridGeometry geometry{.spacing = {0.2, 0.2}, .periodic = {false, true}};
  // Every relative measure sees |factor - 1| in each sample, whatever the derivative.
  for (const LossKind kind : {LossKind::relative_l2, LossKind::relative_h1}) {
    for (const DerivativeKind derivative : {DerivativeKind::finite_difference, DerivativeKind::spectral}) {
      CHECK(value(loss({.kind = kind, .derivative = derivative}, y * factor, y, {}, geometry)) == Approx(0.1));
    }
  }
  CHECK(value(loss({.kind = LossKind::relative_l2_gradient, .gradient_weight = 0.25}, y * factor, y, {}, geometry)) ==
        Approx(0.1 * (1 + 2 * 0.25)));
  const Tensor squares = (y * (factor - 1)).pow(2).flatten(1).mean(1);
  CHECK(value(loss({.kind = LossKind::mse}, y * factor, y, {}, geometry)) == Approx(value(squares.mean())));
  CHECK(value(loss({.kind = LossKind::rmse}, y * factor, y, {}, geometry)) == Approx(value(squares.sqrt().mean())));
}

TEST_CASE("derivatives converge to those of a sine, at second order, and spectral ones are exact") {
  const auto error = [&](std::int64_t n, bool periodic, DerivativeKind kind) {
    const double spacing = 1.0 / static_cast<double>(periodic ? n : n - 1);
    const GridGeometry geometry{.spacing = {spacing}, .periodic = {periodic}};
    const Tensor exact = 2 * pi * torch::cos(2 * pi * spacing * torch::arange(n, f64)).view({1, 1, n});
    return value((derivatives(sine(n, 1, periodic), geometry, kind)[0] - exact).abs().max());
  };
  for (const bool periodic : {true, false}) {
    const double order = std::log2(error(65, periodic, DerivativeKind::finite_difference) /
                                   error(129, periodic, DerivativeKind::finite_difference));
    CHECK(order == Approx(2).margin(0.1));
  }
  CHECK(error(16, true, DerivativeKind::spectral) < 1e-12);
  CHECK(error(17, true, DerivativeKind::spectral) < 1e-12);
}

TEST_CASE("the H1 norm of a sine is known") {
  // e = sin(2 pi k x), y = sin(2 pi x): the ratio is sqrt((1 + (2 pi k)^2) / (1 + (2 pi)^2)).
  const GridGeometry geometry{.spacing = {1.0 / 32}, .periodic = {true}};
  const Tensor y = sine(32, 1, true);
  const double expected = std::sqrt((1 + 36 * pi * pi) / (1 + 4 * pi * pi));
  CHECK(value(loss({.kind = LossKind::relative_h1, .derivative = DerivativeKind::spectral}, y + sine(32, 3, true), y,
                   {}, geometry)) == Approx(expected).epsilon(1e-12));
}

TEST_CASE("a mask leaves out what does not count") {
  torch::manual_seed(2);
  const Tensor y = torch::randn({2, 1, 6}, f64);
  Tensor prediction = y * 1.5;
  const Tensor mask = torch::tensor({1, 1, 1, 0, 1, 0}, f64).view({1, 1, 6});
  prediction.select(2, 3).fill_(1e6);
  CHECK(value(loss({.kind = LossKind::relative_l2}, prediction, y, mask, {})) == Approx(0.5));
  const Tensor kept = (0.5 * y * mask).pow(2).sum({1, 2}) / 4;
  CHECK(value(loss({.kind = LossKind::mse}, prediction, y, mask, {})) == Approx(value(kept.mean())));
}

TEST_CASE("masked derivatives see only values that count") {
  // Outside the mask the prediction is far off; inside it is y + e with e = 0.1 x: the derivative of e is 0.1 wherever
  // all of a difference counts, that of y = 1 + x is 1.
  const Tensor x = torch::linspace(0, 1, 11, f64).view({1, 1, 11});
  const Tensor y = 1 + x;
  const Tensor mask = torch::tensor({1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1}, f64).view({1, 1, 11});
  const Tensor prediction = y + 0.1 * x + 1e6 * (1 - mask);
  const GridGeometry geometry{.spacing = {0.1}, .periodic = {false}};
  // Differences count at 0, 1, 2 (one-sided: 0, 1, 2 count) and at 6, 7: not at 3, 4, 5, 8, 9, 10.
  const double error = value((0.1 * x * mask).pow(2).sum()) + 5 * 0.01;
  const double norm = value((y * mask).pow(2).sum()) + 5;
  const LossOptions h1{.kind = LossKind::relative_h1};
  CHECK(value(loss(h1, prediction, y, mask, geometry)) == Approx(std::sqrt(error / norm)).epsilon(1e-9));
  // Periodic: 0 has the neighbour 10 and 10 the neighbour 9; differences count at 1, 2, 6, 7 and 0.
  const GridGeometry ring{.spacing = {0.1}, .periodic = {true}};
  const Tensor flat = torch::ones_like(y);
  CHECK(value(loss(h1, flat * 1.5 + 1e6 * (1 - mask), flat, mask, ring)) == Approx(0.5));
  CHECK_THROWS_WITH(loss({.kind = LossKind::relative_h1, .derivative = DerivativeKind::spectral}, y, y, mask, geometry),
                    ContainsSubstring("masked"));
  // Measures: the faces count where the mask does.
  std::map<std::string, double> found;
  for (const auto& [label, tensor] : measures(prediction, y, mask, geometry)) found[label] = value(tensor[0]);
  CHECK(found.at("boundary_rmse") == Approx(0.1 / std::sqrt(2.0)));
  CHECK(found.at("conserved_rmse") == Approx(value((0.1 * x * mask).sum()) / 9).epsilon(1e-9));
  CHECK(found.at("max_error") == Approx(0.1).epsilon(1e-9));
}

TEST_CASE("nothing to compare with is no division by zero, and a perfect prediction has a gradient") {
  const Tensor y = torch::tensor({1.0, 2.0, 0.0, 0.0}, f64).view({2, 1, 2});
  const Tensor mask = torch::tensor({1.0, 1.0, 0.0, 0.0}, f64).view({2, 1, 2});
  const Tensor prediction = torch::tensor({1.0, 2.0, 3.0, 4.0}, f64).view({2, 1, 2}).requires_grad_();
  const Tensor errors = relative_l2_errors(prediction, y);
  CHECK(value(errors[0]) == 0);
  CHECK(value(errors[1]) == Approx(5));  // the target vanishes: the error itself
  for (const LossKind kind : {LossKind::relative_l2, LossKind::mse, LossKind::rmse}) {
    const Tensor masked = loss({.kind = kind}, prediction, y, mask, {});
    CHECK(value(masked) == 0);
    prediction.mutable_grad() = Tensor();
    masked.backward();
    CHECK(value(prediction.grad().abs().max()) == 0);
  }
}

TEST_CASE("the ratio of all samples together is that of their norms") {
  torch::manual_seed(4);
  const Tensor y = torch::randn({6, 2, 7}, f64) * torch::tensor({1, 2, 3, 4, 5, 60}, f64).view({6, 1, 1});
  const Tensor p = y + 0.1 * torch::randn({6, 2, 7}, f64);
  GlobalRelativeL2 global;
  for (const auto& [first, count] : {std::pair(0, 4), std::pair(4, 2)}) {
    global.add(p.narrow(0, first, count), y.narrow(0, first, count));
  }
  CHECK(global.value() == Approx(value((p - y).norm() / y.norm())).epsilon(1e-13));
  CHECK(global.value() < 0.5 * value(relative_l2_errors(p, y).mean()));
}

TEST_CASE("measures of a plane wave of error") {
  // e = a cos(2 pi k x): PDEBench counts |FFT| = a n / 2 in the shell of k, over n.
  const std::int64_t n = 32;
  const double a = 0.3;
  const Tensor y = torch::ones({1, 1, n}, f64);
  for (const auto& [k, name, width] : {std::tuple(2, "fourier_rmse_low", 4.0), std::tuple(7, "fourier_rmse_mid", 8.0),
                                       std::tuple(13, "fourier_rmse_high", 4.0)}) {
    const Tensor error = a * torch::cos(2 * pi * k / static_cast<double>(n) * torch::arange(n, f64)).view({1, 1, n});
    std::map<std::string, double> found;
    const GridGeometry geometry{.spacing = {1.0 / n}, .periodic = {true}};
    for (const auto& [label, tensor] : measures(y + error, y, {}, geometry)) found[label] = value(tensor[0]);
    CHECK(found.at(name) == Approx(a / 2 / width));
    CHECK(found.at("rmse") == Approx(a / std::sqrt(2.0)));
    CHECK(found.at("max_error") == Approx(a));
    CHECK(found.at("relative_l2") == Approx(a / std::sqrt(2.0)));
    CHECK(found.at("conserved_rmse") == Approx(0).margin(1e-14));
    const double last = a * std::cos(2 * pi * k * (n - 1.0) / n);
    CHECK(found.at("boundary_rmse") == Approx(std::sqrt((a * a + last * last) / 2)));
  }
}

TEST_CASE("fields that cannot be compared are refused") {
  const Tensor y = torch::ones({2, 1, 8});
  CHECK_THROWS_WITH(loss({}, torch::ones({2, 1, 7}), y, {}, {}),
                    ContainsSubstring("(2, 1, 7)") && ContainsSubstring("(2, 1, 8)"));
  CHECK_THROWS_AS(loss({.kind = LossKind::relative_h1}, y, y, {}, {}), ConfigError);
  CHECK_THROWS_AS(loss({.kind = LossKind::relative_h1}, torch::ones({2, 1, 2}), torch::ones({2, 1, 2}), {},
                       {.spacing = {1}, .periodic = {false}}),
                  ShapeError);
}

TEST_CASE("normalised training data have mean 0 and deviation 1, and decoding undoes it") {
  torch::manual_seed(3);
  const Tensor x = 5 + 3 * torch::randn({50, 2, 4, 3}, f64) * torch::tensor({1.0, 10.0}, f64).view({1, 2, 1, 1});
  const auto check = [&](NormaliserKind kind, std::vector<std::int64_t> over) {
    const Normaliser normaliser(kind, x, false);
    const Tensor z = normaliser.encode(x);
    CHECK(value(z.mean(over).abs().max()) < 1e-12);
    CHECK(value((z.pow(2).mean(over) - 1).abs().max()) < 1e-12);
    CHECK(value((normaliser.decode(z) - x).abs().max()) < 1e-12);
    floe::io::Checkpoint checkpoint;
    normaliser.save(checkpoint, "n");
    CHECK(torch::equal(Normaliser::load(checkpoint, "n").encode(x), z));
  };
  check(NormaliserKind::scalar, {0, 1, 2, 3});
  check(NormaliserKind::per_channel, {0, 2, 3});
  check(NormaliserKind::per_point, {0});
  CHECK(torch::equal(Normaliser(NormaliserKind::none, x, false).encode(x), x));
}

TEST_CASE("constant values, masked values and scattered points are normalised as they should") {
  CHECK(torch::equal(
      Normaliser(NormaliserKind::scalar, torch::full({4, 1, 3}, 2.0), false).encode(torch::full({1, 1, 3}, 3.0)),
      torch::ones({1, 1, 3})));
  const Tensor x = torch::tensor({1.0, 3.0, 100.0}).view({1, 3, 1});
  const Tensor mask = torch::tensor({1.0, 1.0, 0.0}).view({1, 3, 1});
  CHECK(value(Normaliser(NormaliserKind::per_channel, x, true, mask).encode(x)[0][1][0]) == Approx(1));
  CHECK_THROWS_AS(Normaliser(NormaliserKind::per_point, x, true), ConfigError);
  const Normaliser points(NormaliserKind::per_point, torch::randn({5, 1, 8}), false);
  CHECK_THROWS_WITH(points.encode(torch::zeros({2, 1, 9})),
                    ContainsSubstring("(2, 1, 9)") && ContainsSubstring("(1, 1, 8)"));
}
