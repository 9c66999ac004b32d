// SPDX-License-Identifier: MIT
#include "lattice/flow/phi4_flow.h"

#include <Eigen/Dense>
#include <cmath>

#include "base/error.h"
#include "flow/linear_flow_field.h"
#include "lattice/flow/evaluation.h"
#include "random/lane_stream.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::lattice;

namespace {

const Phi4Schedule schedule{.target = {-4, 6.975}, .base_mass_squared = 0.46, .bend = {-2.5, 3, -1, 0.2}, .power = 1.4};

/// A model with coefficients that are smooth in time, small and otherwise arbitrary.
Phi4FlowModel arbitrary_model(const Geometry& geometry) {
  Phi4FlowModel model{.schedule = schedule,
                      .basis = {.scales = {0, 0.4, 1.2}, .features = 3, .max_frequency = 2},
                      .coefficients = {},
                      .path_coefficients = {}};
  model.basis.widths = free_field_widths(geometry, schedule.base_mass_squared, model.basis.scales);
  Eigen::MatrixXd values(model.basis.parameter_count(), 6);
  for (Eigen::Index k = 0; k < values.rows(); ++k)
    for (int i = 0; i < 6; ++i) values(k, i) = 0.1 * std::sin(1.7 * static_cast<double>(k) + 0.4 * i);
  model.coefficients = flow::TimeSpline(values);
  return model;
}

Phi4TrainingOptions small_training() {
  Phi4TrainingOptions options;
  options.target.chains = 16;
  options.path.walkers = 512;
  options.path.passes = 1;
  options.scales = {0, 0.4, 1};
  options.features = 4;
  options.max_frequency = 3;
  options.regression.walkers = 1024;
  options.regression.nodes = 16;
  options.regression.trajectories = 1024;
  options.regression.validation = 512;
  options.regression.steps = 12;
  return options;
}

}  // namespace

TEST_CASE("the phi^4 path begins at the free field, ends at the target, and its derivatives are those of its energy") {
  const Phi4 begin = schedule.at(0), end = schedule.at(1);
  CHECK(begin.mass_squared == schedule.base_mass_squared);
  CHECK(begin.coupling == 0);
  CHECK(end.mass_squared == Approx(-4).epsilon(1e-15));
  CHECK(end.coupling == 6.975);

  const Geometry geometry({3, 4});
  const Phi4Path<double> path(geometry, schedule);
  Block<double> x(lane_count<double>, 12), gradient;
  random::LaneStream(random::make_key(3, "path"), 0).fill_normal(x);
  const double t = 0.37, h = 1e-5;
  const LaneSums<double> rate = (path.energy(t + h, x) - path.energy(t - h, x)) / (2 * h);
  CHECK((rate - path.time_derivative(t, x)).abs().maxCoeff() < 1e-6);
  path.gradient(t, x, gradient);
  for (int site = 0; site < 12; ++site) {
    Block<double> up = x, down = x;
    up.col(site) += h;
    down.col(site) -= h;
    CHECK(((path.energy(t, up) - path.energy(t, down)) / (2 * h) - gradient.col(site)).abs().maxCoeff() < 1e-7);
  }
}

TEST_CASE("the log-density of a flow is that of the numerical Jacobian of its map") {
  const Geometry geometry(GENERATE(std::vector<int>{2, 2}, std::vector<int>{3, 3}));
  const auto model = arbitrary_model(geometry);
  const Phi4Path<double> path(geometry, schedule);
  auto flow = make_flow<double>(model, geometry, {.steps = 64});
  Block<double> start, end;
  path.sample_base(random::make_key(5, "jacobian"), 0, start);
  end = start;
  flow.transport(end, 0, 1);
  const LaneSums<double> log_density = flow.log_density(end);

  const Eigen::Index volume = geometry.volume();
  const double h = 1e-4;  // differences of order four: h^4 and rounding / h both stay below 1e-11
  std::vector<Block<double>> columns;
  for (Eigen::Index site = 0; site < volume; ++site) {
    Block<double> derivative = Block<double>::Zero(lane_count<double>, volume);
    for (const auto& [shift, weight] : {std::pair{-2, 1.0 / 12}, {-1, -2.0 / 3}, {1, 2.0 / 3}, {2, -1.0 / 12}}) {
      Block<double> moved = start;
      moved.col(site) += shift * h;
      flow.transport(moved, 0, 1);
      derivative += weight / h * moved;
    }
    columns.push_back(derivative);
  }
  const LaneSums<double> base = -path.energy(0, start) - path.base_log_z();
  for (int lane = 0; lane < lane_count<double>; ++lane) {
    Eigen::MatrixXd jacobian(volume, volume);
    for (Eigen::Index site = 0; site < volume; ++site) jacobian.col(site) = columns[site].row(lane).transpose();
    const double expected = base[lane] - std::log(std::abs(jacobian.determinant()));
    CHECK(log_density[lane] == Approx(expected).margin(1e-7));  // 64 steps of order four
  }
}

