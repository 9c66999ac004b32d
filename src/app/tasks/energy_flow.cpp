// SPDX-License-Identifier: MIT
#include "app/tasks/energy_flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "app/tasks/flow_model_file.h"
#include "app/tasks/flow_results.h"
#include "app/tasks/flow_samples.h"
#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "flow/hmc_refresh.h"
#include "flow/linear_flow_field.h"
#include "flow/linear_path.h"
#include "flow/stochastic_transport.h"
#include "io/checkpoint.h"
#include "io/ensemble.h"
#include "lattice/flow/heat_kernel_field.h"

namespace floe::app {
namespace {

constexpr auto file_kind = "energy flow";

std::string name_of(const FlowOptions& options) {
  return options.target.kind == "double_well"
             ? fmt::format("double well of {} sites, m = {}", options.well.sites, options.well.mass)
             : fmt::format("mixture of {} modes in {} dimensions", options.mixture.modes(), options.mixture.dimension);
}

/// The heat kernels of a circle: times up to the slowest mode's, widths between those of the base and of the target.
lattice::HeatKernelBasis circle_basis(const FlowOptions& options, const lattice::Geometry& geometry) {
  lattice::HeatKernelBasis basis;
  basis.scales = options.training.scales;
  if (basis.scales.empty()) {
    const double slowest = 1 / geometry.khat_squared().tail(geometry.volume() - 1).minCoeff();
    basis.scales = {0};
    for (double scale = 0.15; basis.scales.back() < slowest; scale *= 2.5) basis.scales.push_back(scale);
  }
  basis.features = options.training.features;
  basis.max_frequency = options.training.max_frequency;
  const double p = options.base_shape.power,
               base = options.base_shape.width * options.base_shape.width * std::tgamma(3 / p) / std::tgamma(1 / p),
               target = flow::exact_double_well(options.well).mean_squared;
  basis.widths.clear();
  for (const double scale : basis.scales)
    basis.widths.push_back(std::sqrt(std::max(base * (-2 * scale * geometry.khat_squared()).exp().mean(), target)));
  return basis;
}

flow::RandomFeatureOptions random_features(const FlowOptions& options) {
  flow::RandomFeatureOptions features = options.random_features;
  double finest = 0, coarsest = 0;
  if (options.target.kind == "gaussian_mixture") {
    const auto modes = flow::mixture_modes(options.mixture);
    finest = std::sqrt(modes.variances.minCoeff());
    coarsest = std::sqrt(modes.means.square().colwise().sum().maxCoeff()) + std::sqrt(modes.variances.maxCoeff());
  } else {
    finest = options.base_shape.width / 2;
    coarsest = 2 * std::sqrt(options.well.sites * options.well.mass / options.well.coupling);
  }
  features.shortest = options.shortest_length.value_or(finest);
  features.longest = std::max(features.shortest, options.longest_length.value_or(coarsest));
  return features;
}

}  // namespace

/// Where training stands.
struct EnergyFlow::State {
  flow::TimeSpline coefficients, path_coefficients;
  std::vector<double> hmc_steps;  ///< at equidistant times
  int stage = 0;
  double trust = flow::initial_trust;

  void save(const std::filesystem::path& path) const {
    io::Checkpoint file;
    file.set("hmc_steps", {hmc_steps.size()}, hmc_steps);
    file.set("stage", {1}, std::vector<std::int64_t>{stage});
    file.set("trust", {1}, std::vector<double>{trust});
    set_spline(file, "coefficients", coefficients);
    set_spline(file, "path_coefficients", path_coefficients);
    io::save_checkpoint(path, file_kind, file);
  }

  static State load(const std::filesystem::path& path) {
    using enum io::ElementType;
    const std::vector<io::TensorSpec> expected = {{"hmc_steps", float64, {io::any_extent}},
                                                  {"stage", int64, {1}},
                                                  {"trust", float64, {1}},
                                                  {"coefficients", float64, {io::any_extent, io::any_extent}},
                                                  {"path_coefficients", float64, {io::any_extent, io::any_extent}}};
    const io::Checkpoint file = io::load_checkpoint(path, file_kind, expected);
    return {.coefficients = get_spline(file, "coefficients"),
            .path_coefficients = get_spline(file, "path_coefficients"),
            .hmc_steps = file.get<double>("hmc_steps"),
            .stage = static_cast<int>(file.get<std::int64_t>("stage")[0]),
            .trust = file.get<double>("trust")[0]};
  }
};

/// Target, path and field of an experiment.
template <class T>
struct EnergyFlow::Problem {
  const FlowOptions& options;
  std::shared_ptr<const flow::EnergyPath<T>> path;
  std::unique_ptr<flow::LinearField<T>> field;
  bool even = false;
  double exact_log_z = 0;

