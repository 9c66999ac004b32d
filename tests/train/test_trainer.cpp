// SPDX-License-Identifier: MIT
#include "support/catch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "base/error.h"
#include "setup.h"
#include "support/temporary_directory.h"
#include "train/permutation.h"
#include "train/trainer.h"

using namespace floe::train;
using floe::ConfigError;
using floe::DataError;
using floe::NumericalError;
using floe::test::equal;
using floe::test::Setup;
using torch::Tensor;

namespace {

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

}  // namespace

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
  for (const OptimiserKind kind :
       {OptimiserKind::adamw, OptimiserKind::adam, OptimiserKind::lion, OptimiserKind::lbfgs}) {
    const TrainOptions options = options_with(kind);
    const int last = kind == OptimiserKind::lbfgs ? 6 : 36;
    const double dropout = kind == OptimiserKind::adam ? 0.3 : 0;
    Setup whole(1, dropout);
    Trainer(*whole.net, whole.forward(), options, 9)
        .run(MemoryBatches(whole.train), MemoryBatches(whole.validation), {});
    for (int stop_at = 0; stop_at <= last; stop_at += last == 6 ? 1 : 5) {
      INFO(stop_at);
      Setup first(1, dropout);
      Trainer stopped(*first.net, first.forward(), options, 9);
      int steps = 0;
      const auto ending = stopped.run(MemoryBatches(first.train), MemoryBatches(first.validation),
                                      {.stop = [&] { return steps == stop_at; }, .step = [&](double) { ++steps; }});
      CHECK(ending == (stop_at < last ? Trainer::Ending::stopped : Trainer::Ending::complete));
      const auto path = directory / "training.h5";
      floe::io::save_checkpoint(path, "training", stopped.state());
      Setup second(77, dropout);  // other weights, the same data
      second.train = first.train;
      second.validation = first.validation;
      Trainer resumed(*second.net, second.forward(), options, 9);
      resumed.restore(floe::io::load_checkpoint(path, "training"), "training.h5");
      CHECK(resumed.step() == stop_at);
      CHECK(resumed.run(MemoryBatches(second.train), MemoryBatches(second.validation), {}) ==
            Trainer::Ending::complete);
      CHECK(equal(second.parameters(), whole.parameters()));
    }
  }
}

TEST_CASE("samples that are read while training give the same bits as those in memory") {
  const TrainOptions options = options_with(OptimiserKind::adamw);
  Setup memory;
  Trainer(*memory.net, memory.forward(), options, 4)
      .run(MemoryBatches(memory.train), MemoryBatches(memory.validation), {});
  Setup streamed;
  const auto file = [](const Examples& examples, std::vector<std::int64_t> numbers) {
    return StreamedBatches([&](std::int64_t first, std::int64_t count) { return examples.narrow(first, count); },
                           std::move(numbers));
  };
  std::vector<std::int64_t> all(29);
  std::iota(all.begin(), all.end(), std::int64_t{0});
  const std::vector<std::int64_t> some{0, 1, 2, 3, 4, 5, 6, 7};
  Trainer trainer(*streamed.net, streamed.forward(), options, 4);
  trainer.run(file(streamed.train, all), file(streamed.validation, some), {});
  CHECK(equal(streamed.parameters(), memory.parameters()));
  CHECK(trainer.step() == 36);
}

TEST_CASE("only gradients beyond the limit are clipped") {
  const auto first_moments = [](double clip) {
    Setup setup;
    TrainOptions options;
    options.batch_size = 29;
    options.epochs = 1;
    options.clip = clip;
    Trainer trainer(*setup.net, setup.forward(), options, 1);
    trainer.run(MemoryBatches(setup.train), MemoryBatches(), {});
    std::vector<Tensor> all;
    const floe::io::Checkpoint state = trainer.state();
    for (const auto& [name, tensor] : state.tensors) {
      if (name.starts_with("optimiser/m/")) all.push_back(load_tensor(state, name).flatten());
    }
    return torch::cat(all).to(torch::kDouble);
  };
  const Tensor free = first_moments(0);
  const double norm = free.norm().item<double>() / 0.1;  // m = 0.1 g after the first step
  CHECK(torch::equal(first_moments(2 * norm), free));
  const Tensor clipped = first_moments(norm / 3);
  // Products of two numbers of 24 bits: 2^-24 for the factor and for each product.
  CHECK((clipped - free / 3).abs().max().item<double>() < 3 * std::ldexp(1, -24) * free.abs().max().item<double>());
}

TEST_CASE("in mixed precision products are narrow, parameters and the loss are not") {
  const Tensor a = torch::randn({4, 4});
  {
    const Autocast autocast(torch::kCPU, MixedPrecision::bfloat16);
    CHECK(torch::mm(a, a).scalar_type() == torch::kBFloat16);
  }
  CHECK(torch::mm(a, a).scalar_type() == torch::kFloat);
  {
    const Autocast autocast(torch::kCPU, MixedPrecision::none);
    CHECK(torch::mm(a, a).scalar_type() == torch::kFloat);
  }
  const auto losses = [](MixedPrecision precision) {
    Setup setup;
    TrainOptions options = options_with(OptimiserKind::adamw);
    options.epochs = 40;
    options.mixed_precision = precision;
    std::vector<double> all;
    Trainer trainer(*setup.net, setup.forward(), options, 1);
    trainer.run(MemoryBatches(setup.train), MemoryBatches(), {.step = [&](double loss) { all.push_back(loss); }});
    for (const Tensor& p : setup.net->parameters()) CHECK(p.scalar_type() == torch::kFloat);
    return all;
  };
  const std::vector<double> narrow = losses(MixedPrecision::bfloat16);
  const std::vector<double> full = losses(MixedPrecision::none);
  // bfloat16 rounds by 2^-9: inputs, weights and results of two layers.
  CHECK(narrow.front() == Approx(full.front()).epsilon(6 * std::ldexp(1, -9)));
  CHECK(narrow.front() != full.front());
  CHECK(narrow.back() < 0.6 * narrow.front());
}

