// SPDX-License-Identifier: MIT
#include "train/trainer.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "train/permutation.h"
#include "train/symmetry.h"

namespace floe::train {

using torch::Tensor;

namespace {

Optimiser::Named trainable(const torch::nn::Module& module) {
  Optimiser::Named parameters;
  for (const auto& item : module.named_parameters()) {
    if (item.value().requires_grad()) parameters.emplace_back(item.key(), item.value());
  }
  if (parameters.empty())
    throw ConfigError("there is nothing to train (every parameter is frozen); freeze fewer parts");
  return parameters;
}

NamedTensors copies(const NamedTensors& tensors) {
  NamedTensors copied;
  for (const auto& [name, tensor] : tensors) copied.emplace_back(name, tensor.detach().clone());
  return copied;
}

std::vector<std::int64_t> numbers_below(std::int64_t count) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), std::int64_t{0});
  return numbers;
}

/// The norm of all gradients together.
double gradient_norm(const Optimiser::Named& parameters) {
  double sum = 0;
  for (const auto& [name, parameter] : parameters) {
    if (!parameter.grad().defined()) continue;
    const auto norm = parameter.grad().norm().item<double>();
    sum += norm * norm;
  }
  return std::sqrt(sum);
}

}  // namespace

void bind(config::Section& section, TrainOptions& options) {
  bind(section, options.optimiser);
  bind(section, options.schedule);
  bind(section, options.loss);
  section.key("epochs", options.epochs, "passes over the training samples", config::positive());
  section.key("batch_size", options.batch_size, "samples of a step", config::positive());
  section.choice(
      "symmetry", options.symmetry,
      {{"none", SymmetryKind::none}, {"reflections", SymmetryKind::reflections}, {"square", SymmetryKind::square}},
      "transformations of scalar fields under which the equation stays the same: reflections of the axes, or "
      "all eight of the square; each step draws one for its batch");
  section.key("clip", options.clip, "largest norm of the gradient; 0: no limit", config::at_least(0));
  section.key("averaging", options.averaging,
              "decay per step of an average of the parameters, which is what is evaluated; 0: none",
              config::at_least(0) & config::below(1));
  section.key("patience", options.patience, "epochs without a better validation error before it stops; 0: never",
              config::at_least(0));
  section.key("keep_best", options.keep_best, "whether to end with the parameters of the best validation error");
}

double relative_l2(const Forward& forward, const Batches& samples, std::int64_t batch_size) {
  const torch::NoGradGuard guard;
  double sum = 0;
  std::int64_t count = 0;
  Loader loader(samples, numbers_below(samples.count()), batch_size);
  while (loader.more()) {
    const Examples batch = loader.next();
    const Tensor errors = relative_l2_errors(forward(batch.inputs), batch.outputs, batch.mask);
    sum += errors.sum(torch::kDouble).item<double>();
    count += errors.size(0);
  }
  return sum / static_cast<double>(count);
}

Trainer::Trainer(torch::nn::Module& module, Forward forward, const TrainOptions& options, std::uint64_t seed)
    : module_(module),
      forward_(std::move(forward)),
      options_(options),
      seed_(seed),
      optimiser_(trainable(module), options.optimiser),
      best_error_(std::numeric_limits<double>::infinity()) {
  if (options_.averaging > 0) averages_ = copies(optimiser_.parameters());
  if (options_.keep_best) best_ = copies(named_tensors(module_));
}

double Trainer::train_step(const Examples& drawn, double factor) {
  const Examples batch = transformed(drawn, options_.symmetry, seed_, optimiser_.steps());
  optimiser_.zero_gradients();
  const Tensor value = loss(options_.loss, forward_(batch.inputs), batch.outputs, batch.mask, batch.geometry);
  const double number = value.item<double>();
  const std::int64_t at = optimiser_.steps();
  if (!std::isfinite(number)) {
    throw NumericalError(
        fmt::format("the loss is {} at step {} of epoch {} (training has become unstable); the parameters "
                    "of the step before are kept: go on from them with a lower train.learning_rate or "
                    "with train.clip",
                    number, at + 1, epoch_ + 1));
  }
  value.backward();
  const double norm = gradient_norm(optimiser_.parameters());
  if (!std::isfinite(norm)) {
    throw NumericalError(
        fmt::format("the gradient has the norm {} at step {} of epoch {}, with a loss of {:.6g} (training "
                    "has become unstable); the parameters of the step before are kept: go on from them "
                    "with a lower train.learning_rate",
                    norm, at + 1, epoch_ + 1, number));
  }
  const bool clipped = options_.clip > 0 && norm > options_.clip;
  optimiser_.step(factor, clipped ? options_.clip / norm : 1);
  if (!averages_.empty()) average();
  return number;
}

void Trainer::average() {
  const torch::NoGradGuard guard;
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    averages_[i].second.lerp_(optimiser_.parameters()[i].second, 1 - options_.averaging);
  }
}