  explicit Problem(const FlowOptions& all) : options(all) {
    if (options.target.kind == "double_well") {
      const auto target = std::make_shared<flow::DoubleWell<T>>(options.well);
      const auto base = std::make_shared<flow::GeneralizedGaussian<T>>(options.well.sites, options.base_shape);
      path = std::make_shared<flow::LinearPath<T>>(base, target, options.path_power);
      even = true;
      exact_log_z = flow::exact_double_well(options.well).log_z;
    } else if (options.path_kind == "diffusion") {
      path = std::make_shared<flow::MixturePath<T>>(options.mixture, base_deviation());
    } else {
      const auto target = std::make_shared<flow::GaussianMixture<T>>(options.mixture);
      const auto base = std::make_shared<flow::GeneralizedGaussian<T>>(options.mixture.dimension, options.base_shape);
      path = std::make_shared<flow::LinearPath<T>>(base, target, options.path_power);
    }
    if (options.field == "heat_kernel") {
      const lattice::Geometry geometry({options.well.sites});
      field = std::make_unique<lattice::HeatKernelField<T>>(geometry, circle_basis(options, geometry));
    } else {
      field = std::make_unique<flow::RandomFeatureField<T>>(path->size(), random_features(options));
    }
  }

  double base_deviation() const { return options.base_shape.width / std::sqrt(2.0); }

  /// The flow with given coefficients.
  flow::Flow<T> make_flow(const flow::TimeSpline& coefficients, int steps) const {
    return flow::Flow<T>(path,
                         std::make_unique<flow::LinearFlowField<T>>(
                             field->clone(), std::make_shared<const flow::TimeSpline>(coefficients)),
                         {.method = ode::Method::rk4, .steps = steps});
  }

  /// Hybrid Monte Carlo with the step sizes that belong to the time.
  flow::PathUpdate<T> update(const std::vector<double>& steps) const {
    return
        [path = path, hmc = options.refresh, steps](double t, int, random::Key key, std::uint64_t first, Block<T>& x) {
          const auto node = static_cast<std::size_t>(std::lround(t * static_cast<double>(steps.size() - 1)));
          flow::hmc_refresh(*path, t, hmc, steps[node], key, first, x);
        };
  }

  flow::Samplers<T> samplers(const State& state) const {
    const int steps = options.evaluation.steps, updates = options.evaluation.updates;
    auto result = flow::flow_samplers(make_flow(state.coefficients, steps), even);
    if (updates == 0) return result;
    const auto make = [&](int all_steps) {
      const flow::StochasticTransport<T> transport(make_flow(state.path_coefficients, all_steps), updates,
                                                   update(state.hmc_steps));
      return [transport]() -> flow::Draw<T> {
        const auto own = std::make_shared<flow::StochasticTransport<T>>(transport);
        return [own](random::Key key, std::uint64_t first, Block<T>& x) { return own->sample(key, first, x); };
      };
    };
    result.samples = make(steps);
    result.fine = make(2 * steps);
    return result;
  }

