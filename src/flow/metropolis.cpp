// SPDX-License-Identifier: MIT
#include "flow/metropolis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/error.h"
#include "random/stream.h"

namespace floe::flow {
namespace {

void check(std::span<const double> log_weights) {
  if (log_weights.empty())
    throw DataError("a Metropolis chain without proposals (their number is 0); draw samples first");
  for (std::size_t i = 0; i < log_weights.size(); ++i) {
    if (!std::isfinite(log_weights[i]))
      throw NumericalError(
          fmt::format("the log-weight of proposal {} is {} (must be finite); check the flow and the "
                      "target there",
                      i, log_weights[i]));
  }
}

IndependenceChain run(double current, std::int64_t held, std::span<const double> log_weights, std::size_t first,
                      random::Key key, std::uint64_t chain, std::uint64_t position) {
  IndependenceChain result;
  result.indices.reserve(log_weights.size());
  for (std::size_t i = 0; i < first; ++i) result.indices.push_back(held);
  random::Stream stream(key, chain, position + first);
  double probability = 0, runs = 0;
  std::int64_t rejected = 0;
  for (std::size_t i = first; i < log_weights.size(); ++i) {
    const double ratio = std::exp(std::min(0.0, log_weights[i] - current));
    probability += ratio;
    if (stream.uniform() < ratio) {
      current = log_weights[i];
      held = static_cast<std::int64_t>(i);
      ++result.accepted;
      rejected = 0;
    } else {
      // Rejection number r of a run ends r windows of rejections: of lengths 1 to r.
      runs += static_cast<double>(++rejected);
      result.longest_run = std::max(result.longest_run, rejected);
    }
    result.indices.push_back(held);
  }
  const auto proposed = static_cast<double>(log_weights.size() - first);
  if (proposed > 0) {
    result.acceptance = probability / proposed;
    result.autocorrelation_time = 0.5 + runs / proposed;
  }
  return result;
}

}  // namespace

IndependenceChain independence_metropolis(std::span<const double> log_weights, random::Key key, std::uint64_t chain) {
  check(log_weights);
  return run(log_weights[0], 0, log_weights, 1, key, chain, 0);
}

IndependenceChain continue_metropolis(double initial_log_weight, std::span<const double> log_weights, random::Key key,
                                      std::uint64_t chain, std::uint64_t first_position) {
  check(log_weights);
  return run(initial_log_weight, -1, log_weights, 0, key, chain, first_position);
}

double expected_acceptance(std::span<const double> log_weights) {
  check(log_weights);
  std::vector<double> sorted(log_weights.begin(), log_weights.end());
  std::sort(sorted.begin(), sorted.end());
  const double largest = sorted.back();
  const auto n = static_cast<double>(sorted.size());
  // Sorted upwards, weight i is the smaller one against all after it; a sample is not proposed to itself.
  double smaller = 0, sum = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double w = std::exp(sorted[i] - largest);
    sum += w;
    smaller += 2 * w * (n - 1 - static_cast<double>(i));
  }
  return sorted.size() > 1 ? smaller / ((n - 1) * sum) : 1;
}

}  // namespace floe::flow
