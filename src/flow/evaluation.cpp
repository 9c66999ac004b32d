// SPDX-License-Identifier: MIT
#include "flow/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/error.h"
#include "base/parallel_for.h"
#include "flow/least_squares.h"

namespace floe::flow {
namespace {

void poll(const std::function<bool()>& stop) {
  if (stop && stop()) throw TrainingStopped{};
}

double log_mean(const Eigen::ArrayXd& log_weights) {
  const double largest = log_weights.maxCoeff();
  return largest + std::log((log_weights - largest).exp().mean());
}

double effective_share(const Eigen::ArrayXd& log_weights) {
  const Eigen::ArrayXd w = (log_weights - log_weights.maxCoeff()).exp();
  return w.mean() * w.mean() / w.square().mean();
}

}  // namespace

void EvaluationOptions::validate() const {
  if (samples < 16)
    throw ConfigError(fmt::format("evaluate.samples = {} (at least 16 are needed for errors); raise it", samples));
  if (steps < 1) throw ConfigError(fmt::format("evaluate.steps = {} (must be at least 1); 16 is a good value", steps));
  if (halved < 0)
    throw ConfigError(fmt::format("evaluate.halved = {} (a number of samples); give 0 to leave it out", halved));
  if (updates < 0)
    throw ConfigError(fmt::format("evaluate.updates = {} (a number of times); give 0 for the flow alone", updates));
}

bool FlowEvaluation::steps_too_coarse() const {
  return std::abs(step_bias.value) > 3 * std::hypot(weights.log_z().error, step_bias.error);
}

bool FlowEvaluation::bounds_hold() const {
  const Estimate log_z = weights.log_z(), elbo = weights.elbo();
  if (elbo.value > log_z.value + 3 * std::hypot(elbo.error, log_z.error)) return false;
  if (target_weights.count() == 0) return true;
  const Estimate eubo = target_weights.eubo();
  return log_z.value <= eubo.value + 3 * std::hypot(eubo.error, log_z.error);
}

template <class T>
Samplers<T> flow_samplers(const Flow<T>& flow, bool even) {
  ode::Options twice = flow.options();
  twice.steps *= 2;
  const auto draw = [](const Flow<T>& source) {
    return [source]() -> Draw<T> {
      const auto own = std::make_shared<Flow<T>>(source);
      return [own](random::Key key, std::uint64_t first, Block<T>& x) { return own->sample(key, first, x); };
    };
  };
  return {.samples = draw(flow),
          .fine = draw(flow.with_options(twice)),
          .log_weight = [flow]() -> std::function<LaneSums<T>(const Block<T>&)> {
            const auto own = std::make_shared<Flow<T>>(flow);
            return [own](const Block<T>& x) { return own->log_weight(x); };
          },
          .even = even};
}

template <class T>
std::vector<double> target_log_weights(const Samplers<T>& samplers, const std::vector<Block<double>>& samples) {
  constexpr std::int64_t parts = lane_count<T> / lane_count<double>;
  const auto count = static_cast<std::int64_t>(samples.size());
  std::vector<double> log_weights(count * lane_count<double>);
  parallel_for((count + parts - 1) / parts, [&] { return samplers.log_weight(); },
               [&](const auto& log_weight, std::int64_t b) {
                 // A block of T takes one or two blocks of doubles; the last one may repeat its first part.
                 Block<T> x(lane_count<T>, samples[b * parts].cols());
                 for (std::int64_t part = 0; part < parts; ++part) {
                   const std::int64_t source = b * parts + part < count ? b * parts + part : b * parts;
                   x.template middleRows<lane_count<double>>(part * lane_count<double>) =
                       samples[source].template cast<T>();
                 }
                 const LaneSums<T> values = log_weight(x);
                 const std::int64_t first = b * lane_count<T>;
                 for (std::int64_t lane = 0; lane < lane_count<T> && first + lane < count * lane_count<double>; ++lane)
                   log_weights[first + lane] = values[lane];
               });
  return log_weights;
}

template <class T>
FlowEvaluation evaluate(const Samplers<T>& samplers, const Measurement<T>& measurement,
                        const EvaluationOptions& options, const std::vector<Block<double>>& target_samples,
                        std::uint64_t seed, const std::function<bool()>& stop) {
  options.validate();
  const auto key = random::make_key(seed, "flow evaluation");
  const std::int64_t block_count = (options.samples + lane_count<T> - 1) / lane_count<T>;
  const std::int64_t halved_blocks = std::min(block_count, (options.halved + lane_count<T> - 1) / lane_count<T>);
  const auto columns = static_cast<std::size_t>(measurement.columns);

  Eigen::ArrayXd log_weights(block_count * lane_count<T>), fine(halved_blocks * lane_count<T>), mirrored(fine.size());
  Eigen::ArrayXXd values(measurement.columns, log_weights.size());
  struct Worker {
    Draw<T> samples, fine;
    std::function<LaneSums<T>(const Block<T>&)> log_weight;
  };
  parallel_for(
      block_count,
      [&] {
        return Worker{samplers.samples(), samplers.fine(), samplers.log_weight()};
      },
      [&](Worker& own, std::int64_t b) {
        poll(stop);
        Block<T> x;
        const std::int64_t first = b * lane_count<T>;
        log_weights.segment<lane_count<T>>(first) = own.samples(key, first, x);
        values.middleCols(first, lane_count<T>) = measurement.measure(x);
        if (b >= halved_blocks) return;
        if (samplers.even) mirrored.segment<lane_count<T>>(first) = own.log_weight(x) - own.log_weight(Block<T>(-x));
        fine.segment<lane_count<T>>(first) = own.fine(key, first, x);
      });

  FlowEvaluation result{.weights = ImportanceWeights(measurement.columns),
                        .target_weights = {},
                        .chain = {},
                        .reweighted = {},
                        .raw = {},
                        .log_weights = {log_weights.begin(), log_weights.begin() + options.samples},
                        .target_log_weights = {},
                        .step_bias = {}};
  for (std::int64_t i = 0; i < options.samples; ++i)
    result.weights.add(log_weights[i], {values.col(i).data(), columns});
  result.chain = independence_metropolis(result.log_weights, random::make_key(seed, "independence metropolis"));
  for (const auto& quantity : measurement.quantities) {
    result.reweighted.push_back({quantity.name, result.weights.reweighted(quantity.function)});
    result.raw.push_back({quantity.name, result.weights.raw(quantity.function)});
  }
  if (halved_blocks > 0) {
    const Eigen::ArrayXd coarse = log_weights.head(fine.size()), changes = fine - coarse;
    const double mean = changes.mean();
    result.step_bias = {mean, std::sqrt((changes - mean).square().mean() / static_cast<double>(changes.size()))};
    result.log_z_change = log_mean(fine) - log_mean(coarse);
    result.ess_change = effective_share(fine) - effective_share(coarse);
    if (samplers.even) result.odd_variance = mirrored.square().mean() / 4;
  }
  result.tail_index = weight_tail_index(result.log_weights);
  if (!target_samples.empty()) {
    result.target_log_weights = target_log_weights(samplers, target_samples);
    result.target_weights.add_all(result.target_log_weights);
  }
  return result;
}

double weight_tail_index(std::vector<double> log_weights) {
  const auto n = static_cast<double>(log_weights.size());
  const auto count = static_cast<std::size_t>(std::min(n / 5, 3 * std::sqrt(n)));
  if (count < 5) return 0;
  std::sort(log_weights.begin(), log_weights.end());
  const double largest = log_weights.back(), threshold = log_weights[log_weights.size() - count - 1];
  // Excesses over the threshold, increasing, in units of the largest weight.
  Eigen::ArrayXd excess(static_cast<Eigen::Index>(count));
  for (std::size_t i = 0; i < count; ++i)
    excess[static_cast<Eigen::Index>(i)] =
        std::exp(log_weights[log_weights.size() - count + i] - largest) - std::exp(threshold - largest);
  const double quarter = excess[static_cast<Eigen::Index>((count + 2) / 4) - 1];
  if (!(quarter > 0)) return 0;  // weights that are equal
  // Profile likelihood of theta = -k / sigma, averaged over a grid (the quasi-Bayesian estimate of Zhang and Stephens).
  const int grid = 30 + static_cast<int>(std::sqrt(static_cast<double>(count)));
  Eigen::ArrayXd theta(grid), likelihood(grid);
  const auto index_of = [&](double value) { return (1 - value * excess).log().mean(); };
  for (int j = 0; j < grid; ++j) {
    theta[j] = 1 / excess[excess.size() - 1] + (1 - std::sqrt(grid / (j + 0.5))) / (3 * quarter);
    const double k = index_of(theta[j]);
    likelihood[j] = static_cast<double>(count) * (std::log(-theta[j] / k) - k - 1);
  }
  const Eigen::ArrayXd weight = (likelihood - likelihood.maxCoeff()).exp();
  const double k = index_of((theta * weight).sum() / weight.sum());
  // A weak prior at 1/2 that counts as ten weights.
  return (static_cast<double>(count) * k + 10 * 0.5) / (static_cast<double>(count) + 10);
}

template Samplers<float> flow_samplers(const Flow<float>&, bool);
template Samplers<double> flow_samplers(const Flow<double>&, bool);
template std::vector<double> target_log_weights(const Samplers<float>&, const std::vector<Block<double>>&);
template std::vector<double> target_log_weights(const Samplers<double>&, const std::vector<Block<double>>&);
template FlowEvaluation evaluate(const Samplers<float>&, const Measurement<float>&, const EvaluationOptions&,
                                 const std::vector<Block<double>>&, std::uint64_t, const std::function<bool()>&);
template FlowEvaluation evaluate(const Samplers<double>&, const Measurement<double>&, const EvaluationOptions&,
                                 const std::vector<Block<double>>&, std::uint64_t, const std::function<bool()>&);

}  // namespace floe::flow
