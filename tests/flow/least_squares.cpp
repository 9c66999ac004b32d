// SPDX-License-Identifier: MIT
#include "flow/least_squares.h"

#include <cmath>

#include "base/error.h"
#include "flow/evaluation.h"
#include "flow/gaussian_mixture.h"
#include "flow/hmc_refresh.h"
#include "flow/linear_flow_field.h"
#include "flow/random_feature_field.h"
#include "random/lane_stream.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::flow;

namespace {

Measurement<double> first_moment() {
  return {.columns = 1,
          .measure = [](const Block<double>& x) -> Eigen::ArrayXXd { return x.col(0).transpose(); },
          .quantities = {{"mean", [](std::span<const double> m) { return m[0]; }}}};
}

/// On the heap: GCC 12 takes the vectors of a fixed size for too short.
Eigen::VectorXd two(double first, double second) {
  Eigen::VectorXd values(2);
  values << first, second;
  return values;
}

/// A path between two modes, with walkers that updates bring to equilibrium.
TrainingSystem<double> system_of(double distance, int count) {
  const GaussianMixtureOptions mixture{.dimension = 2, .means = {distance, 0, -1, -1}, .widths = {1}, .weights = {1}};
  const auto path = std::make_shared<MixturePath<double>>(mixture, 1);
  return {.path = path,
          .field = std::make_shared<RandomFeatureField<double>>(
              2, RandomFeatureOptions{.count = count, .shortest = 1, .longest = 4}),
          .refresh = [path](double t, int node, std::int64_t index, Block<double>& x) {
            hmc_refresh(*path, t, {.trajectories = 2}, 0.3, random::make_key(1, "refresh"),
                        static_cast<std::uint64_t>(index * lane_count<double> + 100000 * node), x);
          }};
}

}  // namespace

TEST_CASE("a random-feature field trained by least squares with weighted walkers samples a mixture") {
  const GaussianMixtureOptions mixture{.dimension = 2, .means = {3, 1, -3, 0}, .widths = {1}, .weights = {2, 1}};
  const auto path = std::make_shared<MixturePath<double>>(mixture, 1);
  const RandomFeatureField<double> field(2, {.count = 80, .shortest = 0.7, .longest = 5});
  LeastSquaresOptions options{.nodes = 21, .walkers = 1500, .weighted = true, .refinements = 1};
  options.trajectories = 1500;
  options.validation = 512;
  options.target_fraction = 0;
  const HmcRefreshOptions hmc{.trajectories = 1};
  const auto steps = tune_hmc<double>(*path, hmc, options.nodes, 1);
  std::vector<TrainingRecord> records;
  LeastSquaresTrainer<double> trainer(
      path, field.clone(), options, 1,
      [&](double t, int node, std::int64_t index, Block<double>& x) {
        hmc_refresh(*path, t, hmc, steps[static_cast<std::size_t>(node)], random::make_key(1, "refresh"),
                    static_cast<std::uint64_t>(index * lane_count<double> + 100000 * node), x);
      },
      {}, {[&](const TrainingRecord& record) { records.push_back(record); }, {}});
  const TimeSpline coefficients = trainer.train();
  REQUIRE(records.size() == 22);
  CHECK(std::abs(records[20].log_z) < 0.02);  // of the walkers' weights; 1500 of them with little spread
  CHECK(records.back().validation < records.back().explained);
  const Flow<double> flow(
      path, std::make_unique<LinearFlowField<double>>(field.clone(), std::make_shared<TimeSpline>(coefficients)),
      {.method = ode::Method::rk4, .steps = 24});
  std::vector<Block<double>> target(64);
  const GaussianMixture<double> exact(mixture);
  for (std::size_t b = 0; b < target.size(); ++b) exact.sample(random::make_key(9, "target"), 8 * b, target[b]);
  const auto result = evaluate(flow_samplers(flow, false), first_moment(), {.samples = 4096, .steps = 24}, target, 1);
  const auto log_z = result.weights.log_z();
  INFO("ESS " << result.weights.effective_sample_size().value << ", log Z " << log_z.value << " +- " << log_z.error);
  CHECK(result.weights.effective_sample_size().value > 0.95);
  CHECK(result.target_weights.effective_sample_size().value > 0.95);
  CHECK(std::abs(log_z.value) < 3 * log_z.error + 1e-3);
  CHECK(std::abs(result.reweighted[0].value.value - 1) < 3 * result.reweighted[0].value.error);
  CHECK(result.bounds_hold());
  CHECK(result.tail_index < 0.7);
}

