// SPDX-License-Identifier: MIT
#include "flow/least_squares.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/parallel_for.h"
#include "flow/flow.h"
#include "flow/linear_flow_field.h"
#include "flow/normal_equations.h"
#include "flow/population.h"
#include "flow/require.h"
#include "ode/integrate.h"

namespace floe::flow {
namespace {

constexpr double resample_below = 0.5;  // of the walkers that count

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <class T>
std::int64_t blocks_for(double samples) {
  return static_cast<std::int64_t>(std::ceil(samples / lane_count<T>));
}

double variance(const Eigen::VectorXd& values) {
  return (values.array() - values.mean()).square().mean();
}

/// The weights of the trapezoid rule on nodes i / steps.
double trapezoid(int node, int steps) {
  return (node == 0 || node == steps ? 0.5 : 1.0) / steps;
}

/// sum_j g_j C_j of one time.
Eigen::VectorXd combine(const Eigen::VectorXd& values, const Eigen::VectorXd& condition) {
  const Eigen::Index parameters = values.size() / condition.size();
  return values.reshaped(parameters, condition.size()) * condition;
}

/// Adds the normal equations of one system, for (time function, parameter), to those of all coefficients,
/// (time function, set, parameter), with its weight; matrices by their lower triangles.
template <class T>
void add_products(const TrainingSystem<T>& system, const Eigen::MatrixXd& gram, const Eigen::VectorXd& right,
                  Eigen::MatrixXd& all_gram, Eigen::VectorXd& all_right) {
  const Eigen::VectorXd& g = system.condition;
  const Eigen::Index sets = g.size(), parameters = system.field->parameter_count();
  const Eigen::Index functions = right.size() / parameters;
  const auto begin = [&](Eigen::Index function, Eigen::Index set) { return (function * sets + set) * parameters; };
  const Eigen::MatrixXd full = gram.selfadjointView<Eigen::Lower>();
  for (Eigen::Index i = 0; i < functions; ++i)
    for (Eigen::Index a = 0; a < sets; ++a) {
      all_right.segment(begin(i, a), parameters) += system.weight * g[a] * right.segment(i * parameters, parameters);
      for (Eigen::Index j = 0; j <= i; ++j)
        for (Eigen::Index b = 0; b < sets; ++b)
          if (begin(j, b) <= begin(i, a))
            all_gram.block(begin(i, a), begin(j, b), parameters, parameters) +=
                system.weight * g[a] * g[b] * full.block(i * parameters, j * parameters, parameters, parameters);
    }
}

/// A rare stiff trajectory can overflow in its adjoint: it counts as one without derivatives and of mean log-weight.
void leave_out_overflows(TrajectoryRows& rows) {
  Eigen::Index count = 0;
  double sum = 0;
  std::vector<Eigen::Index> left_out;
  for (Eigen::Index i = 0; i < rows.log_weights.size(); ++i) {
    if (std::isfinite(rows.log_weights[i]) && rows.derivatives.row(i).allFinite()) {
      sum += rows.log_weights[i];
      ++count;
    } else {
      left_out.push_back(i);
    }
  }
  if (left_out.size() > static_cast<std::size_t>(count) / 100)
    throw NumericalError(
        fmt::format("{} of {} trajectories overflow in a Gauss-Newton step (the flow is too stiff); use a larger "
                    "train.ridge or more train.walkers",
                    left_out.size(), rows.log_weights.size()));
  for (const Eigen::Index i : left_out) {
    rows.derivatives.row(i).setZero();
    rows.log_weights[i] = sum / static_cast<double>(count);
  }
}

}  // namespace

void LeastSquaresOptions::validate() const {
  require_at_least("train.nodes", nodes, 4);
  require_at_least("train.walkers", walkers, 16);
  require_at_least("train.ridge", ridge, 0);
  require_at_least("train.tail_weight", tail_weight, 0);
  require_at_least("train.tail_stretch", tail_stretch, 1);
  require_at_least("train.refinements", refinements, 0);
  require_at_least("train.time_functions", time_functions, 1);
  require_at_least("train.trajectories", trajectories, 16);
  require_at_least("train.steps", steps, 1);
  require_at_least("train.validation", validation, 16);
  if (!(target_fraction >= 0 && target_fraction <= 1))
    throw ConfigError(fmt::format("train.target_fraction = {} (a share lies between 0 and 1); give for example 0.2",
                                  target_fraction));
}

TimeSpline conditioned(const TimeSpline& coefficients, const Eigen::VectorXd& condition) {
  if (condition.size() == 1) return coefficients;
  const Eigen::Index parameters = coefficients.coefficient_count() / condition.size();
  Eigen::MatrixXd values = Eigen::MatrixXd::Zero(parameters, coefficients.node_count());
  for (Eigen::Index j = 0; j < condition.size(); ++j)
    values += condition[j] * coefficients.values().middleRows(j * parameters, parameters);
  return TimeSpline(std::move(values));
}

template <class T>
LeastSquaresTrainer<T>::LeastSquaresTrainer(std::shared_ptr<const EnergyPath<T>> path,
                                            std::unique_ptr<LinearField<T>> field, LeastSquaresOptions options,
                                            std::uint64_t seed, Refresh refresh, std::vector<Block<T>> target,
                                            Hooks hooks)
    : LeastSquaresTrainer(
          {TrainingSystem<T>{
              .path = std::move(path), .field = std::move(field), .refresh = refresh, .target = std::move(target)}},
          options, seed, std::move(hooks)) {}

template <class T>
LeastSquaresTrainer<T>::LeastSquaresTrainer(std::vector<TrainingSystem<T>> systems, LeastSquaresOptions options,
                                            std::uint64_t seed, Hooks hooks)
    : systems_(std::move(systems)), options_(options), seed_(seed), hooks_(std::move(hooks)), begin_(now()) {
  options_.validate();
  if (systems_.empty()) throw ShapeError("no system to train on; give at least one");
  parameters_ = systems_.front().field->parameter_count();
  sets_ = systems_.front().condition.size();
  const std::int64_t needed = options_.refinements > 0 && options_.target_fraction > 0
                                  ? blocks_for<T>(share(options_.target_fraction * options_.trajectories)) +
                                        blocks_for<T>(share(options_.target_fraction * options_.validation))
                                  : 0;
  for (const auto& system : systems_) {
    if (system.field->parameter_count() != parameters_ || system.condition.size() != sets_)
      throw ShapeError(fmt::format(
          "a system with {} parameters in {} sets beside one with {} in {} (they share their coefficients); use one "
          "basis for all",
          system.field->parameter_count(), system.condition.size(), parameters_, sets_));
    if (static_cast<std::int64_t>(system.target.size()) < needed)
      throw DataError(
          fmt::format("{} samples of the target where Gauss-Newton training needs {} (train.target_fraction of the "
                      "trajectories and of the validation); give more or lower train.target_fraction",
                      system.target.size() * lane_count<T>, needed * lane_count<T>));
  }
}

template <class T>
LeastSquaresTrainer<T>::~LeastSquaresTrainer() = default;

template <class T>
void LeastSquaresTrainer<T>::record(TrainingRecord record) const {
  record.seconds = now() - begin_;
  if (hooks_.observer) hooks_.observer(record);
}

template <class T>
void LeastSquaresTrainer<T>::check_stop() const {
  if (hooks_.stop && hooks_.stop()) throw TrainingStopped{};
}

template <class T>
random::Key LeastSquaresTrainer<T>::key(const std::string& purpose, std::size_t system) const {
  return random::make_key(seed_, system == 0 ? purpose : fmt::format("{}, system {}", purpose, system));
}

template <class T>
std::int64_t LeastSquaresTrainer<T>::share(double samples) const {
  return static_cast<std::int64_t>(std::ceil(samples / static_cast<double>(systems_.size())));
}

/// The walkers of one system.
template <class T>
struct LeastSquaresTrainer<T>::Walk {
  const TrainingSystem<T>* system;
  std::size_t number;
  Population<T> population;
  Eigen::MatrixXd rows;   // of the last regression
  Eigen::VectorXd rates;  // likewise
  double log_z = 0, previous_c = 0;

