// SPDX-License-Identifier: MIT
#include "flow/importance_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/error.h"

namespace floe::flow {
namespace detail {

void ExponentialSums::move_reference(double reference) {
  double factor = 1;
  const double step = std::exp(reference_ - reference);
  for (double& sum : sums_) sum *= (factor *= step);
  reference_ = reference;
}

void ExponentialSums::add(double x) {
  if (empty_) {
    reference_ = x;
    empty_ = false;
  }
  if (x > reference_) move_reference(x);
  double power = 1;
  const double weight = std::exp(x - reference_);
  for (double& sum : sums_) sum += (power *= weight);
}

void ExponentialSums::merge(const ExponentialSums& other) {
  if (other.empty_) return;
  if (empty_) {
    *this = other;
    return;
  }
  ExponentialSums part = other;
  const double reference = std::max(reference_, part.reference_);
  move_reference(reference);
  part.move_reference(reference);
  for (int i = 0; i < 4; ++i) sums_[i] += part.sums_[i];
}

void Moments::add(double x) {
  ++count_;
  const double before = x - mean_;
  mean_ += before / static_cast<double>(count_);
  squares_ += before * (x - mean_);
}

void Moments::merge(const Moments& other) {
  if (other.count_ == 0) return;
  const auto a = static_cast<double>(count_);
  const auto b = static_cast<double>(other.count_);
  const double difference = other.mean_ - mean_;
  squares_ += other.squares_ + difference * difference * a * b / (a + b);
  mean_ += difference * b / (a + b);
  count_ += other.count_;
}

Estimate Moments::estimate() const {
  return {mean_, std::sqrt(variance() / static_cast<double>(std::max<std::int64_t>(1, count_)))};
}

}  // namespace detail

namespace {

void check_finite(double log_weight, std::int64_t index) {
  if (!std::isfinite(log_weight))
    throw NumericalError(fmt::format(
        "the log-weight of sample {} is {} (must be finite); check the flow and the target there", index, log_weight));
}

/// (sum w)^2 / (n sum w^2) with the delta method's error, from the scaled sums of w^1 to w^4.
Estimate share_of_effective(const detail::ExponentialSums& sums, double n) {
  const double a = sums.sum(1) / n, b = sums.sum(2) / n, c = sums.sum(3) / n, d = sums.sum(4) / n;
  const double value = a * a / b;
  const double by_a = 2 * a / b, by_b = -value / b;
  const double variance = by_a * by_a * (b - a * a) + 2 * by_a * by_b * (c - a * b) + by_b * by_b * (d - b * b);
  return {value, std::sqrt(std::max(0.0, variance) / n)};
}

/// log of the mean of exp(x) with the delta method's error.
Estimate log_mean(const detail::ExponentialSums& sums, double n) {
  const double mean = sums.sum(1) / n;
  const double relative = std::max(0.0, sums.sum(2) / n / (mean * mean) - 1);
  return {sums.reference() + std::log(mean), std::sqrt(relative / std::max(1.0, n - 1))};
}

}  // namespace

ImportanceWeights::ImportanceWeights(int observables)
    : observables_(static_cast<std::size_t>(std::max(0, observables))),
      plain_(observables_),
      weighted_(observables_),
      twice_weighted_(observables_),
      plain_products_(observables_ * observables_),
      weighted_products_(observables_ * observables_) {}

void ImportanceWeights::rescale(double log_factor) {
  const double factor = std::exp(log_factor);
  for (double& sum : weighted_) sum *= factor;
  for (double& sum : twice_weighted_) sum *= factor * factor;
  for (double& sum : weighted_products_) sum *= factor * factor;
}

void ImportanceWeights::add(double log_weight, std::span<const double> observables) {
  check_finite(log_weight, count());
  if (observables.size() != observables_)
    throw ShapeError(
        fmt::format("{} observables came with sample {} ({} were announced); give every sample all of them",
                    observables.size(), count(), observables_));
  for (std::size_t i = 0; i < observables_; ++i) {
    if (!std::isfinite(observables[i]))
      throw NumericalError(fmt::format("observable {} of sample {} is {} (must be finite); check the configuration", i,
                                       count(), observables[i]));
  }
  const double before = weights_.reference();
  const bool first = count() == 0;
  log_weights_.add(log_weight);
  weights_.add(log_weight);
  if (observables_ == 0) return;
  if (!first && weights_.reference() != before) rescale(before - weights_.reference());
  const double w = std::exp(log_weight - weights_.reference());
  for (std::size_t i = 0; i < observables_; ++i) {
    const double o = observables[i];
    plain_[i] += o;
    weighted_[i] += w * o;
    twice_weighted_[i] += w * w * o;
    for (std::size_t j = 0; j < observables_; ++j) {
      plain_products_[i * observables_ + j] += o * observables[j];
      weighted_products_[i * observables_ + j] += w * w * o * observables[j];
    }
  }
}

void ImportanceWeights::add_all(std::span<const double> log_weights) {
  for (const double log_weight : log_weights) add(log_weight);
}

void ImportanceWeights::merge(const ImportanceWeights& other) {
  if (other.observables_ != observables_)
    throw ShapeError(
        fmt::format("weights with {} observables merged into weights with {} (they must measure the same); "
                    "give both the same observables",
                    other.observables_, observables_));
  if (other.count() == 0) return;
  if (count() == 0) {
    *this = other;
    return;
  }
  const double mine = weights_.reference();
  log_weights_.merge(other.log_weights_);
  weights_.merge(other.weights_);
  ImportanceWeights part = other;
  part.rescale(other.weights_.reference() - weights_.reference());
  rescale(mine - weights_.reference());
  const auto add_to = [](std::vector<double>& sums, const std::vector<double>& more) {
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += more[i];
  };
  add_to(plain_, part.plain_);
  add_to(weighted_, part.weighted_);
  add_to(twice_weighted_, part.twice_weighted_);
  add_to(plain_products_, part.plain_products_);
  add_to(weighted_products_, part.weighted_products_);
}

void ImportanceWeights::check_count() const {
  if (count() == 0) throw DataError("no samples to estimate from (their number is 0); add samples first");
}

void ImportanceWeights::check_observable(int observable) const {
  check_count();
  if (observable < 0 || static_cast<std::size_t>(observable) >= observables_)
    throw ShapeError(fmt::format("observable {} asked for (there are {}); count from 0", observable, observables_));
}

Estimate ImportanceWeights::effective_sample_size() const {
  check_count();
  return share_of_effective(weights_, static_cast<double>(count()));
}

Estimate ImportanceWeights::log_z() const {
  check_count();
  return log_mean(weights_, static_cast<double>(count()));
}

double ImportanceWeights::largest_share() const {
  check_count();
  return 1 / weights_.sum(1);
}

std::vector<double> ImportanceWeights::raw_means() const {
  std::vector<double> means(plain_);
  for (double& mean : means) mean /= static_cast<double>(count());
  return means;
}

std::vector<double> ImportanceWeights::reweighted_means() const {
  std::vector<double> means(weighted_);
  for (double& mean : means) mean /= weights_.sum(1);
  return means;
}

/// Cov of the means: (E[o o'] - E[o] E[o']) / (n - 1).
std::vector<double> ImportanceWeights::raw_covariance() const {
  const auto n = static_cast<double>(count());
  const std::vector<double> means = raw_means();
  std::vector<double> covariance(plain_products_);
  for (std::size_t i = 0; i < observables_; ++i) {
    for (std::size_t j = 0; j < observables_; ++j) {
      double& c = covariance[i * observables_ + j];
      c = (c / n - means[i] * means[j]) / std::max(1.0, n - 1);
    }
  }
  return covariance;
}

/// Cov of the ratios sum w o / sum w by the delta method: sum w^2 (o - m)(o' - m') / (sum w)^2, times n / (n - 1).
std::vector<double> ImportanceWeights::reweighted_covariance() const {
  const auto n = static_cast<double>(count());
  const std::vector<double> means = reweighted_means();
  const double factor = n / std::max(1.0, n - 1) / (weights_.sum(1) * weights_.sum(1));
  std::vector<double> covariance(weighted_products_);
  for (std::size_t i = 0; i < observables_; ++i) {
    for (std::size_t j = 0; j < observables_; ++j) {
      double& c = covariance[i * observables_ + j];
      c += means[i] * means[j] * weights_.sum(2) - means[i] * twice_weighted_[j] - means[j] * twice_weighted_[i];
      c *= factor;
    }
  }
  return covariance;
}

Estimate ImportanceWeights::propagate(const Function& function, const std::vector<double>& means,
                                      const std::vector<double>& covariance) const {
  // Gradient by central differences over one standard deviation: the linear response that the errors mean.
  std::vector<double> gradient(observables_, 0.0), shifted = means;
  for (std::size_t i = 0; i < observables_; ++i) {
    const double deviation = std::sqrt(std::max(0.0, covariance[i * observables_ + i]));
    if (deviation == 0) continue;
    shifted[i] = means[i] + deviation;
    const double above = function(shifted);
    shifted[i] = means[i] - deviation;
    gradient[i] = (above - function(shifted)) / (2 * deviation);
    shifted[i] = means[i];
  }
  double variance = 0;
  for (std::size_t i = 0; i < observables_; ++i) {
    for (std::size_t j = 0; j < observables_; ++j)
      variance += gradient[i] * covariance[i * observables_ + j] * gradient[j];
  }
  return {function(means), std::sqrt(std::max(0.0, variance))};
}

Estimate ImportanceWeights::raw(const Function& function) const {
  check_count();
  return propagate(function, raw_means(), raw_covariance());
}

Estimate ImportanceWeights::reweighted(const Function& function) const {
  check_count();
  return propagate(function, reweighted_means(), reweighted_covariance());
}

Estimate ImportanceWeights::raw_mean(int observable) const {
  check_observable(observable);
  const auto i = static_cast<std::size_t>(observable);
  return {raw_means()[i], std::sqrt(std::max(0.0, raw_covariance()[i * observables_ + i]))};
}

Estimate ImportanceWeights::reweighted_mean(int observable) const {
  check_observable(observable);
  const auto i = static_cast<std::size_t>(observable);
  return {reweighted_means()[i], std::sqrt(std::max(0.0, reweighted_covariance()[i * observables_ + i]))};
}

void TargetWeights::add(double log_weight) {
  check_finite(log_weight, count());
  log_weights_.add(log_weight);
  weights_.add(log_weight);
  inverse_weights_.add(-log_weight);
}

void TargetWeights::add_all(std::span<const double> log_weights) {
  for (const double log_weight : log_weights) add(log_weight);
}

void TargetWeights::merge(const TargetWeights& other) {
  log_weights_.merge(other.log_weights_);
  weights_.merge(other.weights_);
  inverse_weights_.merge(other.inverse_weights_);
}

void TargetWeights::set_autocorrelation_time(double tau) {
  if (!(tau >= 0.5) || !std::isfinite(tau))
    throw ConfigError(fmt::format(
        "invalid autocorrelation time {} (independent samples have 0.5, chains more); give the integrated one", tau));
  autocorrelation_time_ = tau;
}

void TargetWeights::check_count() const {
  if (count() == 0) throw DataError("no samples of the target to estimate from (their number is 0); add samples first");
}

double TargetWeights::error_factor() const {
  return std::sqrt(2 * autocorrelation_time_);
}

Estimate TargetWeights::eubo() const {
  const Estimate mean = log_weights_.estimate();
  return {mean.value, error_factor() * mean.error};
}

Estimate TargetWeights::log_z() const {
  check_count();
  const Estimate negative = log_mean(inverse_weights_, static_cast<double>(count()));
  return {-negative.value, error_factor() * negative.error};
}

Estimate TargetWeights::effective_sample_size() const {
  check_count();
  // 1 / (A B) with A = E_p[w], B = E_p[1/w]; E_p[w / w] = 1 gives their covariance, 1 - A B.
  const auto n = static_cast<double>(count());
  const Estimate a = log_mean(weights_, n), b = log_mean(inverse_weights_, n);
  const double value = std::exp(-a.value - b.value);
  const double variance = a.error * a.error + b.error * b.error + 2 * (value - 1) / std::max(1.0, n - 1);
  return {value, error_factor() * value * std::sqrt(std::max(0.0, variance))};
}

Estimate TargetWeights::effective_sample_size(Estimate log_z) const {
  check_count();
  const Estimate a = log_mean(weights_, static_cast<double>(count()));
  const double value = std::exp(log_z.value - a.value);
  return {value, value * std::hypot(error_factor() * a.error, log_z.error)};
}

double TargetWeights::largest_share() const {
  check_count();
  return 1 / weights_.sum(1);
}

}  // namespace floe::flow
