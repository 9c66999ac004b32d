// SPDX-License-Identifier: MIT
#include "train/optimiser.h"

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <string_view>

#include "base/error.h"

namespace floe::train {

using torch::Tensor;

namespace {

struct Rates {
  double decay, coupled, rate, beta1, beta2, epsilon, correction, gradient_factor;
};

template <class T>
void adam(T* p, const T* g, T* m, T* v, std::int64_t count, const Rates& rates) {
  const auto decay = static_cast<T>(rates.decay);
  const auto coupled = static_cast<T>(rates.coupled);
  const auto rate = static_cast<T>(rates.rate);
  const auto beta1 = static_cast<T>(rates.beta1);
  const auto beta2 = static_cast<T>(rates.beta2);
  const auto epsilon = static_cast<T>(rates.epsilon);
  const auto correction = static_cast<T>(rates.correction);
  const auto scale = static_cast<T>(rates.gradient_factor);
  at::parallel_for(0, count, 1 << 15, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const T gradient = scale * g[i] + coupled * p[i];
      m[i] = beta1 * m[i] + (1 - beta1) * gradient;
      v[i] = beta2 * v[i] + (1 - beta2) * gradient * gradient;
      p[i] = p[i] * decay - rate * m[i] / (std::sqrt(v[i]) * correction + epsilon);
    }
  });
}

template <class T>
void lion(T* p, const T* g, T* m, std::int64_t count, const Rates& rates) {
  const auto decay = static_cast<T>(rates.decay);
  const auto rate = static_cast<T>(rates.rate);
  const auto beta1 = static_cast<T>(rates.beta1);
  const auto beta2 = static_cast<T>(rates.beta2);
  const auto scale = static_cast<T>(rates.gradient_factor);
  at::parallel_for(0, count, 1 << 15, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const T gradient = scale * g[i];
      const T direction = beta1 * m[i] + (1 - beta1) * gradient;
      p[i] = p[i] * decay - rate * static_cast<T>((direction > 0) - (direction < 0));
      m[i] = beta2 * m[i] + (1 - beta2) * gradient;
    }
  });
}

/// Whether the name begins as the pattern says.
bool begins(std::string_view name, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return name.starts_with(pattern);
  if (!name.starts_with(pattern.substr(0, star))) return false;
  for (std::size_t from = star; from <= name.size(); ++from) {
    if (begins(name.substr(from), pattern.substr(star + 1))) return true;
  }
  return false;
}

void bind(config::Section& section, ParameterGroup& group) {
  section.key("parameters", group.parameters,
              "which they are, by the beginnings of their names; a '*' stands for any characters");
  section.key("learning_rate", group.learning_rate, "of these; \"auto\": that of all", config::at_least(0));
  section.key("weight_decay", group.weight_decay, "of these; \"auto\": that of all", config::at_least(0));
}

void bind_groups(config::Section& section, std::vector<ParameterGroup>& groups) {
  config::Section tables = section.enter("groups", "parameters with settings of their own, a table for each group");
  groups.clear();
  for (const std::string& name : tables.table_names()) {
    groups.push_back({.name = name});
    config::Section table = tables.enter(name, "a group");
    bind(table, groups.back());
  }
  tables.when(false, "<name> = { ... }", [&] {
    ParameterGroup unused;
    config::Section table = tables.enter("<name>", "a group");
    bind(table, unused);
  });
}

}  // namespace

void bind(config::Section& section, OptimiserOptions& options) {
  section.choice("method", options.kind,
                 {{"adamw", OptimiserKind::adamw},
                  {"adam", OptimiserKind::adam},
                  {"lion", OptimiserKind::lion},
                  {"lbfgs", OptimiserKind::lbfgs}},
                 "the optimiser; a step of lbfgs takes all samples, however many fit into a batch");
  const bool lbfgs = options.kind == OptimiserKind::lbfgs;
  section.when(!lbfgs, "method other than \"lbfgs\"", [&] {
    section.key("learning_rate", options.learning_rate, "the largest step size", config::positive());
    section.key(
        "weight_decay", options.weight_decay,
        "shrinks parameters by learning_rate times this at every step; of adam: added to the gradient, times the "
        "parameters",
        config::at_least(0));
    section.key("beta1", options.beta1, "memory of the mean gradient", config::between(0, 1));
    section.key("beta2", options.beta2, "memory of the second moment (adamw, adam) or of the mean that is kept (lion)",
                config::between(0, 1));
    bind_groups(section, options.groups);
  });
  section.when(
      options.kind == OptimiserKind::adamw || options.kind == OptimiserKind::adam, "method = \"adamw\" or \"adam\"",
      [&] { section.key("epsilon", options.epsilon, "added to the root of the second moment", config::positive()); });
  section.when(lbfgs, "method = \"lbfgs\"", [&] { bind(section, options.lbfgs); });
}

