// SPDX-License-Identifier: MIT
#include "train/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "train/line_search.h"

namespace floe::train {

using torch::Tensor;

namespace {

double scalar_product(const Tensor& a, const Tensor& b) {
  return a.dot(b).item<double>();
}

}  // namespace

void bind(config::Section& section, LbfgsOptions& options) {
  section.key("history", options.history, "steps that the curvature is estimated from", config::positive());
  section.key("evaluations", options.evaluations, "of loss and gradient in one step, at most", config::at_least(2));
}

Lbfgs::Lbfgs(NamedTensors parameters, const LbfgsOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  std::int64_t count = 0;
  for (const auto& [name, parameter] : parameters_) count += parameter.numel();
  changes_ = torch::zeros({options_.history, count}, torch::kDouble);
  gradient_changes_ = torch::zeros_like(changes_);
  gradient_ = torch::zeros({count}, torch::kDouble);
  numbers_ = torch::zeros({3}, torch::kDouble);
}

NamedTensors Lbfgs::state() const {
  return {{"lbfgs/changes", changes_},
          {"lbfgs/gradient_changes", gradient_changes_},
          {"lbfgs/gradient", gradient_},
          {"lbfgs/numbers", numbers_}};
}

std::int64_t Lbfgs::stored() const {
  return static_cast<std::int64_t>(numbers_[0].item<double>());
}

Tensor Lbfgs::gather(bool gradients) const {
  std::vector<Tensor> parts;
  for (const auto& [name, parameter] : parameters_) {
    const Tensor part = gradients ? parameter.grad() : parameter.detach();
    parts.push_back(part.defined() ? part.reshape({-1}).to(torch::kCPU, torch::kDouble)
                                   : torch::zeros({parameter.numel()}, torch::kDouble));
  }
  return torch::cat(parts);
}

void Lbfgs::move(const Tensor& to) {
  const torch::NoGradGuard guard;
  std::int64_t first = 0;
  for (auto& [name, parameter] : parameters_) {
    parameter.copy_(to.narrow(0, first, parameter.numel()).view_as(parameter));
    first += parameter.numel();
  }
}

Tensor Lbfgs::direction(const Tensor& gradient) const {
  const std::int64_t count = stored();
  Tensor q = -gradient;
  std::vector<double> weights(static_cast<std::size_t>(count));
  const auto inverse = [&](std::int64_t i) { return 1 / scalar_product(changes_[i], gradient_changes_[i]); };
  for (std::int64_t i = count - 1; i >= 0; --i) {
    const double weight = scalar_product(changes_[i], q) * inverse(i);
    weights[static_cast<std::size_t>(i)] = weight;
    q.sub_(gradient_changes_[i], weight);
  }
  if (count > 0) {
    const Tensor y = gradient_changes_[count - 1];
    q.mul_(scalar_product(changes_[count - 1], y) / scalar_product(y, y));
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const double weight = weights[static_cast<std::size_t>(i)] - scalar_product(gradient_changes_[i], q) * inverse(i);
    q.add_(changes_[i], weight);
  }
  return q;
}

void Lbfgs::remember(const Tensor& change, const Tensor& gradient_change) {
  // Only pairs of positive curvature keep the estimate positive.
  if (scalar_product(change, gradient_change) <=
      1e-10 * gradient_change.norm().item<double>() * change.norm().item<double>())
    return;
  std::int64_t count = stored();
  if (count == options_.history) {
    for (const Tensor& all : {changes_, gradient_changes_}) {
      for (std::int64_t i = 1; i < count; ++i) all[i - 1].copy_(all[i]);
    }
    --count;
  }
  changes_[count].copy_(change);
  gradient_changes_[count].copy_(gradient_change);
  numbers_[0] = static_cast<double>(count + 1);
}

Lbfgs::Step Lbfgs::step(const Function& function) {
  Step result;
  const auto evaluate = [&] {
    ++result.evaluations;
    return function();
  };
  if (numbers_[2].item<double>() == 0) {
    numbers_[1] = evaluate();
    gradient_.copy_(gather(true));
  }
  result.value = numbers_[1].item<double>();
  result.gradient_norm = gradient_.norm().item<double>();
  if (!std::isfinite(result.value) || !std::isfinite(result.gradient_norm)) return result;
  numbers_[2] = 1;
  result.done = result.gradient_norm == 0;
  if (result.done) return result;

  const Tensor origin = gather(false);
  Tensor along = direction(gradient_);
  if (!(scalar_product(along, gradient_) < 0)) {
    numbers_[0] = 0;
    along = -gradient_;
  }
  std::map<double, Tensor> gradients;
  const auto at = [&](double place) {
    move(origin + place * along);
    const double value = evaluate();
    const Tensor gradient = gather(true);
    gradients.emplace(place, gradient);
    return LinePoint{place, value, scalar_product(along, gradient)};
  };
  const LinePoint start{0, result.value, scalar_product(along, gradient_)};
  const double first = stored() > 0 ? 1 : std::min(1.0, 1 / gradient_.abs().sum().item<double>());
  const LinePoint found = strong_wolfe(start, first, options_.evaluations, at);
  if (!(found.value < start.value)) {
    move(origin);
    // The estimate of the curvature may be to blame: the next step goes down the gradient.
    result.done = stored() == 0;
    numbers_[0] = 0;
    return result;
  }
  move(origin + found.at * along);
  remember(gather(false) - origin, gradients.at(found.at) - gradient_);
  gradient_.copy_(gradients.at(found.at));
  numbers_[1] = found.value;
  return result;
}

}  // namespace floe::train
