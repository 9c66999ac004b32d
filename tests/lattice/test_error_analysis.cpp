// SPDX-License-Identifier: MIT
#include "lattice/error_analysis.h"

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "random/stream.h"
#include "support/catch.h"

using floe::ConfigError;
using floe::DataError;
using floe::ShapeError;
using namespace floe::lattice;
namespace rnd = floe::random;

namespace {

// Chains x_{t+1} = a x_t + sqrt(1 - a^2) eta of unit variance in equilibrium, as columns (mean + x, (mean + x)^2).
// The autocorrelation function is a^t, so tau_int = (1 + a) / (2 (1 - a)).
Series autoregressive(double a, double mean, int chains, int length, std::uint64_t seed) {
  Series series(2, chains);
  for (int c = 0; c < chains; ++c) {
    rnd::Stream stream(rnd::make_key(seed, "autoregressive"), static_cast<std::uint64_t>(c));
    double x = stream.normal();
    for (int t = 0; t < length; ++t) {
      series.append(c, Eigen::Array2d(mean + x, (mean + x) * (mean + x)));
      x = a * x + std::sqrt(1 - a * a) * stream.normal();
    }
  }
  return series;
}

double exact_tau(double a) {
  return (1 + a) / (2 * (1 - a));
}

const MeanFunction variance = [](const Eigen::ArrayXd& mean) { return mean[1] - mean[0] * mean[0]; };

}  // namespace

TEST_CASE("the Gamma-method finds the autocorrelation time of a known process", "[error_analysis]") {
  for (const double a : {0.0, 0.5, 0.9}) {
    for (const int chains : {1, 8}) {
      CAPTURE(a, chains);
      const int length = 80000 / chains;
      const Estimate estimate = gamma_method(autoregressive(a, 2, chains, length, 11), mean_of(0));
      const double tau = exact_tau(a);
      CHECK(std::abs(estimate.tau_int - tau) < 3 * estimate.tau_int_error + 1e-3);
      const double error = std::sqrt(2 * tau / 80000);
      CHECK(std::abs(estimate.error - error) < 3 * estimate.error_of_error);
      CHECK(std::abs(estimate.value - 2) < 3 * error);
      CHECK(estimate.window_found);
      CHECK(estimate.window > 0);
      CHECK(std::isnan(estimate.replica_q) == (chains == 1));
    }
  }
}

TEST_CASE("the Gamma-method propagates errors to functions of means", "[error_analysis]") {
  // F = <x^2> - <x>^2 fluctuates with x^2 - 1, whose autocorrelation function is a^{2t} and whose variance is 2.
  const double a = 0.8;
  const int total = 100000;
  const Series series = autoregressive(a, 1, 4, total / 4, 12);
  const Estimate estimate = gamma_method(series, variance);
  const double tau = exact_tau(a * a);
  CHECK(std::abs(estimate.tau_int - tau) < 3 * estimate.tau_int_error);
  CHECK(std::abs(estimate.error - std::sqrt(2 * 2 * tau / total)) < 3 * estimate.error_of_error);
  CHECK(std::abs(estimate.value - 1) < 3 * estimate.error);

  // The quotient <x^2> / <x>^2 = 2 has the gradient (1, -4) at the means (2, 1): its fluctuation is
  // x^2 - 4 x + const = y^2 - 2 y + const with y = x - 1, of variance 2 + 4, with sums of correlations 4 tau(a^2) + 8
  // tau(a).
  const Estimate quotient = gamma_method(series, [](const Eigen::ArrayXd& m) { return m[1] / (m[0] * m[0]); });
  const double exact = std::sqrt((2 * 2 * tau + 4 * 2 * exact_tau(a)) / total);
  CHECK(std::abs(quotient.error - exact) < 3 * quotient.error_of_error);
  CHECK(std::abs(quotient.value - 2) < 3 * exact);

  const auto both = gamma_method(series, std::vector<Quantity>{{"variance", variance}, {"mean", mean_of(0)}});
  REQUIRE(both.size() == 2);
  CHECK(both[0].error == estimate.error);
}

TEST_CASE("errors of both methods cover the truth as often as they should", "[error_analysis]") {
  // The squared pull of 300 experiments averages to 1 with a spread of sqrt(2/300); finite chains add a few per cent.
  const int experiments = 300;
  double gamma = 0;
  double jack = 0;
  double replica_q = 0;
  for (int i = 0; i < experiments; ++i) {
    const Series series = autoregressive(0.6, 0, 4, 500, 1000 + static_cast<std::uint64_t>(i));
    const Estimate first = gamma_method(series, variance);
    const Estimate second = jackknife(series, variance, {40});
    gamma += std::pow((first.value - 1) / first.error, 2) / experiments;
    jack += std::pow((second.value - 1) / second.error, 2) / experiments;
    replica_q += first.replica_q / experiments;
  }
  CHECK(std::abs(gamma - 1) < 3 * std::sqrt(2.0 / experiments) + 0.05);
  CHECK(std::abs(jack - 1) < 3 * std::sqrt(2.0 / experiments) + 0.05);
  CHECK(std::abs(replica_q - 0.5) < 3 * std::sqrt(1.0 / 12 / experiments) + 0.05);
}

