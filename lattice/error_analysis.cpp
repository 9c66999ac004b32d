// SPDX-License-Identifier: MIT
#include "lattice/error_analysis.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "base/error.h"

namespace floe::lattice {
namespace {

using Eigen::ArrayXd;
using Eigen::ArrayXXd;
using Eigen::Index;

// F and its gradient at the means by central differences, with steps well inside the errors of the means.
ArrayXd gradient_of(const MeanFunction& function, const ArrayXd& means, const ArrayXd& steps) {
  ArrayXd gradient = ArrayXd::Zero(means.size());
  ArrayXd shifted = means;
  for (Index i = 0; i < means.size(); ++i) {
    if (steps[i] == 0) continue;
    shifted[i] = means[i] + steps[i];
    const double above = function(shifted);
    shifted[i] = means[i] - steps[i];
    gradient[i] = (above - function(shifted)) / (2 * steps[i]);
    shifted[i] = means[i];
  }
  return gradient;
}

// The fluctuations of F along the chains and their autocorrelation function, averaged over chains.
class Fluctuations final {
 public:
  Fluctuations(const Series& series, const ArrayXd& means, const ArrayXd& gradient) {
    for (int c = 0; c < series.chains(); ++c) {
      chains_.push_back((gradient.matrix().transpose() * (series.chain(c).colwise() - means).matrix()).transpose());
      total_ += static_cast<double>(chains_.back().size());
    }
  }

  double total() const { return total_; }

  double autocorrelation(Index time) const {
    double sum = 0;
    double pairs = 0;
    for (const Eigen::VectorXd& chain : chains_) {
      const Index count = chain.size() - time;
      if (count <= 0) continue;
      sum += chain.head(count).dot(chain.tail(count));
      pairs += static_cast<double>(count);
    }
    return sum / pairs;
  }

