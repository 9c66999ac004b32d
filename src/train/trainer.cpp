// SPDX-License-Identifier: MIT
#include "train/trainer.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"
#include "train/permutation.h"

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

Tensor apply(const Tensor& tensor, const auto& change) {
  return tensor.defined() ? change(tensor) : tensor;
}

}  // namespace

Examples Examples::select(const Tensor& samples) const {
  const auto rows = [&](const Tensor& t) { return t.index_select(0, samples.to(t.device())); };
  const bool shared = mask.defined() && mask.size(0) == 1 && count() != 1;
  return {inputs.select(samples), apply(outputs, rows), shared ? mask : apply(mask, rows), geometry};
}

Examples Examples::narrow(std::int64_t first, std::int64_t count_wanted) const {
  const auto rows = [&](const Tensor& t) { return t.narrow(0, first, count_wanted); };
  const bool shared = mask.defined() && mask.size(0) == 1 && count() != 1;
  return {inputs.narrow(first, count_wanted), apply(outputs, rows), shared ? mask : apply(mask, rows), geometry};
}

Examples Examples::to(torch::Device device, torch::ScalarType type) const {
  const auto move = [&](const Tensor& t) { return t.to(device, type); };
  return {inputs.to(device, type), apply(outputs, move), apply(mask, move), geometry};
}

void bind(config::Section& section, TrainOptions& options) {
  bind(section, options.optimiser);
  bind(section, options.schedule);
  bind(section, options.loss);
  section.key("epochs", options.epochs, "passes over the training samples", config::positive());
  section.key("batch_size", options.batch_size, "samples of a step", config::positive());
  section.key("clip", options.clip, "largest norm of the gradient; 0: no limit", config::at_least(0));
  section.key("averaging", options.averaging,
              "decay per step of an average of the parameters, which is what is evaluated; 0: none",
              config::at_least(0) & config::below(1));
  section.key("patience", options.patience, "epochs without a better validation error before it stops; 0: never",
              config::at_least(0));
  section.key("keep_best", options.keep_best, "whether to end with the parameters of the best validation error");
}

double relative_l2(const Forward& forward, const Examples& examples, std::int64_t batch_size) {
  const torch::NoGradGuard guard;
  double sum = 0;
  for (std::int64_t first = 0; first < examples.count(); first += batch_size) {
    const Examples batch = examples.narrow(first, std::min(batch_size, examples.count() - first));
    const double mean =
        loss({.kind = LossKind::relative_l2}, forward(batch.inputs), batch.outputs, batch.mask, batch.geometry)
            .item<double>();
    sum += mean * static_cast<double>(batch.count());
  }
  return sum / static_cast<double>(examples.count());
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

double Trainer::train_step(const Examples& train, std::int64_t steps_per_epoch) {
  if (order_epoch_ != epoch_) {
    order_ = torch::tensor(permutation(train.count(), seed_, "training order", static_cast<std::uint64_t>(epoch_)));
    order_epoch_ = epoch_;
  }
  const std::int64_t count = std::min(options_.batch_size, train.count() - position_);
  const Examples batch = train.select(order_.narrow(0, position_, count));
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
  std::vector<Tensor> parameters;
  for (const auto& [name, parameter] : optimiser_.parameters()) parameters.push_back(parameter);
  const double limit = options_.clip > 0 ? options_.clip : std::numeric_limits<double>::infinity();
  const double norm = torch::nn::utils::clip_grad_norm_(parameters, limit);
  if (!std::isfinite(norm)) {
    throw NumericalError(
        fmt::format("the gradient has the norm {} at step {} of epoch {}, with a loss of {:.6g} (training "
                    "has become unstable); the parameters of the step before are kept: go on from them "
                    "with a lower train.learning_rate",
                    norm, at + 1, epoch_ + 1, number));
  }
  optimiser_.step(schedule_factor(options_.schedule, at, steps_per_epoch, options_.epochs));
  if (!averages_.empty()) average();
  position_ += count;
  loss_sum_ += number * static_cast<double>(count);
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

double Trainer::validate(const Examples& validation) {
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

void Trainer::finish_epoch(const Examples& train, const Examples& validation, const Hooks& hooks, double seconds,
                           double factor) {
  EpochRow row{.epoch = ++epoch_, .step = optimiser_.steps(), .seconds = seconds};
  row.learning_rate = options_.optimiser.learning_rate * factor;
  row.loss = loss_sum_ / static_cast<double>(train.count());
  position_ = 0;
  loss_sum_ = 0;
  row.validation = validate(validation);
  if (hooks.epoch) hooks.epoch(row);
}

Trainer::Ending Trainer::run(const Examples& train, const Examples& validation, const Hooks& hooks) {
  if (train.count() == 0) throw ConfigError("there are no training samples (the data are empty); give some");
  const std::int64_t steps_per_epoch = (train.count() + options_.batch_size - 1) / options_.batch_size;
  module_.train();
  while (!finished_ && epoch_ < options_.epochs && !(options_.patience > 0 && waited_ >= options_.patience)) {
    const auto start = std::chrono::steady_clock::now();
    const double factor = schedule_factor(options_.schedule, optimiser_.steps(), steps_per_epoch, options_.epochs);
    while (position_ < train.count()) {
      if (hooks.stop && hooks.stop()) return Ending::stopped;
      const double value = train_step(train, steps_per_epoch);
      if (hooks.step) hooks.step(value);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    finish_epoch(train, validation, hooks, seconds.count(), factor);
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
  order_epoch_ = -1;
}

}  // namespace floe::train