TEST_CASE("the density of a flow integrates to one over a grid") {
  const auto total = [](const std::vector<int>& sizes, int points) {
    const Geometry geometry(sizes);
    const auto model = arbitrary_model(geometry);
    auto flow = make_flow<double>(model, geometry, {.steps = 24});
    const double width = 5, h = 2 * width / points;  // the trapezoid rule converges exponentially for such densities
    const int volume = geometry.volume();
    long count = 1;
    for (int i = 0; i < volume; ++i) count *= points;
    double sum = 0;
    Block<double> x(lane_count<double>, volume);
    for (long first = 0; first < count; first += lane_count<double>) {
      for (int lane = 0; lane < lane_count<double>; ++lane) {
        long rest = std::min(first + lane, count - 1);
        for (int site = 0; site < volume; ++site, rest /= points)
          x(lane, site) = -width + h * static_cast<double>(rest % points);
      }
      const LaneSums<double> density = flow.log_density(x).exp();
      for (int lane = 0; lane < lane_count<double> && first + lane < count; ++lane) sum += density[lane];
    }
    return sum * std::pow(h, volume);
  };
  CHECK(total({1}, 160) == Approx(1).margin(1e-6));
  CHECK(total({2}, 64) == Approx(1).margin(1e-5));
}

TEST_CASE("sensitivities are the derivatives of the log-weights, from both ends") {
  const Geometry geometry({3, 3});
  const auto model = arbitrary_model(geometry);
  auto path = std::make_shared<Phi4Path<double>>(geometry, schedule);
  std::vector<Block<double>> target(6);
  for (std::size_t b = 0; b < target.size(); ++b) path->sample_base(random::make_key(8, "target"), 8 * b, target[b]);
  const auto rows_of = [&](const flow::TimeSpline& coefficients, int steps) {
    flow::LeastSquaresOptions options{.trajectories = 32, .target_fraction = 0.5, .steps = steps, .validation = 16};
    flow::LeastSquaresTrainer<double> trainer(path, std::make_unique<HeatKernelField<double>>(geometry, model.basis),
                                              options, 1, {}, target, {});
    return trainer.sensitivities(coefficients, 1);
  };
  // Moving the coefficient k by eps B_j(t).
  const auto moved = [&](int j, Eigen::Index k, double eps) {
    Eigen::MatrixXd values = model.coefficients.values();
    for (int node = 0; node < 6; ++node) values(k, node) += eps * flow::b_splines(4, node / 5.0)[j];
    return flow::TimeSpline(values);
  };
  const auto largest_error = [&](int steps) {
    const auto rows = rows_of(model.coefficients, steps);
    double error = 0;
    for (const auto& [j, k] : {std::pair<int, Eigen::Index>{0, 1}, {1, 7}, {2, 13}, {3, 20}}) {
      const double eps = 1e-4;
      const Eigen::VectorXd numerical =
          (rows_of(moved(j, k, eps), steps).log_weights - rows_of(moved(j, k, -eps), steps).log_weights) / (2 * eps);
      const Eigen::VectorXd analytic = rows.derivatives.col(j * model.basis.parameter_count() + k);
      error = std::max(error, (numerical - analytic).cwiseAbs().maxCoeff() / numerical.cwiseAbs().maxCoeff());
    }
    return error;
  };
  const double coarse = largest_error(32), fine = largest_error(64);
  CHECK(fine < 2e-3);
  CHECK(std::log2(coarse / fine) == Approx(2).margin(0.4));  // exact up to the square of the step
}

TEST_CASE("a trained flow finds the log Z that quadrature gives on two sites") {
  // S = 2 (a - b)^2 + m^2 (a^2 + b^2) + lambda (a^4 + b^4): both links of a ring of two join the same sites.
  const Phi4 target{-1.5, 2};
  double z = 0;
  const double h = 0.02;
  for (double a = -3; a <= 3; a += h)
    for (double b = -3; b <= 3; b += h)
      z += h * h *
           std::exp(-2 * (a - b) * (a - b) - target.mass_squared * (a * a + b * b) -
                    target.coupling * (a * a * a * a + b * b * b * b));
  const Geometry geometry({2});
  const auto model = train_phi4_flow<double>(geometry, target, small_training(), 1, {});
  const auto evaluation =
      evaluate_phi4_flow<double>(model, geometry, {.samples = 65536, .steps = 32, .halved = 64}, {}, 1);
  const auto log_z = evaluation.weights.log_z();
  INFO("log Z " << log_z.value << " +- " << log_z.error << ", exact " << std::log(z));
  CHECK(std::abs(log_z.value - std::log(z)) < 3 * log_z.error);
  CHECK(evaluation.weights.effective_sample_size().value > 0.98);
  CHECK(evaluation.bounds_hold());
  CHECK_FALSE(evaluation.steps_too_coarse());
}