 private:
  std::vector<Eigen::VectorXd> chains_;
  double total_ = 0;
};

struct WindowedSum {
  std::vector<double> gamma;  // Gamma(0) ... Gamma(W)
  bool found = false;
};

// Sums up the autocorrelation function until exp(-W/tau) < tau / sqrt(W N), tau from S tau_int: Wolff's eqs. 50 to 52.
WindowedSum sum_to_window(const Fluctuations& fluctuations, Index longest, double factor) {
  WindowedSum result{{fluctuations.autocorrelation(0)}, false};
  double integral = 0;
  for (Index time = 1; time <= longest; ++time) {
    result.gamma.push_back(fluctuations.autocorrelation(time));
    integral += result.gamma.back() / result.gamma[0];
    const double tau =
        integral > 0 ? factor / std::log((integral + 1) / integral) : std::numeric_limits<double>::epsilon();
    const double t = static_cast<double>(time);
    if (std::exp(-t / tau) - tau / std::sqrt(t * fluctuations.total()) < 0) {
      result.found = true;
      break;
    }
  }
  return result;
}

void check_finite(const Series& series) {
  for (int c = 0; c < series.chains(); ++c) {
    const auto values = series.chain(c);
    if (values.cols() == 0) {
      throw DataError(
          fmt::format("chain {} of {} holds no measurement (an error needs data); measure first", c, series.chains()));
    }
    if (!values.isFinite().all()) {
      throw DataError(
          fmt::format("chain {} of {} holds a measurement that is not finite (means would be meaningless); "
                      "look for a diverged configuration",
                      c, series.chains()));
    }
  }
}

// Compares the chains with each other; with long chains also removes the leading bias of F.
void compare_replica(const Series& series, const MeanFunction& function, double variance, Estimate& estimate) {
  const int chains = series.chains();
  double mean = 0;
  double chi_squared = 0;
  double shortest = series.length(0);
  for (int c = 0; c < chains; ++c) {
    const double length = series.length(c);
    shortest = std::min(shortest, length);
    const double value = function(series.chain(c).rowwise().mean());
    mean += length * value;
    chi_squared += length * (value - estimate.value) * (value - estimate.value) / variance;
  }
  mean /= series.total();
  if (shortest < 100 * estimate.tau_int || !std::isfinite(mean)) return;
  estimate.replica_q = boost::math::gamma_q(0.5 * (chains - 1), 0.5 * chi_squared);
  estimate.value -= (mean - estimate.value) / (chains - 1);
}

// Sums of w and w a over blocks of consecutive measurements.
struct BlockSums {
  ArrayXXd values;  // (observable, block)
  ArrayXd weights;
};

BlockSums block_sums(const Series& series, const ArrayXd& weights, int blocks) {
  BlockSums sums{ArrayXXd::Zero(series.observables(), blocks), ArrayXd::Zero(blocks)};
  const Index total = weights.size();
  Index measurement = 0;
  for (int c = 0; c < series.chains(); ++c) {
    const auto values = series.chain(c);
    for (Index time = 0; time < values.cols(); ++time, ++measurement) {
      const Index block = measurement * blocks / total;
      sums.values.col(block) += weights[measurement] * values.col(time);
      sums.weights[block] += weights[measurement];
    }
  }
  return sums;
}

Estimate weighted_jackknife(const Series& series, const ArrayXd& weights, const MeanFunction& function,
                            const JackknifeOptions& options) {
  options.validate();
  check_finite(series);
  const int blocks = std::min(options.blocks, series.total());
  if (blocks < 2) {
    throw DataError("one measurement (the spread of a single value is unknown); measure at least twice");
  }
  const BlockSums sums = block_sums(series, weights, blocks);
  const ArrayXd all = sums.values.rowwise().sum();
  const double weight = sums.weights.sum();
  ArrayXd without(blocks);
  for (int block = 0; block < blocks; ++block) {
    // Summed anew rather than subtracted: a block may carry nearly all of the weight.
    const double rest = sums.weights.head(block).sum() + sums.weights.tail(blocks - block - 1).sum();
    const ArrayXd others =
        sums.values.leftCols(block).rowwise().sum() + sums.values.rightCols(blocks - block - 1).rowwise().sum();
    without[block] = function(others / rest);
  }
  Estimate estimate;
  estimate.value = function(all / weight);
  estimate.error = std::sqrt((blocks - 1.0) / blocks * (without - without.mean()).square().sum());
  estimate.error_of_error = estimate.error / std::sqrt(2.0 * (blocks - 1));
  estimate.tau_int = std::numeric_limits<double>::quiet_NaN();
  estimate.tau_int_error = std::numeric_limits<double>::quiet_NaN();
  return estimate;
}

}  // namespace

Series::Series(int observables, int chains) : observables_(observables) {
  if (observables < 1 || chains < 1) {
    throw ShapeError(
        fmt::format("a series of {} observables in {} chains (both must be at least 1); give positive counts",
                    observables, chains));
  }
  values_.resize(static_cast<std::size_t>(chains));
}

int Series::length(int chain) const {
  return static_cast<int>(values_.at(static_cast<std::size_t>(chain)).size()) / observables_;
}

int Series::total() const {
  int total = 0;
  for (int c = 0; c < chains(); ++c) total += length(c);
  return total;
}

void Series::append(int chain, const Eigen::Ref<const ArrayXd>& values) {
  if (values.size() != observables_) {
    throw ShapeError(fmt::format("{} measured values (the series holds {} observables); pass one value per observable",
                                 values.size(), observables_));
  }
  auto& series = values_.at(static_cast<std::size_t>(chain));
  series.insert(series.end(), values.data(), values.data() + values.size());
}

void Series::append_block(int first_chain, const Eigen::Ref<const ArrayXXd>& values) {
  if (first_chain < 0 || first_chain + values.cols() > chains()) {
    throw ShapeError(fmt::format("measurements of chains {} to {} (the series has {} chains); make it larger",
                                 first_chain, first_chain + values.cols() - 1, chains()));
  }
  for (Index lane = 0; lane < values.cols(); ++lane) append(first_chain + static_cast<int>(lane), values.col(lane));
}

Eigen::Map<const ArrayXXd> Series::chain(int chain) const {
  const auto& series = values_.at(static_cast<std::size_t>(chain));
  return {series.data(), observables_, static_cast<Index>(series.size()) / observables_};
}

ArrayXd Series::means() const {
  const int count = total();
  if (count == 0) throw DataError("a series without measurements (it has no means); measure first");
  ArrayXd sum = ArrayXd::Zero(observables_);
  for (int c = 0; c < chains(); ++c) sum += chain(c).rowwise().sum();
  return sum / count;
}

MeanFunction mean_of(int observable) {
  return [observable](const ArrayXd& means) { return means[observable]; };
}

void GammaOptions::validate() const {
  if (!(window_factor > 0 && std::isfinite(window_factor))) {
    throw ConfigError(
        fmt::format("window_factor={} (must be positive and finite); values from 1 to 2 are usual", window_factor));
  }
}

void JackknifeOptions::validate() const {
  if (blocks < 2) {
    throw ConfigError(
        fmt::format("blocks={} (a jackknife leaves out one of at least 2 blocks); choose 20 to 200", blocks));
  }
}

Estimate gamma_method(const Series& series, const MeanFunction& function, const GammaOptions& options) {
  options.validate();
  check_finite(series);
  const ArrayXd means = series.means();
  const double total = series.total();
  ArrayXd variances = ArrayXd::Zero(series.observables());
  int shortest = series.length(0);
  for (int c = 0; c < series.chains(); ++c) {
    variances += (series.chain(c).colwise() - means).square().rowwise().sum();
    shortest = std::min(shortest, series.length(c));
  }
  const ArrayXd steps = (variances / total).sqrt() / (4 * std::sqrt(total));
  const Fluctuations fluctuations(series, means, gradient_of(function, means, steps));

  Estimate estimate;
  estimate.value = function(means);
  WindowedSum sum{{fluctuations.autocorrelation(0)}, true};
  if (!(sum.gamma[0] > 0)) {
    // No fluctuation, or a function that is not finite here.
    estimate.error = std::sqrt(sum.gamma[0]);
    return estimate;
  }
  // Chains of one or two measurements, such as independent samples, say nothing about autocorrelation.
  if (shortest >= 4) sum = sum_to_window(fluctuations, shortest / 2, options.window_factor);
  const auto integrate = [&] {
    double integral = sum.gamma[0];
    for (std::size_t t = 1; t < sum.gamma.size(); ++t) integral += 2 * sum.gamma[t];
    return integral;
  };
  // The subtracted mean is that of the data: Gamma is low by C_F / N (Wolff's eq. 49).
  const double bias = integrate() / total;
  for (double& gamma : sum.gamma) gamma += bias;
  const double variance = std::max(integrate(), sum.gamma[0] / total);
  const double window = static_cast<double>(sum.gamma.size() - 1);
  estimate.window = static_cast<int>(window);
  estimate.window_found = sum.found;
  estimate.error = std::sqrt(variance / total);
  estimate.error_of_error = estimate.error * std::sqrt((window + 0.5) / total);
  estimate.tau_int = variance / (2 * sum.gamma[0]);
  estimate.tau_int_error = estimate.tau_int * 2 * std::sqrt(std::max(window + 0.5 - estimate.tau_int, 0.0) / total);
  if (series.chains() > 1) compare_replica(series, function, variance, estimate);
  return estimate;
}

std::vector<Estimate> gamma_method(const Series& series, const std::vector<Quantity>& quantities,
                                   const GammaOptions& options) {
  std::vector<Estimate> estimates;
  estimates.reserve(quantities.size());
  for (const Quantity& quantity : quantities) estimates.push_back(gamma_method(series, quantity.function, options));
  return estimates;
}

Estimate jackknife(const Series& series, const MeanFunction& function, const JackknifeOptions& options) {
  return weighted_jackknife(series, ArrayXd::Ones(series.total()), function, options);
}

Estimate jackknife(const Series& series, std::span<const double> log_weights, const MeanFunction& function,
                   const JackknifeOptions& options) {
  if (static_cast<int>(log_weights.size()) != series.total()) {
    throw ShapeError(
        fmt::format("{} log-weights for {} measurements (each measurement has one); pass them in chain order",
                    log_weights.size(), series.total()));
  }
  const Eigen::Map<const ArrayXd> logs(log_weights.data(), static_cast<Index>(log_weights.size()));
  if (logs.isNaN().any() || !std::isfinite(logs.maxCoeff())) {
    throw DataError(
        "log-weights that are NaN, +infinite or all -infinite (samples cannot be weighted with them); look "
        "for a diverged sample");
  }
  return weighted_jackknife(series, (logs - logs.maxCoeff()).exp(), function, options);
}

}  // namespace floe::lattice
