// SPDX-License-Identifier: MIT
#include "flow/metropolis.h"

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "random/stream.h"
#include "support/catch.h"

using namespace floe;

namespace {

std::vector<double> gaussian_log_weights(std::size_t count, double variance, std::uint64_t sample) {
  std::vector<double> log_weights(count);
  random::Stream stream(random::make_key(21, "metropolis test"), sample);
  stream.fill_normal(log_weights);
  for (double& value : log_weights) value = 100 + std::sqrt(variance) * value;
  return log_weights;
}

}  // namespace

TEST_CASE("Gaussian log-weights are accepted with erfc(sigma / 2)") {
  constexpr std::size_t count = 60000;
  for (const double variance : {0.02, 0.14, 0.5}) {
    INFO("variance " << variance << ", seed 21");
    const double exact = std::erfc(std::sqrt(variance) / 2);
    const auto log_weights = gaussian_log_weights(count, variance, 0);
    const auto chain = flow::independence_metropolis(log_weights, random::make_key(22, "metropolis test"));
    // Independent decisions would spread by sqrt(p (1 - p) / n); the chain's memory by no more than sqrt(2 tau) of it.
    const double sigma = std::sqrt(exact * (1 - exact) / count * 2 * chain.autocorrelation_time);
    CHECK(std::abs(static_cast<double>(chain.accepted) / (count - 1) - exact) < 3.5 * sigma);
    CHECK(std::abs(chain.acceptance - exact) < 3.5 * sigma);
    CHECK(std::abs(flow::expected_acceptance(log_weights) - exact) < 3.5 * sigma);
    CHECK(chain.indices.size() == count);
  }
}

TEST_CASE("the chain samples the target") {
  // Proposals N(0, 2) for the target N(0, 1): <x^2> = 1 along the chain.
  constexpr std::size_t count = 60000;
  random::Stream stream(random::make_key(23, "metropolis test"), 0);
  std::vector<double> x(count), log_weights(count);
  for (std::size_t i = 0; i < count; ++i) {
    x[i] = std::sqrt(2.0) * stream.normal();
    log_weights[i] = -x[i] * x[i] / 4;
  }
  const auto chain = flow::independence_metropolis(log_weights, random::make_key(24, "metropolis test"));
  double mean = 0, squares = 0, product = 0;
  std::vector<double> y;
  for (const std::int64_t index : chain.indices) y.push_back(std::pow(x[static_cast<std::size_t>(index)], 2));
  for (const double value : y) mean += value / count;
  for (const double value : y) squares += (value - mean) * (value - mean) / count;
  INFO("mean " << mean << ", tau " << chain.autocorrelation_time << ", seeds 23 and 24");
  CHECK(std::abs(mean - 1) < 3.5 * std::sqrt(squares * 2 * chain.autocorrelation_time / count));
  for (std::size_t i = 0; i + 1 < count; ++i) product += (y[i] - mean) * (y[i + 1] - mean) / count;
  // The autocorrelation at distance one is close to the probability of a rejection, and never an independent chain's.
  CHECK(product / squares > 0.5 * (1 - chain.acceptance));
  CHECK(product / squares < 2 * (1 - chain.acceptance));
}

TEST_CASE("the autocorrelation time is exact where it is known") {
  // Two states of weights 1 and e^-l at random: from the heavy state light proposals are rejected.
  const std::vector<double> equal(1000, 3.0);
  const auto free = flow::independence_metropolis(equal, random::make_key(1, "x"));
  CHECK(free.accepted == 999);
  CHECK(free.acceptance == 1);
  CHECK(free.autocorrelation_time == 0.5);
  CHECK(free.longest_run == 0);
  CHECK(flow::expected_acceptance(equal) == Approx(1).epsilon(1e-14));
  // One heavy proposal, then none is accepted: runs of length 9, sum r (r + 1) / 2 = 45 over 9 proposals.
  std::vector<double> stuck(10, 0.0);
  stuck[0] = 800;
  const auto held = flow::independence_metropolis(stuck, random::make_key(1, "x"));
  CHECK(held.accepted == 0);
  CHECK(held.longest_run == 9);
  CHECK(held.autocorrelation_time == Approx(0.5 + 45.0 / 9).epsilon(1e-14));
  CHECK(held.indices.back() == 0);
}

TEST_CASE("a chain continued in parts is the chain in one piece") {
  const auto log_weights = gaussian_log_weights(3000, 1.0, 5);
  const auto key = random::make_key(31, "metropolis test");
  const auto whole = flow::independence_metropolis(log_weights, key, 2);
  const std::span<const double> all(log_weights);
  const auto first = flow::independence_metropolis(all.first(1234), key, 2);
  const double held = log_weights[static_cast<std::size_t>(first.indices.back())];
  const auto second = flow::continue_metropolis(held, all.subspan(1234), key, 2, 1234);
  bool same = true;
  for (std::size_t i = 0; i < second.indices.size(); ++i) {
    const std::int64_t index = second.indices[i] < 0 ? first.indices.back() : second.indices[i] + 1234;
    same = same && index == whole.indices[1234 + i];
  }
  CHECK(same);
  CHECK(first.accepted + second.accepted == whole.accepted);
}

TEST_CASE("expected acceptance equals the sum over pairs") {
  const auto log_weights = gaussian_log_weights(200, 2.0, 7);
  double pairs = 0, sum = 0;
  for (std::size_t i = 0; i < log_weights.size(); ++i) {
    sum += std::exp(log_weights[i] - 100);
    for (std::size_t j = 0; j < log_weights.size(); ++j) {
      if (i != j) pairs += std::exp(std::min(log_weights[i], log_weights[j]) - 100);
    }
  }
  CHECK(flow::expected_acceptance(log_weights) == Approx(pairs / (199 * sum)).epsilon(1e-12));
}

TEST_CASE("chains refuse what is no proposal") {
  CHECK_THROWS_AS(flow::independence_metropolis({}, random::make_key(1, "x")), DataError);
  const std::vector<double> bad{0.0, std::numeric_limits<double>::quiet_NaN()};
  CHECK_THROWS_WITH(flow::independence_metropolis(bad, random::make_key(1, "x")),
                    ContainsSubstring("the log-weight of proposal 1 is nan"));
}
