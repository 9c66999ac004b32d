// SPDX-License-Identifier: MIT
#include "flow/stochastic_transport.h"

#include <cmath>

#include "base/error.h"
#include "flow/evaluation.h"
#include "flow/gaussian_mixture.h"
#include "flow/generalized_gaussian.h"
#include "flow/hmc_refresh.h"
#include "flow/linear_flow_field.h"
#include "flow/linear_path.h"
#include "flow/random_feature_field.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::flow;

namespace {

const GaussianMixtureOptions two_modes{.dimension = 1, .means = {2, -1}, .widths = {0.5, 1}, .weights = {2, 1}};

/// A field that moves far too slowly: the linear part of what the path needs, and a wrong one.
Flow<double> poor_flow(int steps) {
  const auto base = std::make_shared<GeneralizedGaussian<double>>(1, GeneralizedGaussianOptions{2, 2});
  const auto path = std::make_shared<LinearPath<double>>(base, std::make_shared<GaussianMixture<double>>(two_modes));
  auto field = std::make_unique<RandomFeatureField<double>>(1, RandomFeatureOptions{.count = 0});
  Eigen::MatrixXd values(2, 5);
  values.row(0).setConstant(0.3);
  values.row(1).setConstant(-0.2);
  return Flow<double>(path,
                      std::make_unique<LinearFlowField<double>>(std::move(field), std::make_shared<TimeSpline>(values)),
                      {.method = ode::Method::rk4, .steps = steps});
}

PathUpdate<double> updates(const Flow<double>& flow) {
  return [path = std::make_shared<Flow<double>>(flow)](double t, int, random::Key key, std::uint64_t first,
                                                       Block<double>& x) {
    hmc_refresh(path->path(), t, {.trajectories = 2}, 0.25, key, first, x);
  };
}

Measurement<double> first_moment() {
  return {.columns = 1,
          .measure = [](const Block<double>& x) -> Eigen::ArrayXXd { return x.col(0).transpose(); },
          .quantities = {{"mean", [](std::span<const double> m) { return m[0]; }}}};
}

}  // namespace

TEST_CASE("stochastic transport is unbiased whatever the field, and updates lift the effective sample size") {
  const auto flow = poor_flow(32);
  auto samplers = flow_samplers(flow, false);
  const EvaluationOptions options{.samples = 20000, .steps = 32, .halved = 64};
  const auto plain = evaluate(samplers, first_moment(), options, {}, 1);
  const StochasticTransport<double> transport(flow, 16, updates(flow));
  samplers.samples = [&]() -> Draw<double> {
    const auto own = std::make_shared<StochasticTransport<double>>(transport);
    return [own](random::Key key, std::uint64_t first, Block<double>& x) { return own->sample(key, first, x); };
  };
  samplers.fine = samplers.samples;
  const auto refreshed = evaluate(samplers, first_moment(), options, {}, 1);
  for (const auto* result : {&plain, &refreshed}) {
    const auto log_z = result->weights.log_z();
    const auto mean = result->reweighted.front().value;
    INFO(log_z.value << " +- " << log_z.error << ", mean " << mean.value << " +- " << mean.error);
    CHECK(std::abs(log_z.value) < 3 * log_z.error);    // a mixture is normalised
    CHECK(std::abs(mean.value - 1) < 3 * mean.error);  // 2/3 2 - 1/3
  }
  CHECK(refreshed.weights.effective_sample_size().value > 1.5 * plain.weights.effective_sample_size().value);
  CHECK(refreshed.weights.log_z().error < plain.weights.log_z().error);
}

TEST_CASE("resampled populations estimate log Z, and do not depend on how many threads carry them") {
  const auto flow = poor_flow(16);
  const StochasticTransport<double> transport(flow, 16, updates(flow));
  constexpr int repetitions = 8;
  Eigen::Array<double, repetitions, 1> z;
  for (int i = 0; i < repetitions; ++i) {
    const auto population =
        transport.population(random::make_key(3, "population"), static_cast<std::uint64_t>(i) * 1000, 1000, 0.7);
    CHECK(population.size() == 1000);
    z[i] = std::exp(population.log_normalisation());
  }
  const double error = std::sqrt((z - z.mean()).square().sum() / (repetitions * (repetitions - 1)));
  INFO("Z = " << z.mean() << " +- " << error);
  CHECK(error < 0.05);
  CHECK(std::abs(z.mean() - 1) < 4 * error);
}