  std::int64_t blocks() const { return static_cast<std::int64_t>(population.blocks.size()); }
  Eigen::Index count() const { return blocks() * lane_count<T>; }
};

/// Adds the normal equations of one system at a node, (matrix in its lower triangle).
template <class T>
void LeastSquaresTrainer<T>::regress(Walk& walk, int node, Eigen::MatrixXd& matrix, Eigen::VectorXd& right) const {
  const EnergyPath<T>& path = *walk.system->path;
  const auto& walkers = walk.population.blocks;
  const std::int64_t block_count = walk.blocks();
  const std::int64_t tail_blocks = options_.tail_weight > 0 ? (block_count + 7) / 8 : 0;
  const double t = time(node);
  Eigen::MatrixXd& rows = walk.rows;
  Eigen::VectorXd& rates = walk.rates;
  rows.resize((block_count + tail_blocks) * lane_count<T>, parameters_);
  rates.resize(rows.rows());
  // Rows of the regression: every walker, and a few of them stretched beyond where p_t lives, with a small weight.
  // The equation holds there too; without them nothing would keep the field from running away in the tails.
  parallel_for(
      block_count + tail_blocks, [&] { return walk.system->field->clone(); },
      [&](const std::unique_ptr<LinearField<T>>& field, std::int64_t b) {
        Block<T> x =
            b < block_count ? walkers[b] : Block<T>(static_cast<T>(options_.tail_stretch) * walkers[b - block_count]);
        Block<T> cotangent;
        typename LinearField<T>::Rows features;
        path.gradient(t, x, cotangent);
        cotangent = -cotangent;
        field->linearize(x);
        field->features(cotangent, features);
        rows.middleRows(b * lane_count<T>, lane_count<T>) = features.template cast<double>().matrix();
        rates.segment(b * lane_count<T>, lane_count<T>) = path.time_derivative(t, x).matrix();
      });
  // C_t = -E[df_t/dt], for features have mean zero under p_t; its integral is log Z_t.
  const Eigen::Index count = walk.count();
  const Eigen::VectorXd weights = options_.weighted ? walk.population.weights() : Eigen::VectorXd::Ones(count);
  const double c =
      options_.weighted ? -rates.head(count).dot(weights) / static_cast<double>(count) : -rates.head(count).mean();
  if (node > 0) walk.log_z += (time(node) - time(node - 1)) * (c + walk.previous_c) / 2;
  if (options_.weighted) walk.log_z = walk.population.log_normalisation();
  walk.previous_c = c;

  rates.array() += c;
  if (options_.weighted) {
    center(rows, weights);
    const Eigen::VectorXd roots = weights.cwiseSqrt();
    const auto scale = [&](Eigen::Ref<Eigen::VectorXd> column) {
      column.head(count).array() *= roots.array();
      column.tail(column.size() - count).array() *= roots.head(column.size() - count).array();
    };
    scale(rates);
    parallel_for(parameters_, [&](std::int64_t k) { scale(rows.col(k)); });
  } else {
    center(rows, count);
  }
  rates.tail(rates.size() - count) *= options_.tail_weight;
  rows.bottomRows(rows.rows() - count) *= options_.tail_weight;
  const Eigen::VectorXd product = rows.transpose() * rates / static_cast<double>(rates.size());
  add_products(*walk.system, gram(rows), product, matrix, right);
}

/// Moves walkers to the next node with coefficients extrapolated from this and the last, then back to equilibrium.
template <class T>
void LeastSquaresTrainer<T>::move(Walk& walk, int node, const Eigen::MatrixXd& values) const {
  const TrainingSystem<T>& target = *walk.system;
  const Eigen::VectorXd now_values = combine(values.col(node), target.condition);
  const Eigen::VectorXd change = node > 0
                                     ? Eigen::VectorXd(now_values - combine(values.col(node - 1), target.condition))
                                     : Eigen::VectorXd::Zero(parameters_);
  const double t = time(node), next = time(node + 1), step = 1.0 / (options_.nodes - 1);
  auto& walkers = walk.population.blocks;
  parallel_for(
      walk.blocks(), [&] { return target.field->clone(); },
      [&](const std::unique_ptr<LinearField<T>>& field, std::int64_t b) {
        LaneSums<T> divergence;
        if (options_.weighted) {
          using State = ode::Joint<Block<T>, LaneSums<T>>;
          const auto system = [&](const State& x, State& rate, double at) {
            field->set_coefficients(now_values + (at - t) / step * change);
            field->velocity_and_divergence(x.first, rate.first, rate.second);
          };
          const LaneSums<T> before = target.path->energy(t, walkers[b]);
          auto moved = ode::integrate(system, State{std::move(walkers[b]), LaneSums<T>::Zero()}, t, next,
                                      {.method = ode::Method::rk4, .steps = 1})
                           .state;
          walkers[b] = std::move(moved.first);
          walk.population.log_weights.template segment<lane_count<T>>(b * lane_count<T>) +=
              (before - target.path->energy(next, walkers[b]) + moved.second).matrix();
        } else {
          const auto system = [&](const Block<T>& x, Block<T>& velocity, double at) {
            field->set_coefficients(now_values + (at - t) / step * change);
            field->velocity_and_divergence(x, velocity, divergence);
          };
          walkers[b] =
              ode::integrate(system, std::move(walkers[b]), t, next, {.method = ode::Method::heun, .steps = 1}).state;
          target.refresh(next, node + 1, b, walkers[b]);
        }
      });
  if (!options_.weighted) return;
  if (walk.population.effective_share() < resample_below)
    walk.population.resample(key("walker resampling", walk.number), static_cast<std::uint64_t>(node));
  parallel_for(walk.blocks(), [&](std::int64_t b) { target.refresh(next, node + 1, b, walkers[b]); });
}

template <class T>
TimeSpline LeastSquaresTrainer<T>::closed_form() {
  std::vector<Walk> walks;
  for (std::size_t n = 0; n < systems_.size(); ++n) {
    const std::int64_t block_count = blocks_for<T>(static_cast<double>(share(options_.walkers)));
    const EnergyPath<T>& path = *systems_[n].path;
    Walk walk{
        &systems_[n],
        n,
        {std::vector<Block<T>>(block_count), Eigen::VectorXd::Zero(block_count * lane_count<T>), path.base_log_z()},
        {},
        {},
        path.base_log_z()};
    const auto base_key = key("least squares walkers", n);
    parallel_for(block_count,
                 [&](std::int64_t b) { path.sample_base(base_key, b * lane_count<T>, walk.population.blocks[b]); });
    walks.push_back(std::move(walk));
  }
  const Eigen::Index unknowns = parameters_ * sets_;
  Eigen::MatrixXd values(unknowns, options_.nodes), matrix;
  Eigen::VectorXd right;
  for (int node = 0; node < options_.nodes; ++node) {
    check_stop();
    matrix.setZero(unknowns, unknowns);
    right.setZero(unknowns);
    for (Walk& walk : walks) regress(walk, node, matrix, right);
    values.col(node) = solve_ridge(matrix, right, options_.ridge);
    // What is left, as a mean over the systems with their weights.
    double explained = 0, residual = 0, weights = 0;
    for (const Walk& walk : walks) {
      const Eigen::VectorXd own = combine(values.col(node), walk.system->condition);
      const auto count = static_cast<double>(walk.count());
      explained += walk.system->weight * walk.rates.head(walk.count()).squaredNorm() / count;
      residual += walk.system->weight *
                  (walk.rates.head(walk.count()) - walk.rows.topRows(walk.count()) * own).squaredNorm() / count;
      weights += walk.system->weight;
    }
    record({.stage = "closed_form",
            .step = node,
            .time = time(node),
            .explained = explained / weights,
            .residual = residual / weights,
            .log_z = walks.front().log_z});
    if (node + 1 == options_.nodes) break;
    for (Walk& walk : walks) move(walk, node, values);
  }
  return TimeSpline(std::move(values));
}

template <class T>
TrajectoryRows LeastSquaresTrainer<T>::sensitivities(const TimeSpline& coefficients, int step,
                                                     std::size_t number) const {
  const std::int64_t target_blocks = blocks_for<T>(share(options_.target_fraction * options_.trajectories));
  const std::int64_t base_blocks = blocks_for<T>(share((1 - options_.target_fraction) * options_.trajectories));
  const Eigen::Index parameters = parameters_;
  const int steps = options_.steps, functions = options_.time_functions;
  const auto base_key = key(fmt::format("gauss-newton trajectories {}", step), number);
  const TrainingSystem<T>& system = systems_[number];
  const EnergyPath<T>& path = *system.path;
  TrajectoryRows rows;
  rows.derivatives.resize((base_blocks + target_blocks) * lane_count<T>, functions * parameters);
  rows.log_weights.resize(rows.derivatives.rows());

  struct Worker {
    LinearFlowField<T> field;
    std::vector<Block<T>> trajectory;
  };
  const auto shared = std::make_shared<const TimeSpline>(conditioned(coefficients, system.condition));
  const auto worker = [&] { return Worker{{system.field->clone(), shared}, std::vector<Block<T>>(steps + 1)}; };
  using State = ode::Joint<Block<T>, LaneSums<T>>;
  parallel_for(base_blocks + target_blocks, worker, [&](Worker& w, std::int64_t b) {
    check_stop();
    const bool from_base = b < base_blocks;
    State start{{}, LaneSums<T>::Zero()};
    if (from_base)
      path.sample_base(base_key, b * lane_count<T>, start.first);
    else
      start.first = system.target[b - base_blocks];
    const double t_start = from_base ? 0 : 1, t_end = 1 - t_start;
    const auto node_of = [steps](double t) { return static_cast<int>(std::lround(t * steps)); };
    const auto flow = [&](const State& x, State& rate, double t) {
      w.field.velocity_and_divergence(t, x.first, rate.first, rate.second);
    };
    const auto keep = [&](const State& x, double t) { w.trajectory[node_of(t)] = x.first; };
    const LaneSums<T> expansion =
        ode::integrate(flow, std::move(start), t_start, t_end, {.method = ode::Method::rk4, .steps = steps}, keep)
            .state.second;
    // log w = f_0(x_0) + log Z_0 + int_0^1 div V dt - f_1(x_1)
    const auto block = Eigen::seqN(b * lane_count<T>, lane_count<T>);
    rows.log_weights(block) = (path.energy(0, w.trajectory[0]) + path.base_log_z() +
                               (from_base ? expansion : LaneSums<T>(-expansion)) - path.energy(1, w.trajectory[steps]))
                                  .matrix();

    // The adjoint runs the other way, by Heun's method on the nodes of the trajectory, and gathers the integrals over
    // time.
    Block<T> cotangent;
    path.gradient(t_end, w.trajectory[node_of(t_end)], cotangent);
    cotangent = -cotangent;
    int linearized = -1;
    const auto at = [&](double t) -> LinearField<T>& {
      LinearField<T>& field = w.field.at(t);
      if (node_of(t) != linearized) field.linearize(w.trajectory[node_of(t)]);
      linearized = node_of(t);
      return field;
    };
    const auto adjoint = [&](const Block<T>& lambda, Block<T>& rate, double t) {
      at(t).adjoint(lambda, rate);
      rate = -rate;
    };
    Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(lane_count<T>, functions * parameters);
    typename LinearField<T>::Rows features;
    const auto gather = [&](const Block<T>& lambda, double t) {
      at(t).features(lambda, features);
      const Eigen::VectorXd basis = b_splines(functions, t) * trapezoid(node_of(t), steps);
      for (int j = 0; j < functions; ++j)
        if (basis[j] != 0)
          sums.middleCols(j * parameters, parameters) += basis[j] * features.template cast<double>().matrix();
    };
    ode::integrate(adjoint, std::move(cotangent), t_end, t_start, {.method = ode::Method::heun, .steps = steps},
                   gather);
    rows.derivatives(block, Eigen::all) = sums;
  });
  return rows;
}

template <class T>
Eigen::MatrixXd LeastSquaresTrainer<T>::velocity_metric(const TimeSpline& coefficients, std::size_t number) const {
  // int dt B_i(t) B_j(t) E[v_k . v_l] by the trapezoid rule, from a few trajectories: every site of them contributes.
  constexpr int times = 8, samples = 16;
  const Eigen::Index parameters = parameters_;
  const TrainingSystem<T>& system = systems_[number];
  const auto base_key = key("velocity metric", number);
  const std::int64_t block_count = blocks_for<T>(samples);
  const auto shared = std::make_shared<const TimeSpline>(conditioned(coefficients, system.condition));
  std::vector<Block<T>> trajectory(block_count * (times + 1));
  Flow<T> flow(system.path, std::make_unique<LinearFlowField<T>>(system.field->clone(), shared),
               {.method = ode::Method::rk4, .steps = std::max(1, options_.steps / times)});
  for (std::int64_t b = 0; b < block_count; ++b) {
    Block<T> x;
    system.path->sample_base(base_key, b * lane_count<T>, x);
    trajectory[b * (times + 1)] = x;
    for (int i = 0; i < times; ++i) {
      flow.transport(x, static_cast<double>(i) / times, static_cast<double>(i + 1) / times);
      trajectory[b * (times + 1) + i + 1] = x;
    }
  }
  std::vector<Eigen::MatrixXd> grams(times + 1);
  parallel_for(
      times + 1, [&] { return system.field->clone(); },
      [&](const std::unique_ptr<LinearField<T>>& field, std::int64_t i) {
        grams[i].setZero(parameters, parameters);
        for (std::int64_t b = 0; b < block_count; ++b)
          field->add_velocity_gram(trajectory[b * (times + 1) + i], grams[i]);
      });
  const int functions = options_.time_functions;
  Eigen::MatrixXd metric = Eigen::MatrixXd::Zero(functions * parameters, functions * parameters);
  for (int node = 0; node <= times; ++node) {
    const Eigen::VectorXd basis = b_splines(functions, static_cast<double>(node) / times);
    const Eigen::MatrixXd full = grams[node].selfadjointView<Eigen::Lower>();
    for (int i = 0; i < functions; ++i)
      for (int j = 0; j <= i; ++j)
        metric.block(i * parameters, j * parameters, parameters, parameters) +=
            trapezoid(node, times) * basis[i] * basis[j] / static_cast<double>(block_count * lane_count<T>) * full;
  }
  return metric;
}

template <class T>
double LeastSquaresTrainer<T>::validation_variance(const TimeSpline& coefficients) const {
  double sum = 0, weights = 0;
  for (std::size_t n = 0; n < systems_.size(); ++n) {
    sum += systems_[n].weight * validation_variance(coefficients, n);
    weights += systems_[n].weight;
  }
  return sum / weights;
}

template <class T>
double LeastSquaresTrainer<T>::validation_variance(const TimeSpline& coefficients, std::size_t number) const {
  const TrainingSystem<T>& system = systems_[number];
  const std::int64_t target_blocks = blocks_for<T>(share(options_.target_fraction * options_.validation));
  const std::int64_t base_blocks = blocks_for<T>(share((1 - options_.target_fraction) * options_.validation));
  const std::int64_t first_target = static_cast<std::int64_t>(system.target.size()) - target_blocks;
  const auto base_key = key("gauss-newton validation", number);
  const auto shared = std::make_shared<const TimeSpline>(conditioned(coefficients, system.condition));
  const Flow<T> flow(system.path, std::make_unique<LinearFlowField<T>>(system.field->clone(), shared),
                     {.method = ode::Method::rk4, .steps = options_.steps});
  Eigen::VectorXd log_weights((base_blocks + target_blocks) * lane_count<T>);
  try {
    parallel_for(
        base_blocks + target_blocks, [&] { return flow; },
        [&](Flow<T>& own, std::int64_t b) {
          check_stop();
          Block<T> x;
          log_weights.segment(b * lane_count<T>, lane_count<T>) =
              (b < base_blocks ? own.sample(base_key, b * lane_count<T>, x)
                               : own.log_weight(system.target[first_target + b - base_blocks]))
                  .matrix();
        });
  } catch (const NumericalError&) {
    return std::numeric_limits<double>::infinity();  // a step so large that trajectories leave the numbers: not a
                                                     // candidate
  }
  return variance(log_weights);
}

template <class T>
TimeSpline LeastSquaresTrainer<T>::refine(const TimeSpline& coefficients, int step) {
  const int functions = options_.time_functions;
  const Eigen::Index unknowns = parameters_ * sets_;
  Eigen::MatrixXd hessian = Eigen::MatrixXd::Zero(functions * unknowns, functions * unknowns), metric = hessian;
  Eigen::VectorXd slope = Eigen::VectorXd::Zero(functions * unknowns), none = slope;
  double before = 0, weights = 0;  // variances are means over the systems with their weights
  for (std::size_t n = 0; n < systems_.size(); ++n) {
    TrajectoryRows rows = sensitivities(coefficients, step, n);
    leave_out_overflows(rows);
    center(rows.derivatives, rows.derivatives.rows());
    rows.log_weights.array() -= rows.log_weights.mean();
    const Eigen::VectorXd product =
        rows.derivatives.transpose() * rows.log_weights / -static_cast<double>(rows.log_weights.size());
    add_products(systems_[n], gram(rows.derivatives), product, hessian, slope);
    add_products(systems_[n], velocity_metric(coefficients, n), Eigen::VectorXd::Zero(product.size()), metric, none);
    before += systems_[n].weight * variance(rows.log_weights);
    weights += systems_[n].weight;
  }
  const Eigen::MatrixXd full = hessian.selfadjointView<Eigen::Lower>();

  struct Candidate {
    double trust;
    double validation;
    double predicted;
    TimeSpline coefficients;
  };
  const auto attempt = [&](double trust) {
    const Eigen::VectorXd change = solve_ridge(hessian + trust * metric, slope, 1e-12);
    Eigen::MatrixXd values = coefficients.values();
    for (Eigen::Index node = 0; node < values.cols(); ++node) {
      const Eigen::VectorXd basis =
          b_splines(options_.time_functions, static_cast<double>(node) / static_cast<double>(values.cols() - 1));
      for (int j = 0; j < options_.time_functions; ++j)
        values.col(node) += basis[j] * change.segment(j * unknowns, unknowns);
    }
    // Var(log w + rows . change) = before - 2 slope . change + change . hessian . change
    const double predicted = before + change.dot(full * change) - 2 * slope.dot(change);
    Candidate candidate{trust, 0, predicted / weights, TimeSpline(std::move(values))};
    candidate.validation = validation_variance(candidate.coefficients);
    return candidate;
  };
  // Downhill in mu by factors of three, from where the last step found its best.
  constexpr double factor = 3;
  Candidate best = attempt(trust_);
  for (const double direction : {1 / factor, factor}) {
    bool moved = false;
    for (int tries = 0; tries < 8; ++tries) {
      Candidate next = attempt(best.trust * direction);
      if (!(next.validation < best.validation)) break;
      best = std::move(next);
      moved = true;
    }
    if (moved) break;
  }
  const double unchanged = validation_variance(coefficients);
  const bool better = best.validation < unchanged;
  trust_ = best.trust;
  record({.stage = "gauss_newton",
          .step = step,
          .time = 1,
          .explained = before / weights,
          .residual = best.predicted,
          .validation = better ? best.validation : unchanged,
          .trust = best.trust});
  return better ? std::move(best.coefficients) : coefficients;
}

template <class T>
TimeSpline LeastSquaresTrainer<T>::train() {
  TimeSpline coefficients = closed_form();
  for (int step = 1; step <= options_.refinements; ++step) coefficients = refine(coefficients, step);
  return coefficients;
}

template class LeastSquaresTrainer<float>;
template class LeastSquaresTrainer<double>;

}  // namespace floe::flow
