// SPDX-License-Identifier: MIT
#include "flow/importance_weights.h"

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "random/stream.h"
#include "support/catch.h"

using namespace floe;
using flow::Estimate;

namespace {

constexpr double log_two_pi = 1.8378770664093454836;

/// Samples of N(0, r) per mode against the target exp(-x^2/2) per mode: log Z = modes log(2 pi) / 2 and the effective
/// sample size is (sqrt(2 r - 1) / r)^modes.
struct Gaussian {
  double r;
  int modes;
  double log_weight(const std::vector<double>& x) const {
    double sum = 0;
    for (const double value : x) sum += -value * value / 2 + value * value / (2 * r) + (log_two_pi + std::log(r)) / 2;
    return sum;
  }
  double ess() const { return std::pow(std::sqrt(2 * r - 1) / r, modes); }
  double log_z() const { return modes * log_two_pi / 2; }
  /// KL(q|p) and KL(p|q), of N(0, r) and N(0, 1).
  double reverse_kl() const { return modes * (r - 1 - std::log(r)) / 2; }
  double forward_kl() const { return modes * (1 / r - 1 + std::log(r)) / 2; }
  /// log w = c + (1/r - 1) x^2 / 2, and Var(x^2) = 2 v^2.
  double variance(double v) const { return modes * std::pow((1 / r - 1) / 2, 2) * 2 * v * v; }
};

void within(Estimate estimate, double exact, double sigmas = 3.5) {
  INFO(estimate.value << " +- " << estimate.error << " against " << exact);
  CHECK(std::abs(estimate.value - exact) <= sigmas * estimate.error);
  CHECK(estimate.error > 0);
}

}  // namespace

TEST_CASE("Gaussian proposals have their exact effective sample size, log Z and bounds") {
  constexpr int samples = 40000;
  std::uint64_t index = 0;
  for (const double r : {0.8, 1.2, 1.5}) {
    for (const int modes : {1, 4}) {
      INFO("r " << r << ", modes " << modes << ", seed 11");
      const Gaussian g{r, modes};
      flow::ImportanceWeights reverse(2);
      flow::TargetWeights forward;
      random::Stream stream(random::make_key(11, "importance weights test"), index++);
      std::vector<double> x(static_cast<std::size_t>(modes));
      for (int i = 0; i < samples; ++i) {
        for (double& value : x) value = std::sqrt(r) * stream.normal();
        reverse.add(g.log_weight(x), std::array{x[0] * x[0], std::pow(x[0], 4)});
        for (double& value : x) value = stream.normal();
        forward.add(g.log_weight(x));
      }
      CHECK(reverse.count() == samples);
      within(reverse.effective_sample_size(), g.ess());
      within(reverse.log_z(), g.log_z());
      within(reverse.elbo(), g.log_z() - g.reverse_kl());
      CHECK(reverse.variance_log_weight() == Approx(g.variance(r)).epsilon(0.1));
      within(reverse.raw_mean(0), r);
      within(reverse.reweighted_mean(0), 1);
      within(reverse.reweighted_mean(1), 3);
      // <x^4> / <x^2>^2 = 3 for both.
      const auto kurtosis = [](std::span<const double> m) { return m[1] / (m[0] * m[0]); };
      within(reverse.raw(kurtosis), 3);
      within(reverse.reweighted(kurtosis), 3);
      within(forward.effective_sample_size(), g.ess());
      within(forward.effective_sample_size(Estimate{g.log_z(), 0}), g.ess());
      within(forward.log_z(), g.log_z());
      within(forward.eubo(), g.log_z() + g.forward_kl());
      CHECK(forward.variance_log_weight() == Approx(g.variance(1)).epsilon(0.1));
      CHECK(reverse.elbo().value < forward.eubo().value);
      CHECK(reverse.largest_share() < 0.01);
    }
  }
}

TEST_CASE("errors are the spread of repeated estimates") {
  const Gaussian g{1.5, 3};
  constexpr int repetitions = 400, samples = 500;
  struct Track {
    double sum = 0, squares = 0, errors = 0;
    void add(Estimate e) { sum += e.value, squares += e.value * e.value, errors += e.error; }
    double ratio() const {
      const double mean = sum / repetitions;
      return errors / repetitions / std::sqrt(squares / repetitions - mean * mean);
    }
  };
  std::array<Track, 7> tracks;
  for (int k = 0; k < repetitions; ++k) {
    random::Stream stream(random::make_key(12, "importance weights test"), static_cast<std::uint64_t>(k));
    flow::ImportanceWeights reverse(2);
    flow::TargetWeights forward;
    std::vector<double> x(3);
    for (int i = 0; i < samples; ++i) {
      for (double& value : x) value = std::sqrt(g.r) * stream.normal();
      reverse.add(g.log_weight(x), std::array{x[0] * x[0], x[1] * x[1]});
      for (double& value : x) value = stream.normal();
      forward.add(g.log_weight(x));
    }
    tracks[0].add(reverse.effective_sample_size());
    tracks[1].add(reverse.log_z());
    tracks[2].add(reverse.reweighted_mean(0));
    tracks[3].add(reverse.reweighted([](std::span<const double> m) { return m[0] / m[1]; }));
    tracks[4].add(forward.effective_sample_size());
    tracks[5].add(forward.log_z());
    tracks[6].add(forward.eubo());
  }
  // The standard deviation of a standard deviation from 400 repetitions is 3.5 %; 10 % leaves room for the finite
  // sample.
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    INFO("estimate " << i << ", seed 12");
    CHECK(tracks[i].ratio() == Approx(1).margin(0.14));
  }
}