  flow::Measurement<T> measurement() const {
    using Means = std::span<const double>;
    if (options.target.kind == "double_well")
      return {.columns = 3,
              .measure =
                  [](const Block<T>& x) {
                    const Eigen::Array<double, lane_count<T>, Eigen::Dynamic> y = x.template cast<double>();
                    Eigen::ArrayXXd rows(3, lane_count<T>);
                    rows.row(0) = y.square().rowwise().mean().transpose();
                    rows.row(1) = y.square().square().rowwise().mean().transpose();
                    rows.row(2) = y.rowwise().mean().square().transpose();
                    return rows;
                  },
              .quantities = {{"x_squared", [](Means m) { return m[0]; }},
                             {"x_fourth", [](Means m) { return m[1]; }},
                             {"mean_squared", [](Means m) { return m[2]; }}}};
    // The share of every mode, and the squared distance from the origin.
    const auto modes = std::make_shared<const flow::MixtureModes>(flow::mixture_modes(options.mixture));
    const int count = static_cast<int>(modes->weights.size());
    flow::Measurement<T> result{.columns = count + 1, .measure = [modes, count](const Block<T>& x) {
                                  const Eigen::ArrayXXd y = x.transpose().template cast<double>();
                                  Eigen::ArrayXXd rows(count + 1, lane_count<T>);
                                  for (int lane = 0; lane < lane_count<T>; ++lane)
                                    rows.col(lane).head(count) =
                                        flow::mode_shares(*modes, y.col(lane), Eigen::ArrayXd::Ones(1));
                                  rows.row(count) = y.square().colwise().sum();
                                  return rows;
                                }};
    for (int k = 0; k < count; ++k)
      result.quantities.push_back({fmt::format("mode_{}", k), [k](Means m) { return m[static_cast<std::size_t>(k)]; }});
    result.quantities.push_back({"r_squared", [count](Means m) { return m[static_cast<std::size_t>(count)]; }});
    return result;
  }

