// SPDX-License-Identifier: MIT
#include "support/catch.h"

#include <cmath>

#include "base/error.h"
#include "setup.h"
#include "train/optimiser.h"
#include "train/schedule.h"

using namespace floe::train;
using floe::ConfigError;
using floe::test::Setup;
using torch::Tensor;

namespace {

constexpr auto f64 = torch::kDouble;

Optimiser::Named named(const torch::nn::Module& module) {
  Optimiser::Named parameters;
  for (const auto& item : module.named_parameters()) parameters.emplace_back(item.key(), item.value());
  return parameters;
}

/// The largest difference of the parameters after 30 steps of both in float64.
template <class Reference, class Options>
double difference(const OptimiserOptions& options, const Options& reference_options) {
  Setup ours;
  Setup theirs;
  for (Setup* setup : {&ours, &theirs}) {
    setup->net->to(f64);
    setup->train.inputs.parameters = setup->train.inputs.parameters.to(f64);
  }
  Optimiser optimiser(named(*ours.net), options);
  Reference reference(theirs.net->parameters(), reference_options);
  for (int step = 0; step < 30; ++step) {
    optimiser.zero_gradients();
    reference.zero_grad();
    ours.forward()(ours.train.inputs).pow(4).sum().backward();
    theirs.forward()(theirs.train.inputs).pow(4).sum().backward();
    optimiser.step();
    reference.step();
  }
  double largest = 0;
  const auto a = ours.parameters();
  const auto b = theirs.parameters();
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, (a[i] - b[i]).abs().max().item<double>());
  return largest;
}

}  // namespace

TEST_CASE("AdamW and Adam step as LibTorch's") {
  // A step rounds ten times at numbers below 1: 30 steps differ by 30 * 10 * 1.1e-16 = 3e-14. The gradient carries a
  // difference on; its slope times the sum of the rates, 0.3, is taken as at most 30.
  const OptimiserOptions options{.learning_rate = 0.01, .weight_decay = 0.02, .beta1 = 0.8, .beta2 = 0.95};
  CHECK(difference<torch::optim::AdamW>(
            options, torch::optim::AdamWOptions(0.01).weight_decay(0.02).betas({0.8, 0.95})) < 1e-12);
  OptimiserOptions coupled = options;
  coupled.kind = OptimiserKind::adam;
  const auto theirs = torch::optim::AdamOptions(0.01).weight_decay(0.02).betas({0.8, 0.95});
  CHECK(difference<torch::optim::Adam>(coupled, theirs) < 1e-12);
  CHECK(difference<torch::optim::Adam>(options, theirs) > 1e-4);  // the two are not the same
}

TEST_CASE("Lion steps by signs") {
  Tensor p = torch::tensor({1.0, -2.0, 3.0}, f64).requires_grad_();
  Optimiser optimiser(
      {{"p", p}}, {.kind = OptimiserKind::lion, .learning_rate = 0.1, .weight_decay = 0.5, .beta1 = 0.9, .beta2 = 0.8});
  p.mutable_grad() = torch::tensor({2.0, -1.0, 0.0}, f64);
  optimiser.step();
  CHECK(torch::allclose(p.detach(), torch::tensor({0.95 - 0.1, -1.9 + 0.1, 2.85}, f64)));
  // m = (0.4, -0.2, 0); the next direction is 0.9 m + 0.1 g.
  p.mutable_grad() = torch::tensor({-3.0, -1.0, 1.0}, f64);
  optimiser.step(0.5);
  CHECK(
      torch::allclose(p.detach(), torch::tensor({0.85 * 0.975 - 0.05, -1.8 * 0.975 + 0.05, 2.85 * 0.975 - 0.05}, f64)));
}

TEST_CASE("a factor of the gradient is as good as other gradients, in memory of any layout") {
  for (const OptimiserKind kind : {OptimiserKind::adamw, OptimiserKind::adam, OptimiserKind::lion}) {
    const auto stepped = [&](double gradient, double factor, bool transposed) {
      Tensor p = torch::arange(6, torch::kFloat).view({2, 3});
      if (transposed) p = p.t().contiguous().t();
      p.requires_grad_();
      Optimiser optimiser({{"p", p}}, {.kind = kind, .learning_rate = 0.1, .weight_decay = 0.25});
      for (int i = 0; i < 3; ++i) {
        p.mutable_grad() = torch::linspace(-1, 2, 6).view({2, 3}) * gradient;
        optimiser.step(0.5, factor);
      }
      return p.detach();
    };
    const Tensor plain = stepped(1, 1, false);
    CHECK(torch::equal(stepped(4, 0.25, false), plain));
    // Another order of the same products: three steps of rounding by 2^-24 at numbers up to 5.
    CHECK((stepped(1, 1, true) - plain).abs().max().item<double>() < 10 * 5 * std::ldexp(1, -24));
    CHECK((stepped(4, 0.25, true) - plain).abs().max().item<double>() < 10 * 5 * std::ldexp(1, -24));
  }
}