TEST_CASE("systems with coefficients of their own are trained as if each were alone, and share what is common") {
  LeastSquaresOptions options{.nodes = 6, .walkers = 256, .weighted = true, .refinements = 1};
  options.trajectories = 256;
  options.validation = 64;
  options.target_fraction = 0;
  options.steps = 6;
  const auto alone = LeastSquaresTrainer<double>({system_of(2, 10)}, options, 1, {}).closed_form();

  auto first = system_of(2, 10), second = system_of(3, 10);
  first.condition = two(1, 0);
  second.condition = two(0, 1);
  second.weight = 0.5;
  options.walkers *= 2;  // shared evenly
  options.trajectories *= 2;
  LeastSquaresTrainer<double> trainer({first, second}, options, 1, {});
  const TimeSpline both = trainer.closed_form();
  REQUIRE(both.coefficient_count() == 2 * alone.coefficient_count());
  const double scale = alone.values().cwiseAbs().maxCoeff();
  CHECK((conditioned(both, first.condition).values() - alone.values()).cwiseAbs().maxCoeff() < 1e-8 * scale);
  CHECK((conditioned(both, second.condition).values() - alone.values()).cwiseAbs().maxCoeff() > 0.01 * scale);

  // Gauss-Newton: the step for both has the two steps as its blocks, and lowers what was to be lowered.
  std::vector<TrainingRecord> records;
  LeastSquaresTrainer<double> observed({first, second}, options, 1,
                                       {[&](const TrainingRecord& record) { records.push_back(record); }, {}});
  observed.refine(both, 1);
  REQUIRE(records.size() == 1);
  CHECK(records[0].residual < records[0].explained);
  CHECK(records[0].residual > 0);

  // The same system twice, with one set of coefficients: what one system with all walkers of both has.
  auto twin = system_of(2, 10);
  twin.weight = 3;
  LeastSquaresTrainer<double> twins({system_of(2, 10), twin}, options, 1, {});
  const TimeSpline common = twins.closed_form();
  CHECK(common.coefficient_count() == alone.coefficient_count());
  CHECK_THROWS_WITH(LeastSquaresTrainer<double>({first, system_of(2, 10)}, options, 1, {}),
                    ContainsSubstring("use one basis for all"));
  CHECK_THROWS_WITH(LeastSquaresTrainer<double>({system_of(2, 10), system_of(2, 12)}, options, 1, {}),
                    ContainsSubstring("a system with 17 parameters in 1 sets beside one with 15 in 1"));
}

TEST_CASE("sensitivities of a conditioned system are derivatives by the coefficients it combines") {
  LeastSquaresOptions options{.trajectories = 32, .target_fraction = 0, .steps = 40, .validation = 16};
  auto system = system_of(2, 4);
  const Eigen::Index parameters = system.field->parameter_count();
  system.condition = two(0.7, -0.4);
  const LeastSquaresTrainer<double> trainer({system}, options, 1, {});
  Eigen::MatrixXd values(2 * parameters, 5);
  for (Eigen::Index k = 0; k < values.rows(); ++k)
    for (int i = 0; i < 5; ++i) values(k, i) = 0.1 * std::sin(1.3 * static_cast<double>(k) + 0.5 * i);
  const auto rows = trainer.sensitivities(TimeSpline(values), 1);
  // Moving C_2 of parameter 3 by eps B_1(t) moves log w by g_2 times the derivative; eps^2 and the Heun error are
  // small.
  const double eps = 1e-4;
  const auto log_weights = [&](double by) {
    Eigen::MatrixXd moved = values;
    for (int node = 0; node < 5; ++node) moved(parameters + 3, node) += by * b_splines(4, node / 4.0)[1];
    return trainer.sensitivities(TimeSpline(moved), 1).log_weights;
  };
  const Eigen::VectorXd numerical = (log_weights(eps) - log_weights(-eps)) / (2 * eps);
  const Eigen::VectorXd analytic = system.condition[1] * rows.derivatives.col(parameters + 3);
  CHECK((numerical - analytic).cwiseAbs().maxCoeff() < 5e-3 * numerical.cwiseAbs().maxCoeff());
}
