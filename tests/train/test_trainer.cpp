// SPDX-License-Identifier: MIT
#include "support/catch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/error.h"
#include "support/temporary_directory.h"
#include "train/permutation.h"
#include "train/trainer.h"

using namespace floe::train;
using floe::ConfigError;
using floe::DataError;
using floe::NumericalError;
using torch::Tensor;

namespace {

/// A small network with hidden units, and what the loop needs.
struct Setup {
  torch::nn::Sequential net;
  Examples train, validation;

  explicit Setup(std::uint64_t seed = 1) {
    torch::manual_seed(seed);
    net = torch::nn::Sequential(torch::nn::Linear(3, 16), torch::nn::Tanh(), torch::nn::Linear(16, 2));
    const Tensor x = torch::randn({37, 3});
    const Tensor y = torch::stack({x.select(1, 0) * x.select(1, 1), x.select(1, 2).sin()}, 1).unsqueeze(2);
    train = {.inputs = {.parameters = x.narrow(0, 0, 29)}, .outputs = y.narrow(0, 0, 29)};
    validation = {.inputs = {.parameters = x.narrow(0, 29, 8)}, .outputs = y.narrow(0, 29, 8)};
  }
  Forward forward() {
    return [this](const Inputs& inputs) { return net->forward(inputs.parameters).unsqueeze(2); };
  }
};

TrainOptions options_with(OptimiserKind kind) {
  TrainOptions options;
  options.optimiser.kind = kind;
  options.optimiser.learning_rate = kind == OptimiserKind::lion ? 1e-3 : 1e-2;
  options.schedule = {.kind = ScheduleKind::one_cycle, .per_step = true};
  options.epochs = 6;
  options.batch_size = 5;
  options.clip = 1;
  options.averaging = 0.9;
  options.keep_best = true;
  return options;
}

std::vector<Tensor> parameters_of(const Setup& setup) {
  std::vector<Tensor> all;
  for (const Tensor& p : setup.net->parameters()) all.push_back(p.detach().clone());
  return all;
}

bool equal(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Tensor& x, const Tensor& y) { return torch::equal(x, y); });
}

}  // namespace

TEST_CASE("AdamW steps as LibTorch's") {
  Setup ours;
  Setup theirs;
  Optimiser::Named parameters;
  for (const auto& item : ours.net->named_parameters()) parameters.emplace_back(item.key(), item.value());
  Optimiser optimiser(parameters, {.learning_rate = 0.01, .weight_decay = 0.02, .beta1 = 0.8, .beta2 = 0.95});
  torch::optim::AdamW reference(theirs.net->parameters(),
                                torch::optim::AdamWOptions(0.01).weight_decay(0.02).betas({0.8, 0.95}));
  for (int step = 0; step < 30; ++step) {
    optimiser.zero_gradients();
    reference.zero_grad();
    ours.forward()(ours.train.inputs).pow(4).sum().backward();
    theirs.forward()(theirs.train.inputs).pow(4).sum().backward();
    optimiser.step();
    reference.step();
  }
  const auto a = ours.net->parameters();
  const auto b = theirs.net->parameters();
  for (std::size_t i = 0; i < a.size(); ++i) CHECK((a[i] - b[i]).abs().max().item<double>() < 1e-5);
}

TEST_CASE("Lion steps by signs") {
  Tensor p = torch::tensor({1.0, -2.0, 3.0}, torch::kDouble).requires_grad_();
  Optimiser optimiser(
      {{"p", p}}, {.kind = OptimiserKind::lion, .learning_rate = 0.1, .weight_decay = 0.5, .beta1 = 0.9, .beta2 = 0.8});
  p.mutable_grad() = torch::tensor({2.0, -1.0, 0.0}, torch::kDouble);
  optimiser.step();
  CHECK(torch::allclose(p.detach(), torch::tensor({0.95 - 0.1, -1.9 + 0.1, 2.85}, torch::kDouble)));
  // m = (0.4, -0.2, 0); the next direction is 0.9 m + 0.1 g.
  p.mutable_grad() = torch::tensor({-3.0, -1.0, 1.0}, torch::kDouble);
  optimiser.step(0.5);
  CHECK(torch::allclose(
      p.detach(), torch::tensor({0.85 * 0.975 - 0.05, -1.8 * 0.975 + 0.05, 2.85 * 0.975 - 0.05}, torch::kDouble)));
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
  CHECK(at({.kind = ScheduleKind::exponential, .factor = 0.9}, 39) == Approx(0.729));
}

TEST_CASE("an order has every sample once and depends on seed, purpose and epoch only") {
  const auto order = permutation(100, 5, "training order", 3);
  CHECK(std::set<std::int64_t>(order.begin(), order.end()).size() == 100);
  CHECK(*std::max_element(order.begin(), order.end()) == 99);
  CHECK(permutation(100, 5, "training order", 3) == order);
  CHECK(permutation(100, 5, "training order", 4) != order);
  CHECK(permutation(100, 6, "training order", 3) != order);
  // Each of the 6 orders of three samples comes equally often: 600 draws, deviation sqrt(600 / 6 * 5 / 6) = 9.1.
  std::map<std::vector<std::int64_t>, int> counts;
  for (std::uint64_t i = 0; i < 600; ++i) ++counts[permutation(3, 1, "test", i)];
  CHECK(counts.size() == 6);
  for (const auto& [key, count] : counts) CHECK(std::abs(count - 100) < 37);
}