TEST_CASE("groups of parameters have rates and decays of their own") {
  const auto stepped = [](std::vector<ParameterGroup> groups) {
    Optimiser::Named parameters;
    for (const char* name : {"layer0.log_step", "layer0.weight", "layer1.log_step"}) {
      parameters.emplace_back(name, torch::full({1}, 2.0, f64).requires_grad_());
      parameters.back().second.mutable_grad() = torch::ones({1}, f64);
    }
    Optimiser optimiser(
        parameters,
        {.kind = OptimiserKind::lion, .learning_rate = 0.1, .weight_decay = 0.5, .groups = std::move(groups)});
    optimiser.step(0.5);
    std::vector<double> changes;
    for (const auto& [name, p] : parameters) changes.push_back(2 - p.item<double>());
    return changes;
  };
  // Lion: p (1 - lr wd) - lr, with half the rate: 2 is lowered by 0.05 * 0.5 * 2 + 0.05.
  const auto close = [](const std::vector<double>& a, const std::vector<double>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) { return x == Approx(y); });
  };
  CHECK(close(stepped({}), {0.1, 0.1, 0.1}));
  CHECK(close(stepped({{.name = "a", .parameters = {"layer0.log"}, .learning_rate = 0.01, .weight_decay = 0.0}}),
              {0.005, 0.1, 0.1}));
  CHECK(close(stepped({{.name = "a", .parameters = {"*.log_step"}, .weight_decay = 0.0}}), {0.05, 0.1, 0.05}));
  // The first group that fits holds.
  CHECK(close(stepped({{.name = "a", .parameters = {"layer1"}, .learning_rate = 0.0},
                       {.name = "b", .parameters = {"layer*step", "layer0.w"}, .weight_decay = 0.0}}),
              {0.05, 0.05, 0.0}));
  CHECK_THROWS_WITH(stepped({{.name = "ssm", .parameters = {"layer2"}}}),
                    ContainsSubstring("train.groups.ssm") && ContainsSubstring("\"layer2\"") &&
                        ContainsSubstring("layer0.log_step, layer0.weight, layer1.log_step"));
}

TEST_CASE("schedules follow their formulas") {
  const auto at = [](const ScheduleOptions& options, std::int64_t step) {
    return schedule_factor(options, step, 10, 20);
  };
  CHECK(at({}, 137) == 1);
  const ScheduleOptions cycle{.kind = ScheduleKind::one_cycle, .per_step = true};
  CHECK(at(cycle, 0) == Approx(1.0 / 25));
  CHECK(at(cycle, 59) == Approx(1));
  CHECK(at(cycle, 199) == Approx(1.0 / 25e4));
  // torch.optim.lr_scheduler.OneCycleLR(max_lr=1, total_steps=200) at steps 30 and 130.
  CHECK(at(cycle, 30) == Approx(0.04 + 0.96 * (1 - std::cos(M_PI * 30 / 59.0)) / 2));
  CHECK(at(cycle, 130) == Approx(4e-6 + (1 - 4e-6) * (1 + std::cos(M_PI * 71 / 140.0)) / 2));
  CHECK(at({.kind = ScheduleKind::cosine}, 109) == Approx(0.5));
  CHECK(at({.kind = ScheduleKind::cosine, .per_step = true, .least = 0.2}, 100) == Approx(0.6));
  CHECK(at({.kind = ScheduleKind::step, .interval = 3, .factor = 0.5}, 70) == Approx(0.25));
  // A staircase in steps: times 0.95 every 7 of them.
  const ScheduleOptions stairs{.kind = ScheduleKind::step, .per_step = true, .interval = 7, .factor = 0.95};
  CHECK(at(stairs, 6) == 1);
  CHECK(at(stairs, 7) == Approx(0.95));
  CHECK(at(stairs, 34) == Approx(std::pow(0.95, 4)));
  CHECK(at({.kind = ScheduleKind::exponential, .factor = 0.9}, 39) == Approx(0.729));
  ScheduleOptions pieces{.kind = ScheduleKind::piecewise, .boundaries = {3, 8}, .rates = {0.5, 0.1}};
  CHECK(at(pieces, 29) == 1);
  CHECK(at(pieces, 30) == 0.5);
  CHECK(at(pieces, 79) == 0.5);
  CHECK(at(pieces, 80) == 0.1);
  pieces.per_step = true;
  CHECK(at(pieces, 2) == 1);
  CHECK(at(pieces, 3) == 0.5);
  CHECK(at(pieces, 150) == 0.1);
  pieces.validate();
  pieces.rates.push_back(0.2);
  CHECK_THROWS_AS(pieces.validate(), ConfigError);
  pieces = {.kind = ScheduleKind::piecewise, .boundaries = {8, 3}, .rates = {0.5, 0.1}};
  CHECK_THROWS_AS(pieces.validate(), ConfigError);
}
