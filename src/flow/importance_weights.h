// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace floe::flow {

/// A number and its standard error.
struct Estimate {
  double value = 0;
  double error = 0;
};

namespace detail {

/// Sums of the powers 1 to 4 of exp(x_i), kept in units of exp(largest x_i): no overflow, whatever the log-weights.
class ExponentialSums final {
 public:
  void add(double x);
  void merge(const ExponentialSums& other);
  double reference() const { return reference_; }
  /// sum_i exp(power (x_i - reference)), power 1 to 4.
  double sum(int power) const { return sums_[power - 1]; }

 private:
  void move_reference(double reference);
  double reference_ = 0;
  double sums_[4] = {0, 0, 0, 0};
  bool empty_ = true;
};

/// Mean and variance (Welford), mergeable.
class Moments final {
 public:
  void add(double x);
  void merge(const Moments& other);
  std::int64_t count() const { return count_; }
  double mean() const { return mean_; }
  /// The unbiased variance; 0 for fewer than two numbers.
  double variance() const { return count_ > 1 ? squares_ / static_cast<double>(count_ - 1) : 0; }
  Estimate estimate() const;

 private:
  std::int64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

}  // namespace detail

/// Reverse importance weights: samples x ~ q of a model, log w = log p~(x) - log q(x) for the unnormalised target p~
/// with Z = int p~ = E_q[w]. Holds sums only, so that any number of samples takes the same memory; sums of parts
/// (threads, ranks, batches) merge, with the result independent of the partition up to rounding.
///
/// Errors are one standard deviation by the delta method for independent samples. They are honest as long as a sample
/// of the tail was seen: look at largest_share() and compare with TargetWeights.
class ImportanceWeights final {
 public:
  /// With how many observables per sample.
  explicit ImportanceWeights(int observables = 0);

  /// One sample. Throws NumericalError when the log-weight or an observable is not finite, ShapeError when the number
  /// of observables is another one; then nothing is added.
  void add(double log_weight, std::span<const double> observables = {});

  /// Samples without observables.
  void add_all(std::span<const double> log_weights);

  /// Adds the samples of another part.
  void merge(const ImportanceWeights& other);

  std::int64_t count() const { return log_weights_.count(); }

  /// Effective sample size per sample, (sum w)^2 / (n sum w^2), in (1/n, 1].
  Estimate effective_sample_size() const;

  /// log Z = log E_q[w].
  Estimate log_z() const;

  /// Evidence lower bound E_q[log w] = log Z - KL(q|p).
  Estimate elbo() const { return log_weights_.estimate(); }

  /// Var_q(log w).
  double variance_log_weight() const { return log_weights_.variance(); }

  /// The largest weight's part of the sum of all: above a few per cent, ESS and all errors are unreliable.
  double largest_share() const;

  /// E_q[O_i], what the model says without weights.
  Estimate raw_mean(int observable) const;

  /// E_p[O_i] = sum w O_i / sum w.
  Estimate reweighted_mean(int observable) const;

  /// A function of the means of all observables, such as a Binder cumulant, with the error that their covariance gives.
  using Function = std::function<double(std::span<const double>)>;
  Estimate raw(const Function& function) const;
  Estimate reweighted(const Function& function) const;

 private:
  void rescale(double log_factor);
  void check_observable(int observable) const;
  void check_count() const;
  std::vector<double> raw_means() const;
  std::vector<double> reweighted_means() const;
  Estimate propagate(const Function& function, const std::vector<double>& means,
                     const std::vector<double>& covariance) const;
  std::vector<double> raw_covariance() const;
  std::vector<double> reweighted_covariance() const;

  std::size_t observables_;
  detail::Moments log_weights_;
  detail::ExponentialSums weights_;
  // Weights in units of the largest one: sums of o, w o, w^2 o (size k), and o o', w^2 o o' (size k k).
  std::vector<double> plain_, weighted_, twice_weighted_, plain_products_, weighted_products_;
};

/// Forward importance weights: samples x ~ p of the target (Monte Carlo), log w = log p~(x) - log q(x) with the density
/// q of the model at them. These see the parts of the target that the model misses, which the reverse weights cannot.
///
/// Samples are taken as independent; for a chain, set its integrated autocorrelation time, by which errors grow.
class TargetWeights final {
 public:
  /// One sample. Throws NumericalError when the log-weight is not finite.
  void add(double log_weight);
  void add_all(std::span<const double> log_weights);
  void merge(const TargetWeights& other);

  /// The integrated autocorrelation time of the samples (1/2: independent, the default): errors take sqrt(2 tau).
  void set_autocorrelation_time(double tau);

  std::int64_t count() const { return log_weights_.count(); }

  /// Evidence upper bound E_p[log w] = log Z + KL(p|q).
  Estimate eubo() const;

  /// Var_p(log w).
  double variance_log_weight() const { return log_weights_.variance(); }

  /// log Z = -log E_p[1/w].
  Estimate log_z() const;

  /// Forward effective sample size 1 / E_p[w/Z], with Z from these samples, Z = 1 / E_p[1/w].
  Estimate effective_sample_size() const;

  /// The same with a log Z known from elsewhere, for example from the reverse weights.
  Estimate effective_sample_size(Estimate log_z) const;

  /// The largest weight's part of the sum of all.
  double largest_share() const;

 private:
  void check_count() const;
  double error_factor() const;

  detail::Moments log_weights_;
  detail::ExponentialSums weights_, inverse_weights_;
  double autocorrelation_time_ = 0.5;
};

}  // namespace floe::flow