Optimiser::Optimiser(Named parameters, const OptimiserOptions& options)
    : parameters_(std::move(parameters)),
      options_(options),
      learning_rates_(parameters_.size(), options.learning_rate),
      weight_decays_(parameters_.size(), options.weight_decay) {
  if (options_.kind == OptimiserKind::lbfgs) {
    lbfgs_.emplace(parameters_, options_.lbfgs);
    return;
  }
  for (const auto& [name, parameter] : parameters_) {
    first_.push_back(torch::zeros_like(parameter.detach()));
    if (options_.kind != OptimiserKind::lion) second_.push_back(torch::zeros_like(parameter.detach()));
  }
  set_groups();
}

void Optimiser::set_groups() {
  std::vector<bool> taken(parameters_.size(), false);
  for (const ParameterGroup& group : options_.groups) {
    for (const std::string& pattern : group.parameters) {
      bool any = false;
      for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (!begins(parameters_[i].first, pattern)) continue;
        any = true;
        if (taken[i]) continue;
        taken[i] = true;
        if (group.learning_rate) learning_rates_[i] = *group.learning_rate;
        if (group.weight_decay) weight_decays_[i] = *group.weight_decay;
      }
      if (!any) {
        std::vector<std::string> names;
        for (const auto& [name, parameter] : parameters_) names.push_back(name);
        throw ConfigError(
            fmt::format("train.groups.{} holds \"{}\" (no parameter that is trained begins so); they are {}",
                        group.name, pattern, fmt::join(names, ", ")));
      }
    }
  }
}

void Optimiser::zero_gradients() {
  for (auto& [name, parameter] : parameters_) parameter.mutable_grad() = Tensor();
}

void Optimiser::step(double factor, double gradient_factor) {
  const torch::NoGradGuard guard;
  ++steps_;
  const double t = static_cast<double>(steps_);
  const bool lion_steps = options_.kind == OptimiserKind::lion;
  const double first_correction = lion_steps ? 1 : 1 - std::pow(options_.beta1, t);
  const double second_correction = 1 / std::sqrt(1 - std::pow(options_.beta2, t));
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const double rate = learning_rates_[i] * factor;
    const bool coupled = options_.kind == OptimiserKind::adam;
    const Rates rates{.decay = coupled ? 1 : 1 - rate * weight_decays_[i],
                      .coupled = coupled ? weight_decays_[i] : 0,
                      .rate = rate / first_correction,
                      .beta1 = options_.beta1,
                      .beta2 = options_.beta2,
                      .epsilon = options_.epsilon,
                      .correction = second_correction,
                      .gradient_factor = gradient_factor};
    Tensor p = parameters_[i].second;
    if (!p.grad().defined()) continue;
    Tensor m = first_[i];
    if (p.is_cpu() && p.is_contiguous() && p.is_floating_point()) {
      const Tensor g = p.grad().contiguous();
      AT_DISPATCH_FLOATING_TYPES(p.scalar_type(), "floe optimiser", [&] {
        if (lion_steps) {
          lion(p.data_ptr<scalar_t>(), g.data_ptr<scalar_t>(), m.data_ptr<scalar_t>(), p.numel(), rates);
        } else {
          adam(p.data_ptr<scalar_t>(), g.data_ptr<scalar_t>(), m.data_ptr<scalar_t>(), second_[i].data_ptr<scalar_t>(),
               p.numel(), rates);
        }
      });
      continue;
    }
    const Tensor g = p.grad() * rates.gradient_factor + p * rates.coupled;
    p.mul_(rates.decay);
    if (lion_steps) {
      p.add_((m * rates.beta1 + g * (1 - rates.beta1)).sign(), -rates.rate);
      m.mul_(rates.beta2).add_(g, 1 - rates.beta2);
    } else {
      m.mul_(rates.beta1).add_(g, 1 - rates.beta1);
      second_[i].mul_(rates.beta2).addcmul_(g, g, 1 - rates.beta2);
      p.addcdiv_(m, second_[i].sqrt().mul_(rates.correction).add_(rates.epsilon), -rates.rate);
    }
  }
}

Lbfgs::Step Optimiser::step(const Lbfgs::Function& function) {
  const Lbfgs::Step step = lbfgs_.value().step(function);
  ++steps_;
  return step;
}

Optimiser::Named Optimiser::state() const {
  if (lbfgs_) return lbfgs_->state();
  Named state;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    state.emplace_back("m/" + parameters_[i].first, first_[i]);
    if (!second_.empty()) state.emplace_back("v/" + parameters_[i].first, second_[i]);
  }
  return state;
}

}  // namespace floe::train