TEST_CASE("what the machine cannot do is refused") {
  TrainOptions options;
  options.mixed_precision = MixedPrecision::float16;
  CHECK_THROWS_WITH(options.validate(), ContainsSubstring("needs train.device = \"cuda\""));
  options.mixed_precision = MixedPrecision::none;
  options.device = torch::kCUDA;
  if (torch::cuda::is_available()) {
    CHECK_NOTHROW(options.validate());
  } else {
    CHECK_THROWS_WITH(options.validate(), ContainsSubstring("finds no such device"));
  }
}

TEST_CASE("the scale of a loss shrinks when gradients overflow and grows after long") {
  LossScale scale(MixedPrecision::float16);
  CHECK(scale.factor() == 65536);
  CHECK(scale.update(false));
  CHECK(scale.factor() == 32768);
  for (int i = 0; i < 1999; ++i) scale.update(true);
  CHECK(scale.factor() == 32768);
  scale.update(true);
  CHECK(scale.factor() == 65536);
  for (int i = 0; i < 16; ++i) CHECK(scale.update(false));
  CHECK(scale.factor() == 1);
  CHECK_FALSE(scale.update(false));
  LossScale other(MixedPrecision::bfloat16);
  CHECK(other.update(false));
  CHECK(other.factor() == 1);
}

TEST_CASE("a model without parameters is trained when it is made") {
  torch::nn::Sequential net{torch::nn::Tanh()};
  const MemoryBatches samples({.inputs = {.parameters = torch::ones({3, 2})}, .outputs = torch::ones({3, 2, 1})});
  Trainer trainer(
      *net, [&](const Inputs& in) { return net->forward(in.parameters).unsqueeze(2); }, {}, 1);
  CHECK(trainer.run(samples, MemoryBatches(), {}) == Trainer::Ending::complete);
  CHECK(trainer.step() == 0);
  Trainer other(
      *net, [&](const Inputs& in) { return net->forward(in.parameters).unsqueeze(2); }, {}, 1);
  other.restore(trainer.state(), "file");
  CHECK(other.run(samples, MemoryBatches(), {}) == Trainer::Ending::complete);
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
    last = setup.parameters();
    if (++steps == 8) setup.train.outputs.fill_(std::numeric_limits<double>::quiet_NaN());
  }};
  CHECK_THROWS_WITH(trainer.run(MemoryBatches(setup.train), MemoryBatches(), hooks),
                    ContainsSubstring("loss is nan at step 9 of epoch 2"));
  CHECK(equal(setup.parameters(), last));
}

TEST_CASE("frozen parameters stay, and a model that is frozen altogether is refused") {
  Setup setup;
  const auto named = setup.net->named_parameters();
  named["0.weight"].set_requires_grad(false);
  const Tensor frozen = named["0.weight"].clone();
  const Tensor other = named["3.weight"].detach().clone();
  TrainOptions options;
  options.epochs = 2;
  Trainer(*setup.net, setup.forward(), options, 1).run(MemoryBatches(setup.train), MemoryBatches(), {});
  CHECK(torch::equal(named["0.weight"], frozen));
  CHECK_FALSE(torch::equal(named["3.weight"], other));
  for (Tensor p : setup.net->parameters()) p.set_requires_grad(false);
  CHECK_THROWS_AS(Trainer(*setup.net, setup.forward(), options, 1), ConfigError);
}

TEST_CASE("the checkpoint of another model is refused and changes nothing") {
  Setup setup;
  const TrainOptions options = options_with(OptimiserKind::adamw);
  Trainer trainer(*setup.net, setup.forward(), options, 1);
  torch::nn::Sequential wider(torch::nn::Linear(3, 17), torch::nn::Tanh(), torch::nn::Linear(17, 2));
  const std::vector<Tensor> before = setup.parameters();
  Trainer other(
      *wider, [&](const Inputs& in) { return wider->forward(in.parameters).unsqueeze(2); }, options, 1);
  CHECK_THROWS_WITH(trainer.restore(other.state(), "run/training.h5"), ContainsSubstring("run/training.h5") &&
                                                                           ContainsSubstring("(17, 3)") &&
                                                                           ContainsSubstring("(16, 3)"));
  CHECK(equal(setup.parameters(), before));
  floe::io::Checkpoint state = trainer.state();
  state.tensors.erase("model/3.bias");
  CHECK_THROWS_WITH(trainer.restore(state, "file"), ContainsSubstring("no tensor model/3.bias"));
  state = trainer.state();
  state.set("model/extra", {1}, std::vector<float>{1});
  CHECK_THROWS_WITH(trainer.restore(state, "file"), ContainsSubstring("tensor model/extra"));
}