TEST_CASE("a network is trained") {
  Setup setup;
  TrainOptions options = options_with(OptimiserKind::adamw);
  options.epochs = 60;
  options.clip = 0;
  Trainer trainer(*setup.net, setup.forward(), options, 3);
  const double before = relative_l2(setup.forward(), MemoryBatches(setup.train), 7);
  std::vector<EpochRow> rows;
  const auto ending = trainer.run(MemoryBatches(setup.train), MemoryBatches(setup.validation),
                                  {.epoch = [&](const EpochRow& row) { rows.push_back(row); }});
  CHECK(ending == Trainer::Ending::complete);
  CHECK(relative_l2(setup.forward(), MemoryBatches(setup.train), 7) < 0.5 * before);
  REQUIRE(rows.size() == 60);
  CHECK(rows.back().step == 60 * 6);
  // The best parameters are those that were kept.
  double best = std::numeric_limits<double>::infinity();
  for (const EpochRow& row : rows) best = std::min(best, row.validation);
  CHECK(relative_l2(setup.forward(), MemoryBatches(setup.validation), options.batch_size) == best);
}

TEST_CASE("stopped after any step and restored from its file, training ends with the same bits") {
  const floe::test::TemporaryDirectory directory;
  for (const OptimiserKind kind : {OptimiserKind::adamw, OptimiserKind::lion}) {
    const TrainOptions options = options_with(kind);
    Setup whole;
    Trainer(*whole.net, whole.forward(), options, 9)
        .run(MemoryBatches(whole.train), MemoryBatches(whole.validation), {});
    for (int stop_at = 0; stop_at <= 36; stop_at += 5) {
      INFO(stop_at);
      Setup first;
      Trainer stopped(*first.net, first.forward(), options, 9);
      int steps = 0;
      const auto ending = stopped.run(MemoryBatches(first.train), MemoryBatches(first.validation),
                                      {.stop = [&] { return steps == stop_at; }, .step = [&](double) { ++steps; }});
      CHECK(ending == (stop_at < 36 ? Trainer::Ending::stopped : Trainer::Ending::complete));
      const auto path = directory / "training.h5";
      floe::io::save_checkpoint(path, "training", stopped.state());
      Setup second(77);  // other weights, the same data
      second.train = first.train;
      second.validation = first.validation;
      Trainer resumed(*second.net, second.forward(), options, 9);
      resumed.restore(floe::io::load_checkpoint(path, "training"), "training.h5");
      CHECK(resumed.step() == stop_at);
      CHECK(resumed.run(MemoryBatches(second.train), MemoryBatches(second.validation), {}) ==
            Trainer::Ending::complete);
      CHECK(equal(parameters_of(second), parameters_of(whole)));
    }
  }
}

TEST_CASE("training stops when the validation error no longer falls") {
  Setup setup;
  TrainOptions options;
  options.epochs = 1000;
  options.batch_size = 29;
  options.patience = 3;
  options.optimiser.learning_rate = 1e-30;  // nothing changes: the first epoch is the best
  Trainer trainer(*setup.net, setup.forward(), options, 1);
  trainer.run(MemoryBatches(setup.train), MemoryBatches(setup.validation), {});
  CHECK(trainer.epoch() == 4);
}

TEST_CASE("a loss that is not finite stops the training before it does harm") {
  Setup setup;
  TrainOptions options;
  options.batch_size = 5;
  Trainer trainer(*setup.net, setup.forward(), options, 1);
  int steps = 0;
  std::vector<Tensor> last;
  const Trainer::Hooks hooks{.step = [&](double) {
    last = parameters_of(setup);
    if (++steps == 8) setup.train.outputs.fill_(std::numeric_limits<double>::quiet_NaN());
  }};
  CHECK_THROWS_WITH(trainer.run(MemoryBatches(setup.train), MemoryBatches(), hooks),
                    ContainsSubstring("loss is nan at step 9 of epoch 2"));
  CHECK(equal(parameters_of(setup), last));
}

TEST_CASE("frozen parameters stay, and a model that is frozen altogether is refused") {
  Setup setup;
  const auto named = setup.net->named_parameters();
  named["0.weight"].set_requires_grad(false);
  const Tensor frozen = named["0.weight"].clone();
  const Tensor other = named["2.weight"].detach().clone();
  TrainOptions options;
  options.epochs = 2;
  Trainer(*setup.net, setup.forward(), options, 1).run(MemoryBatches(setup.train), MemoryBatches(), {});
  CHECK(torch::equal(named["0.weight"], frozen));
  CHECK_FALSE(torch::equal(named["2.weight"], other));
  for (Tensor p : setup.net->parameters()) p.set_requires_grad(false);
  CHECK_THROWS_AS(Trainer(*setup.net, setup.forward(), options, 1), ConfigError);
}

TEST_CASE("the checkpoint of another model is refused and changes nothing") {
  Setup setup;
  const TrainOptions options = options_with(OptimiserKind::adamw);
  Trainer trainer(*setup.net, setup.forward(), options, 1);
  torch::nn::Sequential wider(torch::nn::Linear(3, 17), torch::nn::Tanh(), torch::nn::Linear(17, 2));
  const std::vector<Tensor> before = parameters_of(setup);
  Trainer other(
      *wider, [&](const Inputs& in) { return wider->forward(in.parameters).unsqueeze(2); }, options, 1);
  CHECK_THROWS_WITH(trainer.restore(other.state(), "run/training.h5"), ContainsSubstring("run/training.h5") &&
                                                                           ContainsSubstring("(17, 3)") &&
                                                                           ContainsSubstring("(16, 3)"));
  CHECK(equal(parameters_of(setup), before));
  floe::io::Checkpoint state = trainer.state();
  state.tensors.erase("model/2.bias");
  CHECK_THROWS_WITH(trainer.restore(state, "file"), ContainsSubstring("no tensor model/2.bias"));
  state = trainer.state();
  state.set("model/extra", {1}, std::vector<float>{1});
  CHECK_THROWS_WITH(trainer.restore(state, "file"), ContainsSubstring("tensor model/extra"));
}
