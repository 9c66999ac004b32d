// SPDX-License-Identifier: MIT
#include "base/error.h"
#include "model_checks.h"
#include "operators/layers/activation.h"
#include "operators/layers/perceptron.h"

using namespace floe;
using namespace floe::operators;
using floe::test::numbers;

TEST_CASE("the derivative of gelu is right whatever the layout of the gradient, also in float32") {
  for (const auto& shape : {std::vector<std::int64_t>{4, 16, 32}, {2, 3, 5}, {64, 64, 7}}) {
    const torch::Tensor x = numbers("x", shape);
    const torch::Tensor weights = numbers("w", {shape[0], shape[2], shape[1]});
    // Phi(x) + x phi(x).
    const torch::Tensor derivative =
        0.5 * (1 + torch::erf(x / std::sqrt(2.0))) + x * torch::exp(-x * x / 2) / std::sqrt(2 * M_PI);
    const torch::Tensor want = derivative * weights.transpose(1, 2);
    for (const auto& [type, tolerance] : {std::pair{torch::kFloat32, 1e-6}, std::pair{torch::kFloat64, 1e-14}}) {
      const torch::Tensor z = x.to(type).set_requires_grad(true);
      const torch::Tensor got =
          torch::autograd::grad({(exact_gelu(z).transpose(1, 2) * weights.to(type)).sum()}, {z})[0].to(torch::kFloat64);
      CHECK((got - want).abs().max().item<double>() < tolerance);
    }
  }
  // A field whose channels are last in memory.
  const torch::Tensor x = numbers("x", {2, 4, 6, 8}).to(torch::kFloat32);
  const torch::Tensor last = x.contiguous(torch::MemoryFormat::ChannelsLast).set_requires_grad(true);
  const torch::Tensor plain = x.clone().set_requires_grad(true);
  const torch::Tensor weights = numbers("w", {2, 4, 6, 8}).to(torch::kFloat32);
  const auto derivative = [&](const torch::Tensor& at) {
    return torch::autograd::grad({(exact_gelu(at) * weights).sum()}, {at})[0];
  };
  CHECK((derivative(last) - derivative(plain)).abs().max().item<double>() < 1e-6);
}

TEST_CASE("gelu has a second derivative") {
  const torch::Tensor x = numbers("x", {7}).set_requires_grad(true);
  const torch::Tensor first = torch::autograd::grad({exact_gelu(x).sum()}, {x}, {}, true, true)[0];
  const torch::Tensor second = torch::autograd::grad({first.sum()}, {x})[0];
  // (2 - x^2) phi(x).
  const torch::Tensor want = (2 - x * x) * torch::exp(-x * x / 2) / std::sqrt(2 * M_PI);
  CHECK((second - want).abs().max().item<double>() < 1e-13);
}

TEST_CASE("activations are the functions of their names") {
  const torch::Tensor x = torch::tensor({-2.0, -0.5, 0.0, 0.5, 2.0}, torch::kFloat64);
  const auto value = [&](Activation activation, int i) { return activate(activation, x)[i].item<double>(); };
  CHECK(value(Activation::identity, 0) == -2);
  CHECK(value(Activation::relu, 0) == 0);
  CHECK(value(Activation::relu, 4) == 2);
  CHECK(value(Activation::leaky_relu, 0) == Approx(-0.4));
  CHECK(value(Activation::gelu, 3) == Approx(0.5 * 0.6914624612740131));
  CHECK(value(Activation::tanh, 4) == Approx(std::tanh(2.0)));
  CHECK(value(Activation::sine, 4) == Approx(std::sin(2.0)));
  CHECK(value(Activation::swish, 0) == Approx(-2 / (1 + std::exp(2.0))));
  CHECK(value(Activation::selu, 4) == Approx(2 * 1.0507009873554805));
  CHECK(value(Activation::selu, 0) == Approx(1.0507009873554805 * 1.6732632423543772 * (std::exp(-2.0) - 1)));
}

TEST_CASE("a perceptron normalises its batch and drops units only while it trains") {
  torch::manual_seed(1);
  Perceptron net({.widths = {3, 50, 2}, .norm = PerceptronNorm::batch, .dropout = 0.5});
  const torch::Tensor x = torch::randn({64, 3});
  CHECK_FALSE(torch::equal(net.forward(x), net.forward(x)));
  net.eval();
  CHECK(torch::equal(net.forward(x), net.forward(x)));
  CHECK(net.forward(torch::randn({5, 7, 3})).sizes() == torch::IntArrayRef({5, 7, 2}));
}

TEST_CASE("Glorot's initialisation has its variance and no biases") {
  torch::manual_seed(1);
  Perceptron net({.widths = {300, 200, 1}, .initialisation = Initialisation::glorot_normal});
  const torch::Tensor weight = net.named_parameters()["linear0.weight"];
  // 60,000 weights: the standard error of a variance is sqrt(2 / n) of it, 0.6 %.
  CHECK(weight.var().item<double>() == Approx(2.0 / 500).epsilon(0.02));
  CHECK(net.named_parameters()["linear0.bias"].abs().max().item<double>() == 0);
}

TEST_CASE("small initial weights have their deviation, biases and projections too") {
  torch::manual_seed(1);
  Perceptron net({.widths = {200, 100, 100, 100, 1}, .residual = true, .initialisation = Initialisation::small_normal});
  CHECK(net.named_parameters().contains("projection2.weight"));
  CHECK_FALSE(net.named_parameters().contains("projection1.weight"));
  for (const auto& item : net.named_parameters()) {
    if (item.value().numel() < 100) continue;
    INFO(item.key());
    // Five standard errors sqrt(1 / (2 n)) of a deviation.
    const double error = 5 / std::sqrt(2.0 * static_cast<double>(item.value().numel()));
    CHECK(item.value().std().item<double>() == Approx(0.001).epsilon(error));
  }
}

TEST_CASE("dropout can be kept to the first hidden layers") {
  torch::manual_seed(1);
  // What the only dropped layer gives is an input of the next one: with zeros there nothing is random.
  Perceptron net({.widths = {3, 8, 8, 2}, .dropout = 0.5, .dropout_layers = 1});
  const torch::Tensor x = torch::randn({64, 3});
  CHECK_FALSE(torch::equal(net.forward(x), net.forward(x)));
  const torch::NoGradGuard no_gradients;
  net.named_parameters()["linear1.weight"].zero_();
  CHECK(torch::equal(net.forward(x), net.forward(x)));
}

TEST_CASE("a perceptron that cannot be is refused") {
  CHECK_THROWS_WITH(Perceptron({.widths = {3}}), ContainsSubstring("widths [3]"));
  CHECK_THROWS_WITH(Perceptron({.widths = {3, 0, 1}}), ContainsSubstring("[3, 0, 1]"));
  CHECK_THROWS_WITH(Perceptron({.widths = {3, 1}, .dropout = 1.0}), ContainsSubstring("dropout"));
}
