// SPDX-License-Identifier: MIT
#include "train/trainer.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "random/stream.h"
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
  if (parameters.empty() && !module.named_parameters().is_empty())
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
  std::vector<Tensor> norms;
  for (const auto& [name, parameter] : parameters) {
    if (parameter.grad().defined()) norms.push_back(parameter.grad().norm().to(torch::kDouble));
  }
  return norms.empty() ? 0 : torch::stack(norms).norm().item<double>();
}

void require_finite_loss(double value, std::int64_t step, std::int64_t epoch) {
  if (std::isfinite(value)) return;
  throw NumericalError(
      fmt::format("the loss is {} at step {} of epoch {} (training has become unstable); the parameters of the step "
                  "before are kept: go on from them with a lower train.learning_rate or with train.clip",
                  value, step, epoch));
}

void require_finite_gradient(double norm, double value, std::int64_t step, std::int64_t epoch) {
  if (std::isfinite(norm)) return;
  throw NumericalError(
      fmt::format("the gradient has the norm {} at step {} of epoch {}, with a loss of {:.6g} (training has become "
                  "unstable); the parameters of the step before are kept: go on from them with a lower "
                  "train.learning_rate",
                  norm, step, epoch, value));
}

}  // namespace

void bind(config::Section& section, TrainOptions& options) {
  bind(section, options.optimiser);
  bind(section, options.schedule);
  bind(section, options.loss);
  section.key("epochs", options.epochs, "passes over the training samples", config::positive());
  section.key("batch_size", options.batch_size, "samples of a step", config::positive());
  section.when(options.optimiser.kind != OptimiserKind::lbfgs, "method other than \"lbfgs\"", [&] {
    section.choice(
        "symmetry", options.symmetry,
        {{"none", SymmetryKind::none}, {"reflections", SymmetryKind::reflections}, {"square", SymmetryKind::square}},
        "transformations of scalar fields under which the equation stays the same: reflections of the axes, or "
        "all eight of the square; each step draws one for its batch");
    section.key("clip", options.clip, "largest norm of the gradient; 0: no limit", config::at_least(0));
  });
  section.key("averaging", options.averaging,
              "decay per step of an average of the parameters, which is what is evaluated; 0: none",
              config::at_least(0) & config::below(1));
  section.key("patience", options.patience, "epochs without a better validation error before it stops; 0: never",
              config::at_least(0));
  section.key("keep_best", options.keep_best, "whether to end with the parameters of the best validation error");
  section.choice("device", options.device, {{"cpu", torch::kCPU}, {"cuda", torch::kCUDA}}, "where it is computed");
  section.choice(
      "mixed_precision", options.mixed_precision,
      {{"none", MixedPrecision::none}, {"bfloat16", MixedPrecision::bfloat16}, {"float16", MixedPrecision::float16}},
      "type of matrix products and convolutions in training; parameters stay as train.precision says");
}

void TrainOptions::validate() const {
  schedule.validate();
  if (device == torch::kCUDA && !torch::cuda::is_available()) {
    throw ConfigError(
        "train.device = \"cuda\" cannot be used (this LibTorch finds no such device); take \"cpu\", or a LibTorch with "
        "CUDA (docs/torch-versions.md) on a machine that has one");
  }
  if (mixed_precision == MixedPrecision::float16 && device != torch::kCUDA) {
    throw ConfigError(
        "train.mixed_precision = \"float16\" needs train.device = \"cuda\" (processors do not compute in it); take "
        "\"bfloat16\" or \"none\"");
  }
}