void Trainer::exchange(NamedTensors& with) {
  const torch::NoGradGuard guard;
  for (std::size_t i = 0; i < with.size(); ++i) {
    Tensor parameter = optimiser_.parameters()[i].second;
    const Tensor kept = parameter.clone();
    parameter.copy_(with[i].second);
    with[i].second.copy_(kept);
  }
}

double Trainer::validate(const Batches& validation) {
  if (validation.count() == 0) return std::numeric_limits<double>::quiet_NaN();
  module_.eval();
  exchange(averages_);
  const double error = relative_l2(forward_, validation, options_.batch_size);
  if (error < best_error_ && !best_.empty()) {
    const NamedTensors now = named_tensors(module_);
    const torch::NoGradGuard guard;
    for (std::size_t i = 0; i < best_.size(); ++i) best_[i].second.copy_(now[i].second);
  }
  exchange(averages_);
  module_.train();
  waited_ = error < best_error_ ? 0 : waited_ + 1;
  best_error_ = std::min(best_error_, error);
  return error;
}

void Trainer::finish_epoch(const Batches& validation, const Hooks& hooks, EpochRow row) {
  row.epoch = ++epoch_;
  row.step = optimiser_.steps();
  position_ = 0;
  loss_sum_ = 0;
  row.validation = validate(validation);
  if (hooks.epoch) hooks.epoch(row);
}

Trainer::Ending Trainer::train_epoch(const Batches& train, const Hooks& hooks, std::int64_t steps_per_epoch) {
  std::vector<std::int64_t> order =
      permutation(train.count(), seed_, "training order", static_cast<std::uint64_t>(epoch_));
  order.erase(order.begin(), order.begin() + position_);
  Loader loader(train, std::move(order), options_.batch_size);
  while (loader.more()) {
    if (hooks.stop && hooks.stop()) return Ending::stopped;
    const Examples batch = loader.next();
    const std::int64_t count = std::min(options_.batch_size, train.count() - position_);
    const double value =
        train_step(batch, schedule_factor(options_.schedule, optimiser_.steps(), steps_per_epoch, options_.epochs));
    position_ += count;
    loss_sum_ += value * static_cast<double>(count);
    if (hooks.step) hooks.step(value);
  }
  return Ending::complete;
}

Trainer::Ending Trainer::run(const Batches& train, const Batches& validation, const Hooks& hooks) {
  if (train.count() == 0) throw ConfigError("there are no training samples (the data are empty); give some");
  const std::int64_t steps_per_epoch = (train.count() + options_.batch_size - 1) / options_.batch_size;
  module_.train();
  while (!finished_ && epoch_ < options_.epochs && !(options_.patience > 0 && waited_ >= options_.patience)) {
    const auto start = std::chrono::steady_clock::now();
    const double factor = schedule_factor(options_.schedule, optimiser_.steps(), steps_per_epoch, options_.epochs);
    if (train_epoch(train, hooks, steps_per_epoch) == Ending::stopped) return Ending::stopped;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    finish_epoch(validation, hooks,
                 {.learning_rate = options_.optimiser.learning_rate * factor,
                  .loss = loss_sum_ / static_cast<double>(train.count()),
                  .seconds = seconds.count()});
  }
  if (!finished_) {
    const torch::NoGradGuard guard;
    if (!best_.empty() && std::isfinite(best_error_)) {
      const NamedTensors now = named_tensors(module_);
      for (std::size_t i = 0; i < best_.size(); ++i) Tensor(now[i].second).copy_(best_[i].second);
    } else {
      exchange(averages_);
    }
    finished_ = true;
  }
  module_.eval();
  return Ending::complete;
}

io::Checkpoint Trainer::state() const {
  io::Checkpoint state;
  save_tensors(state, "model/", named_tensors(module_));
  save_tensors(state, "optimiser/", optimiser_.state());
  save_tensors(state, "average/", averages_);
  save_tensors(state, "best/", best_);
  state.set("progress/counts", {5},
            std::vector<std::int64_t>{optimiser_.steps(), epoch_, position_, waited_, finished_ ? 1 : 0});
  state.set("progress/numbers", {2}, std::vector<double>{loss_sum_, best_error_});
  return state;
}

void Trainer::restore(const io::Checkpoint& state, std::string_view source) {
  load_tensors(state, "model/", named_tensors(module_), source);
  load_tensors(state, "optimiser/", optimiser_.state(), source);
  load_tensors(state, "average/", averages_, source);
  load_tensors(state, "best/", best_, source);
  const auto& counts = state.get<std::int64_t>("progress/counts");
  const auto& numbers = state.get<double>("progress/numbers");
  optimiser_.set_steps(counts.at(0));
  epoch_ = counts.at(1);
  position_ = counts.at(2);
  waited_ = counts.at(3);
  finished_ = counts.at(4) != 0;
  loss_sum_ = numbers.at(0);
  best_error_ = numbers.at(1);
}

}  // namespace floe::train