TEST_CASE("training lowers the variance of log w from stage to stage and generalises to a larger lattice") {
  std::vector<flow::TrainingRecord> records;
  std::vector<int> stages;
  Phi4TrainingHooks hooks;
  hooks.observer = [&](const flow::TrainingRecord& record) { records.push_back(record); };
  hooks.checkpoint = [&](const Phi4TrainingStart& state) { stages.push_back(state.stage); };
  const Geometry geometry({6, 6});
  const Phi4 target{-4, 6.975};
  const auto model = train_phi4_flow<float>(geometry, target, small_training(), 1, hooks);
  CHECK(stages == std::vector<int>{0, 1});
  REQUIRE(records.size() == 17);
  CHECK(records.back().validation < records.back().explained);
  const auto same = evaluate_phi4_flow<double>(model, geometry, {.samples = 1024}, {}, 1);
  const auto larger = evaluate_phi4_flow<double>(model, Geometry({8, 10}), {.samples = 1024}, {}, 1);
  CHECK(same.weights.effective_sample_size().value > 0.98);
  CHECK(larger.weights.effective_sample_size().value > 0.9);

  // A run that was stopped after any stage ends with the same model.
  std::vector<Phi4TrainingStart> states;
  hooks = {};
  auto options = small_training();
  options.regression.refinements = 2;
  options.regression.trajectories = 512;
  hooks.checkpoint = [&](const Phi4TrainingStart& state) { states.push_back(state); };
  const auto whole = train_phi4_flow<float>(geometry, target, options, 1, hooks);
  REQUIRE(states.size() == 3);
  for (int stage : {0, 1}) {
    const auto resumed = train_phi4_flow<float>(geometry, target, options, 1, {}, states[stage]);
    CHECK(resumed.coefficients.values() == whole.coefficients.values());
  }
}

TEST_CASE("a flow is trained on two lattices at once and serves both") {
  const Phi4 target{-4, 6.975};
  const Geometry small({4, 4}), large({6, 6});
  auto options = small_training();
  std::vector<Phi4TrainingStart> states;
  Phi4TrainingHooks hooks;
  hooks.checkpoint = [&](const Phi4TrainingStart& state) { states.push_back(state); };
  const auto both = train_phi4_flow<float>({small, large}, target, options, 1, hooks);
  const auto one = train_phi4_flow<float>(large, target, options, 1, {});
  const auto variance = [&](const Phi4FlowModel& model, const Geometry& geometry) {
    return evaluate_phi4_flow<double>(model, geometry, {.samples = 2048}, {}, 1).weights.variance_log_weight();
  };
  CHECK(variance(both, small) < 0.5 * variance(one, small));  // 4x4 has finite-size effects that 6x6 does not show
  CHECK(variance(both, large) < 0.03);
  REQUIRE(states.size() == 2);
  const auto resumed = train_phi4_flow<float>({small, large}, target, options, 1, {}, states[0]);
  CHECK(resumed.coefficients.values() == both.coefficients.values());
}

TEST_CASE("updates on the way lift the effective sample size of phi^4 flows without bias") {
  const Phi4 target{-4, 6.975};
  const Geometry geometry({6, 6});
  auto options = small_training();
  options.scales = {0, 1};
  options.features = 2;
  const auto model = train_phi4_flow<float>(geometry, target, options, 1, {});
  const FlowEvaluationOptions plain{.samples = 4096, .steps = 24, .halved = 64};
  FlowEvaluationOptions stochastic = plain;
  stochastic.updates = 8;
  const auto before = evaluate_phi4_flow<double>(model, geometry, plain, {}, 1);
  const auto after = evaluate_phi4_flow<double>(model, geometry, stochastic, {}, 1);
  INFO("ESS " << before.weights.effective_sample_size().value << ", " << after.weights.effective_sample_size().value);
  CHECK(1 - after.weights.effective_sample_size().value < 0.7 * (1 - before.weights.effective_sample_size().value));
  // Reference: converged flows of an independent implementation.
  CHECK(std::abs(after.weights.log_z().value - 6.98506) < 3 * after.weights.log_z().error + 1e-4);
  CHECK(after.odd_variance < 1e-20);  // the field is odd
}

TEST_CASE("training stops when asked and refuses options that cannot work") {
  Phi4TrainingHooks hooks;
  hooks.stop = [] { return true; };
  const Geometry geometry({4, 4});
  CHECK_THROWS_AS(train_phi4_flow<float>(geometry, {-4, 7}, small_training(), 1, hooks), flow::TrainingStopped);
  auto options = small_training();
  options.regression.nodes = 2;
  CHECK_THROWS_WITH(train_phi4_flow<float>(geometry, {-4, 7}, options, 1, {}), ContainsSubstring("train.nodes = 2"));
  CHECK_THROWS_AS(train_phi4_flow<float>(geometry, {-4, 0}, small_training(), 1, {}), ConfigError);
}