TEST_CASE("parts merge to the whole, and huge log-weights are harmless") {
  random::Stream stream(random::make_key(13, "importance weights test"), 0);
  flow::ImportanceWeights whole(1), parts(1), shifted(1);
  flow::TargetWeights target, target_parts;
  for (int part = 0; part < 5; ++part) {
    flow::ImportanceWeights piece(1);
    flow::TargetWeights target_piece;
    for (int i = 0; i < 100; ++i) {
      const double log_weight = 2 * stream.normal() + part;
      const double observable = stream.normal() + log_weight;
      whole.add(log_weight, std::array{observable});
      piece.add(log_weight, std::array{observable});
      shifted.add(log_weight - 20000, std::array{observable});
      target.add(log_weight);
      target_piece.add(log_weight);
    }
    if (part % 2 == 0) {
      parts.merge(piece);
      target_parts.merge(target_piece);
    } else {
      piece.merge(parts);
      parts = piece;
      target_piece.merge(target_parts);
      target_parts = target_piece;
    }
  }
  parts.merge(flow::ImportanceWeights(1));
  const auto same = [](Estimate a, Estimate b) {
    CHECK(a.value == Approx(b.value).epsilon(1e-11));
    CHECK(a.error == Approx(b.error).epsilon(1e-9));
  };
  CHECK(parts.count() == 500);
  same(parts.effective_sample_size(), whole.effective_sample_size());
  same(parts.log_z(), whole.log_z());
  same(parts.elbo(), whole.elbo());
  same(parts.raw_mean(0), whole.raw_mean(0));
  same(parts.reweighted_mean(0), whole.reweighted_mean(0));
  CHECK(parts.variance_log_weight() == Approx(whole.variance_log_weight()).epsilon(1e-12));
  CHECK(parts.largest_share() == Approx(whole.largest_share()).epsilon(1e-12));
  same(shifted.effective_sample_size(), whole.effective_sample_size());
  same(shifted.reweighted_mean(0), whole.reweighted_mean(0));
  CHECK(shifted.log_z().value + 20000 == Approx(whole.log_z().value).epsilon(1e-9));
  same(target_parts.effective_sample_size(), target.effective_sample_size());
  same(target_parts.log_z(), target.log_z());
}

TEST_CASE("equal weights and one dominating weight are the two ends") {
  flow::ImportanceWeights equal, one;
  equal.add_all(std::vector<double>(64, -3.0));
  CHECK(equal.effective_sample_size().value == Approx(1).epsilon(1e-14));
  CHECK(equal.effective_sample_size().error == Approx(0).margin(1e-12));
  CHECK(equal.log_z().value == Approx(-3).epsilon(1e-14));
  CHECK(equal.largest_share() == Approx(1.0 / 64));
  std::vector<double> log_weights(64, 0.0);
  log_weights[5] = 500;
  one.add_all(log_weights);
  CHECK(one.effective_sample_size().value == Approx(1.0 / 64).epsilon(1e-12));
  CHECK(one.largest_share() == Approx(1).epsilon(1e-12));
  flow::TargetWeights chain;
  chain.add_all(log_weights);
  const double error = chain.eubo().error;
  chain.set_autocorrelation_time(8);
  CHECK(chain.eubo().error == Approx(4 * error).epsilon(1e-14));
}

TEST_CASE("weights that are no numbers are refused") {
  flow::ImportanceWeights weights(1);
  CHECK_THROWS_AS(weights.log_z(), DataError);
  weights.add(0, std::array{1.0});
  CHECK_THROWS_WITH(weights.add(std::numeric_limits<double>::quiet_NaN(), std::array{1.0}),
                    ContainsSubstring("the log-weight of sample 1 is nan"));
  CHECK_THROWS_WITH(weights.add(0, std::array{std::numeric_limits<double>::infinity()}),
                    ContainsSubstring("observable 0 of sample 1 is inf"));
  CHECK_THROWS_AS(weights.add(0), ShapeError);
  CHECK_THROWS_AS(weights.merge(flow::ImportanceWeights(2)), ShapeError);
  CHECK_THROWS_AS(weights.raw_mean(1), ShapeError);
  CHECK(weights.count() == 1);
  flow::TargetWeights target;
  CHECK_THROWS_AS(target.add(-std::numeric_limits<double>::infinity()), NumericalError);
  CHECK_THROWS_AS(target.set_autocorrelation_time(0.1), ConfigError);
}