double relative_l2(const Forward& forward, const Batches& samples, std::int64_t batch_size, torch::Device device) {
  const torch::NoGradGuard guard;
  double sum = 0;
  std::int64_t count = 0;
  Loader loader(samples, numbers_below(samples.count()), batch_size);
  while (loader.more()) {
    const Examples batch = loader.next().to(device);
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
      optimiser_((module.to(torch::Device(options.device)), trainable(module)), options.optimiser),
      scale_(options.mixed_precision),
      best_error_(std::numeric_limits<double>::infinity()) {
  if (options_.averaging > 0) averages_ = copies(optimiser_.parameters());
  if (options_.keep_best) best_ = copies(named_tensors(module_));
}

std::int64_t Trainer::steps_per_epoch(std::int64_t samples) const {
  return whole_set() ? 1 : (samples + options_.batch_size - 1) / options_.batch_size;
}

void Trainer::draw_from(std::int64_t step) const {
  random::Stream stream(random::make_key(seed_, "training draws"), static_cast<std::uint64_t>(step));
  torch::manual_seed(stream.below(std::uint64_t{1} << 32));
}

/// The loss of a batch; its gradient, times the weight and the scale, is added to those of the parameters.
double Trainer::backward(const Examples& batch, double weight) {
  const Examples here = batch.to(device());
  Tensor prediction;
  {
    const Autocast autocast(device(), options_.mixed_precision);
    prediction = forward_(here.inputs);
  }
  const Tensor value =
      loss(options_.loss, prediction.to(here.outputs.scalar_type()), here.outputs, here.mask, here.geometry);
  const auto number = value.item<double>();
  const double factor = weight * scale_.factor();
  if (std::isfinite(number)) (factor == 1 ? value : value * factor).backward();
  return number;
}

double Trainer::train_step(const Examples& drawn, double factor) {
  const std::int64_t step = optimiser_.steps() + 1;
  draw_from(step);
  optimiser_.zero_gradients();
  const double value = backward(transformed(drawn, options_.symmetry, seed_, optimiser_.steps()), 1);
  require_finite_loss(value, step, epoch_ + 1);
  const double norm = gradient_norm(optimiser_.parameters()) / scale_.factor();
  const double scale = scale_.factor();
  if (!scale_.update(std::isfinite(norm)) || !scale_.active()) {
    require_finite_gradient(norm, value, step, epoch_ + 1);
  } else if (!std::isfinite(norm)) {
    return value;  // the next step has a smaller scale
  }
  const bool clipped = options_.clip > 0 && norm > options_.clip;
  optimiser_.step(factor, (clipped ? options_.clip / norm : 1) / scale);
  if (!averages_.empty()) average();
  return value;
}

double Trainer::whole_set_step(const Batches& train) {
  const std::int64_t number = optimiser_.steps() + 1;
  const Lbfgs::Step step = optimiser_.step([&] {
    draw_from(0);  // the function is to be the same at every call
    optimiser_.zero_gradients();
    double sum = 0;
    Loader loader(train, numbers_below(train.count()), options_.batch_size);
    for (std::int64_t first = 0; loader.more(); first += options_.batch_size) {
      const auto part = static_cast<double>(std::min(options_.batch_size, train.count() - first)) /
                        static_cast<double>(train.count());
      sum += part * backward(loader.next(), part);
    }
    return sum;
  });
  require_finite_loss(step.value, number, epoch_ + 1);
  require_finite_gradient(step.gradient_norm, step.value, number, epoch_ + 1);
  converged_ = step.done;
  if (!averages_.empty()) average();
  return step.value;
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
  const double error = relative_l2(forward_, validation, options_.batch_size, device());
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

Trainer::Ending Trainer::train_epoch(const Batches& train, const Hooks& hooks) {
  if (whole_set()) {
    if (hooks.stop && hooks.stop()) return Ending::stopped;
    const double value = whole_set_step(train);
    loss_sum_ = value * static_cast<double>(train.count());
    if (hooks.step) hooks.step(value);
    return Ending::complete;
  }
  std::vector<std::int64_t> order =
      permutation(train.count(), seed_, "training order", static_cast<std::uint64_t>(epoch_));
  order.erase(order.begin(), order.begin() + position_);
  Loader loader(train, std::move(order), options_.batch_size);
  while (loader.more()) {
    if (hooks.stop && hooks.stop()) return Ending::stopped;
    const Examples batch = loader.next();
    const std::int64_t count = std::min(options_.batch_size, train.count() - position_);
    const double value = train_step(
        batch, schedule_factor(options_.schedule, optimiser_.steps(), steps_per_epoch(train.count()), options_.epochs));
    position_ += count;
    loss_sum_ += value * static_cast<double>(count);
    if (hooks.step) hooks.step(value);
  }
  return Ending::complete;
}

Trainer::Ending Trainer::run(const Batches& train, const Batches& validation, const Hooks& hooks) {
  if (train.count() == 0) throw ConfigError("there are no training samples (the data are empty); give some");
  module_.train();
  const bool nothing = optimiser_.parameters().empty();
  while (!finished_ && !converged_ && !nothing && epoch_ < options_.epochs &&
         !(options_.patience > 0 && waited_ >= options_.patience)) {
    const auto start = std::chrono::steady_clock::now();
    const double factor = whole_set() ? 1
                                      : schedule_factor(options_.schedule, optimiser_.steps(),
                                                        steps_per_epoch(train.count()), options_.epochs);
    if (train_epoch(train, hooks) == Ending::stopped) return Ending::stopped;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    finish_epoch(validation, hooks,
                 {.learning_rate = (whole_set() ? 1 : options_.optimiser.learning_rate) * factor,
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
  if (scale_.active()) {
    state.set("progress/scale", {2}, std::vector<double>{scale_.factor(), static_cast<double>(scale_.steps())});
  }
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
  if (scale_.active() && state.tensors.contains("progress/scale")) {
    const auto& scale = state.get<double>("progress/scale");
    scale_.restore(scale.at(0), static_cast<std::int64_t>(scale.at(1)));
  }
}

}  // namespace floe::train