TEST_CASE("long replica remove the bias of a nonlinear function", "[error_analysis]") {
  // <x>^2 of white noise with mean 0 is biased by 1/N, exactly removed on average by the comparison of replica.
  double plain = 0;
  double corrected = 0;
  const int experiments = 400, length = 60, chains = 4;
  const MeanFunction square = [](const Eigen::ArrayXd& mean) { return mean[0] * mean[0]; };
  for (int i = 0; i < experiments; ++i) {
    const Series series = autoregressive(0, 0, chains, length, 5000 + static_cast<std::uint64_t>(i));
    plain += square(series.means()) / experiments;
    corrected += gamma_method(series, square).value / experiments;
  }
  const double bias = 1.0 / (length * chains);
  CHECK(plain == Approx(bias).margin(3 * bias * std::sqrt(2.0 / experiments)));
  CHECK(std::abs(corrected) < 3 * bias * std::sqrt(3.0 / experiments) + 0.1 * bias);
}

TEST_CASE("chains that disagree are noticed", "[error_analysis]") {
  Series series(1, 2);
  for (int c = 0; c < 2; ++c) {
    rnd::Stream stream(rnd::make_key(3, "disagree"), static_cast<std::uint64_t>(c));
    for (int t = 0; t < 1000; ++t) series.append(c, Eigen::Array<double, 1, 1>(stream.normal() + c));
  }
  CHECK(gamma_method(series, mean_of(0)).replica_q < 1e-4);
}

TEST_CASE("independent samples are chains of one measurement", "[error_analysis]") {
  const int samples = 4000;
  const Series series = autoregressive(0, 1, samples, 1, 13);
  const Estimate estimate = gamma_method(series, variance);
  CHECK(estimate.tau_int == Approx(0.5).margin(1e-3));
  CHECK(estimate.window == 0);
  CHECK(estimate.error == Approx(std::sqrt(2.0 / samples)).epsilon(3 * std::sqrt(3.5 / samples)));
  CHECK(jackknife(series, variance).error == Approx(estimate.error).epsilon(3 / std::sqrt(2 * 99.0)));
}

TEST_CASE("constants have no error", "[error_analysis]") {
  Series series(1, 1);
  for (int t = 0; t < 10; ++t) series.append(0, Eigen::Array<double, 1, 1>(3));
  const Estimate estimate = gamma_method(series, mean_of(0));
  CHECK(estimate.value == 3);
  CHECK(estimate.error == 0);
  CHECK(jackknife(series, mean_of(0)).error == 0);
}

TEST_CASE("chains shorter than their autocorrelation say so", "[error_analysis]") {
  CHECK_FALSE(gamma_method(autoregressive(0.999, 0, 8, 40, 14), mean_of(0)).window_found);
}

TEST_CASE("the weighted jackknife reweights", "[error_analysis]") {
  // Samples of N(0,1) weighted to N(mu,1): log w = mu x - mu^2/2, <x> = mu, <x^2> = 1 + mu^2.
  const double mu = 0.5;
  const int samples = 20000;
  const Series series = autoregressive(0, 0, 10, samples / 10, 15);
  std::vector<double> log_weights;
  for (int c = 0; c < series.chains(); ++c) {
    for (int t = 0; t < series.length(c); ++t) log_weights.push_back(mu * series.chain(c)(0, t) + 700);
  }
  const Estimate mean = jackknife(series, log_weights, mean_of(0));
  // Var = E[w^2 (x - mu)^2] / n with w normalised: exp(mu^2) (1 + mu^2) / n.
  const double exact = std::sqrt(std::exp(mu * mu) * (1 + mu * mu) / samples);
  CHECK(mean.error == Approx(exact).epsilon(3 / std::sqrt(2 * 99.0)));
  CHECK(std::abs(mean.value - mu) < 3 * exact);
  CHECK(std::abs(jackknife(series, log_weights, variance).value - 1) <
        3 * jackknife(series, log_weights, variance).error);

  const std::vector<double> flat(static_cast<std::size_t>(samples), -12.0);
  CHECK(jackknife(series, flat, variance).error == Approx(jackknife(series, variance).error).epsilon(1e-12));
}

TEST_CASE("impossible error analyses are refused with the reason", "[error_analysis]") {
  CHECK_THROWS_AS(Series(0, 1), ShapeError);
  Series series(2, 2);
  CHECK_THROWS_WITH(series.append(0, Eigen::Array3d::Zero()), ContainsSubstring("holds 2 observables"));
  CHECK_THROWS_WITH(series.append_block(1, Eigen::ArrayXXd::Zero(2, 2)), ContainsSubstring("chains 1 to 2"));
  CHECK_THROWS_AS(series.means(), DataError);
  series.append(0, Eigen::Array2d(1, 2));
  CHECK_THROWS_WITH(gamma_method(series, mean_of(0)), ContainsSubstring("chain 1 of 2 holds no measurement"));
  series.append(1, Eigen::Array2d(1, std::numeric_limits<double>::infinity()));
  CHECK_THROWS_WITH(gamma_method(series, mean_of(0)), ContainsSubstring("not finite"));
  const Series good = autoregressive(0, 0, 1, 10, 16);
  CHECK_THROWS_AS(gamma_method(good, mean_of(0), {-1}), ConfigError);
  CHECK_THROWS_AS(jackknife(good, mean_of(0), {1}), ConfigError);
  CHECK_THROWS_AS(jackknife(autoregressive(0, 0, 1, 1, 17), mean_of(0)), DataError);
  CHECK_THROWS_AS(jackknife(good, std::vector<double>(9), mean_of(0)), ShapeError);
  const std::vector<double> bad(10, -std::numeric_limits<double>::infinity());
  CHECK_THROWS_WITH(jackknife(good, bad, mean_of(0)), ContainsSubstring("log-weights"));
}