  /// Independent samples of the target: exact ones of a mixture, cluster Monte Carlo of the double well.
  std::vector<Block<double>> target_samples(std::int64_t count, std::uint64_t seed,
                                            const std::function<bool()>& stop) const {
    const auto blocks = static_cast<std::size_t>((count + lane_count<double> - 1) / lane_count<double>);
    std::vector<Block<double>> samples;
    if (options.target.kind == "gaussian_mixture") {
      const flow::GaussianMixture<double> mixture(options.mixture);
      const auto key = random::make_key(seed, "mixture samples");
      samples.resize(blocks);
      for (std::size_t b = 0; b < blocks; ++b) mixture.sample(key, b * lane_count<double>, samples[b]);
      return samples;
    }
    // phi^4 theory in one dimension: x = s phi with s^2 = 2 dt / m, m^2 = -dt^2, lambda = coupling dt^3 / m^2.
    const auto& well = options.well;
    const double dt = well.time / well.sites, scale = std::sqrt(2 * dt / well.mass);
    lattice::MonteCarloOptions chains = options.monte_carlo;
    const std::int64_t rounds = (count + chains.chains - 1) / chains.chains;
    chains.measurements = std::max<std::int64_t>(rounds, 1);
    chains.interval = 8;  // cluster updates: configurations are independent by then
    lattice::MonteCarlo simulation(lattice::Geometry({well.sites}),
                                   {-dt * dt, well.coupling * dt * dt * dt / (well.mass * well.mass)}, chains, seed);
    lattice::MonteCarloHooks hooks;
    hooks.stop = stop;
    hooks.configurations = [&](std::int64_t, const std::vector<Block<double>>& configurations) {
      for (const auto& block : configurations)
        if (samples.size() < blocks) samples.push_back(scale * block);
    };
    if (!simulation.run(hooks)) throw flow::TrainingStopped{};
    return samples;
  }
};

std::vector<std::string> EnergyFlow::plan() const {
  const auto& regression = options_.training.regression;
  return {
      fmt::format("train on the {}: {} walkers, {} nodes, {} Gauss-Newton steps of {} trajectories", name_of(options_),
                  regression.walkers, regression.nodes, regression.refinements, regression.trajectories),
      fmt::format("evaluate: {} samples", options_.evaluation.samples)};
}

Ending EnergyFlow::run(const TaskContext& context) const {
  try {
    judge(context, train(context), options_.evaluation.samples, true);
    return Ending::complete;
  } catch (const flow::TrainingStopped&) {
    return Ending::stopped;
  }
}

EnergyFlow::State EnergyFlow::trained(const TaskContext& context) const {
  const auto path = context.directory.checkpoint("flow");
  if (!flow_exists(path))
    throw ConfigError(fmt::format(
        "'{}' holds no trained flow (its training has not come to a checkpoint yet); train it with: floe run {}",
        context.directory.path().string(), context.directory.path().string()));
  return State::load(path);
}

EnergyFlow::State EnergyFlow::train(const TaskContext& context) const {
  const auto file = context.directory.checkpoint("flow");
  const auto& regression = options_.training.regression;
  std::optional<State> start;
  if (flow_exists(file)) start = State::load(file);
  if (start && start->stage >= regression.refinements) {
    logging::info("trained already");
    return *start;
  }
  io::CsvWriter metrics = open_training_metrics(context.directory.metrics(),
                                                start ? static_cast<std::size_t>(regression.nodes + start->stage) : 0);
  Progress progress(fmt::format("train {}", name_of(options_)), regression.nodes + regression.refinements);
  const auto begin = std::chrono::steady_clock::now();
  const auto stop = [&] { return context.stop.requested(); };
  State state = with_precision(options_.train_precision, [&](auto type) {
    using T = decltype(type);
    const Problem<T> problem(options_);
    State now = start.value_or(State{});
    if (!start) now.hmc_steps = flow::tune_hmc<T>(*problem.path, options_.refresh, regression.nodes, context.seed);
    const auto update = problem.update(now.hmc_steps);
    const auto refresh = [&](double t, int node, std::int64_t index, Block<T>& walkers) {
      update(t, node, random::make_key(context.seed, fmt::format("refresh {}", node)),
             static_cast<std::uint64_t>(index * lane_count<T>), walkers);
    };
    std::vector<Block<T>> target;
    if (regression.refinements > 0 && regression.target_fraction > 0) {
      constexpr int parts = lane_count<T> / lane_count<double>;
      const auto samples = problem.target_samples(
          static_cast<std::int64_t>(regression.target_fraction * (regression.trajectories + regression.validation)) +
              4 * lane_count<T>,
          random::make_key(context.seed, "training target").value, stop);
      target.resize(samples.size() / parts);
      for (std::size_t b = 0; b < target.size(); ++b) {
        target[b].resize(lane_count<T>, problem.path->size());
        for (int part = 0; part < parts; ++part)
          target[b].template middleRows<lane_count<double>>(part * lane_count<double>) =
              samples[b * parts + static_cast<std::size_t>(part)].template cast<T>();
      }
    }
    flow::LeastSquaresOptions weighted = regression;
    weighted.weighted = true;
    flow::LeastSquaresTrainer<T> trainer(
        problem.path, problem.field->clone(), weighted, context.seed, refresh, std::move(target),
        {[&](const flow::TrainingRecord& record) {
           write_row(metrics, record);
           progress.metric("residual variance", record.residual);
           progress.tick();
           if (record.stage == "gauss_newton")
             logging::info("Gauss-Newton step {}: Var(log w) {:.3g}, on fresh samples", record.step, record.validation);
         },
         stop});
    const auto finish_stage = [&](int stage) {
      now.stage = stage;
      now.trust = trainer.trust();
      now.save(file);
    };
    if (start) {
      trainer.set_trust(now.trust);
    } else {
      now.path_coefficients = trainer.closed_form();
      now.coefficients = now.path_coefficients;
      finish_stage(0);
    }
    for (int step = now.stage + 1; step <= regression.refinements; ++step) {
      now.coefficients = trainer.refine(now.coefficients, step);
      finish_stage(step);
    }
    return now;
  });
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  logging::info("trained in {:.1f} s: {} coefficients at {} times", seconds, state.coefficients.coefficient_count(),
                state.coefficients.node_count());
  context.summary.details.set("train_seconds", seconds);
  context.summary.details.set("parameters", Value(std::int64_t{state.coefficients.values().size()}));
  return state;
}

void EnergyFlow::judge(const TaskContext& context, const State& state, std::int64_t samples, bool keep) const {
  const auto begin = std::chrono::steady_clock::now();
  const auto stop = [&] { return context.stop.requested(); };
  flow::EvaluationOptions evaluation = options_.evaluation;
  evaluation.samples = samples;
  Record record;
  flow::FlowEvaluation result;
  const bool well = options_.target.kind == "double_well";
  with_precision(options_.evaluate_precision, [&](auto type) {
    using T = decltype(type);
    const Problem<T> problem(options_);
    std::vector<Block<double>> target;
    if (options_.truth && options_.target_samples > 0)
      target = problem.target_samples(options_.target_samples, random::make_key(context.seed, "truth").value, stop);
    const auto samplers = problem.samplers(state);
    result = flow::evaluate(samplers, problem.measurement(), evaluation, target, context.seed, stop);
    record.set("target", options_.target.kind);
    record.set("size", std::vector<int>{static_cast<int>(problem.path->size())});
    if (well) record.set("mass", options_.well.mass);
    set_evaluation(record, result, static_cast<double>(problem.path->size()));
    const flow::Estimate log_z = result.weights.log_z();
    record.set("exact_log_z", problem.exact_log_z);
    record.set("log_z_deviation", std::abs(log_z.value - problem.exact_log_z));
    if (well) {
      const auto exact = flow::exact_double_well(options_.well);
      record.set("exact_x_squared", exact.x_squared);
      record.set("exact_x_fourth", exact.x_fourth);
      record.set("exact_mean_squared", exact.mean_squared);
      return;
    }
    // Coverage of the modes by a thousand samples.
    const auto modes = flow::mixture_modes(options_.mixture);
    const auto draw = samplers.samples();
    Eigen::ArrayXXd drawn(modes.means.rows(), 1024);
    const auto key = random::make_key(context.seed, "mode coverage");
    for (int first = 0; first < drawn.cols(); first += lane_count<T>) {
      Block<T> x;
      draw(key, static_cast<std::uint64_t>(first), x);
      drawn.middleCols(first, lane_count<T>) = x.transpose().template cast<double>();
    }
    const Eigen::ArrayXd shares = flow::mode_shares(modes, drawn, Eigen::ArrayXd::Ones(drawn.cols()));
    record.set("mode_distance", flow::mode_distance(modes, drawn));
    record.set("modes_found", Value(std::int64_t{(shares > 0.1 * modes.weights).count()}));
    record.set("modes", Value(std::int64_t{modes.weights.size()}));
  });
  warn_of(name_of(options_), result);
  record.set("evaluate_seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  logging::info("{}: ESS {:.4f}, log Z {:.4f} (exact {:.4f})", name_of(options_),
                result.weights.effective_sample_size().value, result.weights.log_z().value,
                std::get<double>(*record.find("exact_log_z")));
  context.summary.columns = {"size", "samples", "ess", "forward_ess", "log_z", "exact_log_z", "acceptance"};
  if (well)
    context.summary.columns.insert(context.summary.columns.end(), {"mean_squared", "exact_mean_squared"});
  else
    context.summary.columns.insert(context.summary.columns.end(), {"modes_found", "modes", "mode_distance"});
  context.summary.results.push_back(std::move(record));
  if (!keep) return;
  io::Checkpoint weights;
  weights.set("log_weights", {result.log_weights.size()}, result.log_weights);
  if (!result.target_log_weights.empty())
    weights.set("target_log_weights", {result.target_log_weights.size()}, result.target_log_weights);
  io::save_checkpoint(context.directory.results(), "flow evaluation", weights);
}

Ending EnergyFlow::evaluate(const TaskContext& context, const EvaluateRequest& request) const {
  if (!request.data.empty() || !request.sizes.empty())
    throw ConfigError(
        fmt::format("--size and --data do not apply to the {} (it is one energy in one space); leave them "
                    "out",
                    name_of(options_)));
  try {
    judge(context, trained(context), request.samples > 0 ? request.samples : options_.evaluation.samples, false);
    return Ending::complete;
  } catch (const flow::TrainingStopped&) {
    return Ending::stopped;
  }
}

Ending EnergyFlow::sample(const TaskContext& context, const SampleRequest& request) const {
  if (!request.sizes.empty())
    throw ConfigError(fmt::format("--size does not apply to the {}; leave it out", name_of(options_)));
  const State state = trained(context);
  io::EnsembleInfo info;
  info.action = options_.target.kind;
  if (options_.target.kind == "double_well")
    info.attributes = {
        {"mass", options_.well.mass}, {"coupling", options_.well.coupling}, {"time", options_.well.time}};
  try {
    with_precision(options_.evaluate_precision, [&](auto type) {
      const Problem<decltype(type)> problem(options_);
      info.sizes = {static_cast<int>(problem.path->size())};
      write_flow_samples(context, request, info, problem.samplers(state));
    });
    return Ending::complete;
  } catch (const flow::TrainingStopped&) {
    return Ending::stopped;
  }
}

}  // namespace floe::app
