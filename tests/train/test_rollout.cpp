// SPDX-License-Identifier: MIT
#include "support/catch.h"

#include <cmath>

#include "base/error.h"
#include "train/rollout.h"

using namespace floe::train;
using floe::ConfigError;
using floe::ShapeError;
using torch::Tensor;

namespace {

constexpr auto f64 = torch::kDouble;

/// Trajectories u_f(t, x) = (n + 1) q_f^t phi(x) of two fields with q = 0.5, -2, with a field that does not change.
std::shared_ptr<const Batches> trajectories(std::int64_t count, std::int64_t frames) {
  const Tensor n = torch::arange(1, count + 1, f64).view({count, 1, 1, 1});
  const Tensor t = torch::arange(frames, f64).view({1, frames, 1, 1});
  const Tensor q = torch::tensor({0.5, -2.0}, f64).view({1, 1, 2, 1});
  const Tensor phi = torch::linspace(1, 2, 5, f64).view({1, 1, 1, 5});
  Examples examples;
  examples.outputs = n * q.pow(t) * phi;
  examples.inputs.fields = 100 * n.squeeze(3).expand({count, 1, 5}).contiguous();
  return std::make_shared<MemoryBatches>(examples);
}

/// The exact next frame, from the older of two frames: u(t + 1) = q^2 u(t - 1).
Tensor exact(const Inputs& inputs) {
  return inputs.fields.narrow(1, 0, 2) * torch::tensor({0.25, 4.0}, f64).view({1, 2, 1});
}

}  // namespace

TEST_CASE("windows of trajectories hold the frames in their order and what does not change") {
  const auto whole = trajectories(3, 8);
  const RolloutOptions options{.input_frames = 2, .training_steps = 3};
  const RolloutWindows windows = RolloutWindows::training(whole, 8, options);
  CHECK(windows.count() == 3 * 4);  // starts 0, ..., 3
  const Tensor all = range(*whole, 0, 3).outputs;
  const Examples batch = windows.batch(std::vector<std::int64_t>{9, 2, 8});  // (2, 1), (0, 2), (2, 0)
  CHECK(batch.inputs.steps == 3);
  CHECK(batch.inputs.fields.sizes() == torch::IntArrayRef({3, 5, 5}));
  CHECK(torch::equal(batch.inputs.fields[0].narrow(0, 0, 2), all[2][1]));
  CHECK(torch::equal(batch.inputs.fields[0].narrow(0, 2, 2), all[2][2]));
  CHECK(torch::equal(batch.inputs.fields.select(1, 4).select(1, 0), torch::tensor({300.0, 100.0, 300.0}, f64)));
  CHECK(batch.outputs.sizes() == torch::IntArrayRef({9, 2, 5}));
  CHECK(torch::equal(batch.outputs.narrow(0, 3, 3), all[0].narrow(0, 4, 3)));

  RolloutOptions last = options;
  last.pushforward = true;
  const Examples pushed = RolloutWindows::training(whole, 8, last).batch(std::vector<std::int64_t>{9, 2});
  CHECK(torch::equal(pushed.outputs, torch::stack({all[2][5], all[0][6]})));
  last.first_window = true;
  CHECK(RolloutWindows::training(whole, 8, last).count() == 3);
  CHECK(RolloutWindows::whole(whole, 8, options).steps() == 6);
  CHECK_THROWS_WITH(RolloutWindows::training(whole, 4, options),
                    ContainsSubstring("4 frames") && ContainsSubstring("takes 5"));
}

