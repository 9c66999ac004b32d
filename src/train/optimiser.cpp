// SPDX-License-Identifier: MIT
#include "train/optimiser.h"

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>

#include <cmath>

namespace floe::train {

using torch::Tensor;

namespace {

struct Rates {
  double decay, rate, beta1, beta2, epsilon, correction, gradient_factor;
};

template <class T>
void adamw(T* p, const T* g, T* m, T* v, std::int64_t count, const Rates& rates) {
  const auto decay = static_cast<T>(rates.decay);
  const auto rate = static_cast<T>(rates.rate);
  const auto beta1 = static_cast<T>(rates.beta1);
  const auto beta2 = static_cast<T>(rates.beta2);
  const auto epsilon = static_cast<T>(rates.epsilon);
  const auto correction = static_cast<T>(rates.correction);
  const auto scale = static_cast<T>(rates.gradient_factor);
  at::parallel_for(0, count, 1 << 15, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const T gradient = scale * g[i];
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

}  // namespace

void bind(config::Section& section, OptimiserOptions& options) {
  section.choice("method", options.kind, {{"adamw", OptimiserKind::adamw}, {"lion", OptimiserKind::lion}},
                 "the optimiser");
  section.key("learning_rate", options.learning_rate, "the largest step size", config::positive());
  section.key("weight_decay", options.weight_decay, "shrinks parameters by learning_rate times this at every step",
              config::at_least(0));
  section.key("beta1", options.beta1, "memory of the mean gradient", config::between(0, 1));
  section.key("beta2", options.beta2, "memory of the second moment (adamw) or of the mean that is kept (lion)",
              config::between(0, 1));
  section.when(options.kind == OptimiserKind::adamw, "train.method = \"adamw\"", [&] {
    section.key("epsilon", options.epsilon, "added to the root of the second moment", config::positive());
  });
}

Optimiser::Optimiser(Named parameters, const OptimiserOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  for (const auto& [name, parameter] : parameters_) {
    first_.push_back(torch::zeros_like(parameter.detach()));
    if (options_.kind == OptimiserKind::adamw) second_.push_back(torch::zeros_like(parameter.detach()));
  }
}

void Optimiser::zero_gradients() {
  for (auto& [name, parameter] : parameters_) parameter.mutable_grad() = Tensor();
}

void Optimiser::step(double factor, double gradient_factor) {
  const torch::NoGradGuard guard;
  ++steps_;
  const double t = static_cast<double>(steps_);
  const double rate = options_.learning_rate * factor;
  const bool adam = options_.kind == OptimiserKind::adamw;
  const Rates rates{.decay = 1 - rate * options_.weight_decay,
                    .rate = adam ? rate / (1 - std::pow(options_.beta1, t)) : rate,
                    .beta1 = options_.beta1,
                    .beta2 = options_.beta2,
                    .epsilon = options_.epsilon,
                    .correction = 1 / std::sqrt(1 - std::pow(options_.beta2, t)),
                    .gradient_factor = gradient_factor};
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Tensor p = parameters_[i].second;
    if (!p.grad().defined()) continue;
    Tensor m = first_[i];
    if (p.is_cpu() && p.is_contiguous() && p.is_floating_point()) {
      const Tensor g = p.grad().contiguous();
      AT_DISPATCH_FLOATING_TYPES(p.scalar_type(), "floe optimiser", [&] {
        if (adam) {
          adamw(p.data_ptr<scalar_t>(), g.data_ptr<scalar_t>(), m.data_ptr<scalar_t>(), second_[i].data_ptr<scalar_t>(),
                p.numel(), rates);
        } else {
          lion(p.data_ptr<scalar_t>(), g.data_ptr<scalar_t>(), m.data_ptr<scalar_t>(), p.numel(), rates);
        }
      });
      continue;
    }
    const Tensor g = gradient_factor == 1 ? p.grad() : p.grad() * gradient_factor;
    p.mul_(rates.decay);
    if (adam) {
      m.mul_(rates.beta1).add_(g, 1 - rates.beta1);
      second_[i].mul_(rates.beta2).addcmul_(g, g, 1 - rates.beta2);
      p.addcdiv_(m, second_[i].sqrt().mul_(rates.correction).add_(rates.epsilon), -rates.rate);
    } else {
      p.add_((m * rates.beta1 + g * (1 - rates.beta1)).sign(), -rates.rate);
      m.mul_(rates.beta2).add_(g, 1 - rates.beta2);
    }
  }
}

Optimiser::Named Optimiser::state() const {
  Named state;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    state.emplace_back("m/" + parameters_[i].first, first_[i]);
    if (!second_.empty()) state.emplace_back("v/" + parameters_[i].first, second_[i]);
  }
  return state;
}

}  // namespace floe::train