TEST_CASE("resampling keeps means, counts in proportion to weights, and the normalisation") {
  Population<double> population{{Block<double>(8, 1)}, Eigen::VectorXd(8), 0.5};
  population.blocks[0].col(0) = Eigen::ArrayXd::LinSpaced(8, 0, 7);
  population.log_weights << 0, 0, std::log(3), std::log(4), -800, -800, -800, -800;
  const double before = population.log_normalisation();
  CHECK(before == Approx(0.5 + std::log(9.0 / 8)));
  CHECK(population.effective_share() == Approx(81.0 / (27 * 8)));
  population.resample(random::make_key(1, "resampling"), 0);
  CHECK(population.log_normalisation() == Approx(before));
  CHECK(population.effective_share() == 1);
  Eigen::Array4d counts = Eigen::Array4d::Zero();
  for (int lane = 0; lane < 8; ++lane) counts[static_cast<Eigen::Index>(population.blocks[0](lane, 0))] += 1;
  // Systematic resampling gives the integers next to 8 w / sum w = 8/9, 8/9, 24/9, 32/9.
  const Eigen::Array4d expected = Eigen::Array4d(1, 1, 3, 4) * 8 / 9;
  CHECK(((counts - expected).abs() < 1).all());
  population.log_weights[3] = NAN;
  CHECK_THROWS_WITH(population.weights(), ContainsSubstring("a log-weight of the walkers is not a number"));
}

TEST_CASE("the tail index of the weights is the power of their tail") {
  // w = u^-k has P(w > x) = x^(-1/k).
  for (const double k : {0.3, 0.8}) {
    std::vector<double> log_weights;
    for (int i = 0; i < 20000; ++i) log_weights.push_back(-k * std::log((i + 0.5) / 20000) + 700);
    // 424 weights in the tail: the standard error of k is (1 + k) / sqrt(424), the prior shifts by 10/434 (1/2 - k).
    CHECK(weight_tail_index(log_weights) == Approx(k).margin((1 + k) / std::sqrt(424)));
  }
  CHECK(weight_tail_index(std::vector<double>(1000, 3.0)) == 0);
  CHECK(weight_tail_index({1, 2, 3}) == 0);
}

TEST_CASE("log-weights that differ between x and -x are found") {
  // A normal target at the origin and a flow that shifts it: log w = -x^2 / 2 + (x - a)^2 / 2, odd part -a x.
  const auto base = std::make_shared<GeneralizedGaussian<double>>(1, GeneralizedGaussianOptions{std::sqrt(2.0), 2});
  const auto path = std::make_shared<LinearPath<double>>(base, base);
  const double a = 0.2;
  Eigen::MatrixXd values = Eigen::MatrixXd::Zero(2, 5);
  values.row(0).setConstant(a);
  const Flow<double> flow(path,
                          std::make_unique<LinearFlowField<double>>(
                              std::make_unique<RandomFeatureField<double>>(1, RandomFeatureOptions{.count = 0}),
                              std::make_shared<TimeSpline>(values)),
                          {.steps = 4});
  const auto result =
      evaluate(flow_samplers(flow, true), first_moment(), {.samples = 4096, .steps = 4, .halved = 4096}, {}, 1);
  // E (a x)^2 over x of mean a and variance 1; the standard error of a mean of squares.
  CHECK(result.odd_variance == Approx(a * a * (1 + a * a)).epsilon(4 * std::sqrt(2.0 / 4096)));
  CHECK(std::abs(result.step_bias.value) < 1e-10);
  CHECK(std::abs(result.log_z_change) < 1e-10);
}

TEST_CASE("stochastic transport and evaluation refuse options that make no sense") {
  const auto flow = poor_flow(4);
  CHECK_THROWS_WITH(StochasticTransport<double>(flow, 0, updates(flow)), ContainsSubstring("evaluate.updates = 0"));
  CHECK_THROWS_WITH(evaluate(flow_samplers(flow, false), first_moment(), {.updates = -1}, {}, 1),
                    ContainsSubstring("evaluate.updates = -1"));
}