TEST_CASE("an exact step rolled out gives the exact trajectory, a wrong one a known error") {
  const auto whole = trajectories(3, 9);
  const RolloutOptions options{.input_frames = 2};
  const RolloutWindows windows = RolloutWindows::whole(whole, 9, options);
  const Examples batch = range(windows, 0, 3);
  const Tensor truth = range(*whole, 0, 3).outputs.narrow(1, 2, 7);
  // Powers of two: no rounding.
  CHECK(torch::equal(rollout(exact, batch.inputs, 2, 7), truth));
  CHECK(torch::equal(rollout_forward(exact, options)(batch.inputs), batch.outputs));
  CHECK(relative_l2(rollout_forward(exact, options), windows, 2) == 0);

  // Each application multiplies by 1 + h: frames 1, 2 are made by one, 3, 4 by two, ...
  const double h = 0.01;
  const Forward wrong = [&](const Inputs& inputs) { return exact(inputs) * (1 + h); };
  const RolloutErrors errors = rollout_errors(rollout(wrong, batch.inputs, 2, 7), truth);
  double square = 0;
  double norm = 0;
  for (int step = 0; step < 7; ++step) {
    const double expected = std::pow(1 + h, step / 2 + 1) - 1;
    CHECK(errors.per_step[1][step].item<double>() == Approx(expected).epsilon(1e-12));
    const double frame = std::pow(0.25, step + 2) + std::pow(4.0, step + 2);
    square += expected * expected * frame;
    norm += frame;
  }
  CHECK(errors.whole[2].item<double>() == Approx(std::sqrt(square / norm)).epsilon(1e-12));
  CHECK_THROWS_WITH(rollout(wrong, batch.inputs, 3, 2), ContainsSubstring("rollout.input_frames"));
}

TEST_CASE("pushforward has the gradient of the last step only, and all frames when it is judged") {
  const Tensor a = torch::tensor(0.5, f64).requires_grad_();
  const Forward next = [&](const Inputs& inputs) { return a * inputs.fields; };
  Inputs start{.fields = torch::full({1, 1, 4}, 2.0, f64)};
  start.steps = 3;
  RolloutOptions options{.input_frames = 1, .training_steps = 3};
  // u_3 = a^3 u_0: through all steps 3 a^2 u_0, through the last one a^2 u_0.
  rollout_forward(next, options)(start)[2].sum().backward();
  CHECK(a.grad().item<double>() == Approx(3 * 0.25 * 2 * 4));
  a.mutable_grad() = Tensor();
  options.pushforward = true;
  const Tensor pushed = rollout_forward(next, options)(start);
  CHECK(pushed.sizes() == torch::IntArrayRef({1, 1, 4}));
  pushed.sum().backward();
  CHECK(a.grad().item<double>() == Approx(0.25 * 2 * 4));
  const torch::NoGradGuard guard;
  CHECK(rollout_forward(next, options)(start).size(0) == 3);
}

TEST_CASE("a linear step is learnt from pairs, through the steps and by pushforward") {
  const auto whole = trajectories(4, 9);
  const RolloutOptions kinds[] = {{.input_frames = 2},
                                  {.input_frames = 2, .training_steps = 3},
                                  {.input_frames = 2, .training_steps = 3, .pushforward = true},
                                  {.input_frames = 2, .training_steps = 7, .first_window = true}};
  for (const RolloutOptions& options : kinds) {
    INFO(options.training_steps << options.pushforward);
    torch::manual_seed(1);
    torch::nn::Conv1d net(torch::nn::Conv1dOptions(5, 2, 1).bias(false));
    net->to(f64);
    {
      // Close to q_f^2 of the older frame, so that one setting trains through one step as through seven.
      const torch::NoGradGuard guard;
      net->weight.mul_(0.01);
      net->weight[0][0] += 0.2;
      net->weight[1][1] += 3.5;
    }
    const Forward forward = rollout_forward(
        [&](const Inputs& inputs) {
          return net->forward(inputs.fields * torch::tensor({1.0, 1.0, 1.0, 1.0, 0.001}, f64).view({1, 5, 1}));
        },
        options);
    const RolloutWindows validation = RolloutWindows::whole(whole, 9, options);
    const double before = relative_l2(forward, validation, 4);
    TrainOptions train;
    train.optimiser.learning_rate = 0.01;
    train.optimiser.weight_decay = 0;
    train.schedule.kind = ScheduleKind::cosine;
    train.epochs = 80;
    Trainer trainer(*net, forward, train, 1);
    CHECK(trainer.run(RolloutWindows::training(whole, 9, options), validation, {}) == Trainer::Ending::complete);
    CHECK(relative_l2(forward, validation, 4) < 0.1 * before);
  }
}
