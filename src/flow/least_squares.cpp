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
#include "flow/require.h"
#include "ode/integrate.h"

namespace floe::flow {
namespace {

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

template <class T>
LeastSquaresTrainer<T>::LeastSquaresTrainer(std::shared_ptr<const EnergyPath<T>> path,
                                            std::unique_ptr<LinearField<T>> field, LeastSquaresOptions options,
                                            std::uint64_t seed, Refresh refresh, std::vector<Block<T>> target,
                                            Hooks hooks)
    : path_(std::move(path)),
      field_(std::move(field)),
      options_(options),
      seed_(seed),
      refresh_(std::move(refresh)),
      target_(std::move(target)),
      hooks_(std::move(hooks)),
      begin_(now()) {
  options_.validate();
  const std::int64_t needed = options_.refinements > 0 && options_.target_fraction > 0
                                  ? blocks_for<T>(options_.target_fraction * options_.trajectories) +
                                        blocks_for<T>(options_.target_fraction * options_.validation)
                                  : 0;
  if (static_cast<std::int64_t>(target_.size()) < needed)
    throw DataError(
        fmt::format("{} samples of the target where Gauss-Newton training needs {} (train.target_fraction of the "
                    "trajectories and of the validation); give more or lower train.target_fraction",
                    target_.size() * lane_count<T>, needed * lane_count<T>));
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
TimeSpline LeastSquaresTrainer<T>::closed_form() {
  const std::int64_t block_count = blocks_for<T>(options_.walkers);
  const Eigen::Index parameters = field_->parameter_count();
  const auto key = random::make_key(seed_, "least squares walkers");
  std::vector<Block<T>> walkers(block_count);
  parallel_for(block_count, [&](std::int64_t b) { path_->sample_base(key, b * lane_count<T>, walkers[b]); });

  const std::int64_t tail_blocks = options_.tail_weight > 0 ? (block_count + 7) / 8 : 0;
  Eigen::MatrixXd rows((block_count + tail_blocks) * lane_count<T>, parameters);
  Eigen::VectorXd rates(rows.rows());
  Eigen::MatrixXd values(parameters, options_.nodes);
  const auto worker = [&] { return field_->clone(); };
  double log_z = path_->base_log_z(), previous_c = 0;
  for (int node = 0; node < options_.nodes; ++node) {
    check_stop();
    const double step = 1.0 / (options_.nodes - 1), t = node * step;
    // Rows of the regression: every walker, and a few of them stretched beyond where p_t lives, with a small weight.
    // The equation holds there too; without them nothing would keep the field from running away in the tails.
    parallel_for(block_count + tail_blocks, worker, [&](const std::unique_ptr<LinearField<T>>& field, std::int64_t b) {
      Block<T> x =
          b < block_count ? walkers[b] : Block<T>(static_cast<T>(options_.tail_stretch) * walkers[b - block_count]);
      Block<T> cotangent;
      typename LinearField<T>::Rows features;
      path_->gradient(t, x, cotangent);
      cotangent = -cotangent;
      field->linearize(x);
      field->features(cotangent, features);
      rows.middleRows(b * lane_count<T>, lane_count<T>) = features.template cast<double>().matrix();
      rates.segment(b * lane_count<T>, lane_count<T>) = path_->time_derivative(t, x).matrix();
    });
    // C_t = -E[df_t/dt], for features have mean zero under p_t; its integral is log Z_t.
    const Eigen::Index count = block_count * lane_count<T>;
    const double c = -rates.head(count).mean();
    if (node > 0) log_z += step * (c + previous_c) / 2;
    previous_c = c;

    rates.array() += c;
    center(rows, count);
    rates.tail(rates.size() - count) *= options_.tail_weight;
    rows.bottomRows(rows.rows() - count) *= options_.tail_weight;
    const Eigen::VectorXd right = rows.transpose() * rates / static_cast<double>(rates.size());
    values.col(node) = solve_ridge(gram(rows), right, options_.ridge);
    record({.stage = "closed_form",
            .step = node,
            .time = t,
            .explained = variance(rates.head(count)),
            .residual = variance(rates.head(count) - rows.topRows(count) * values.col(node)),
            .log_z = log_z});
    if (node + 1 == options_.nodes) break;

    // On to the next node with coefficients extrapolated from this and the last, then back to equilibrium there.
    const Eigen::VectorXd now_values = values.col(node);
    const Eigen::VectorXd change =
        node > 0 ? Eigen::VectorXd(now_values - values.col(node - 1)) : Eigen::VectorXd::Zero(parameters);
    parallel_for(block_count, worker, [&](const std::unique_ptr<LinearField<T>>& field, std::int64_t b) {
      LaneSums<T> divergence;
      const auto system = [&](const Block<T>& x, Block<T>& velocity, double time) {
        field->set_coefficients(now_values + (time - t) / step * change);
        field->velocity_and_divergence(x, velocity, divergence);
      };
      walkers[b] =
          ode::integrate(system, std::move(walkers[b]), t, t + step, {.method = ode::Method::heun, .steps = 1}).state;
      refresh_(t + step, node + 1, b, walkers[b]);
    });
  }
  return TimeSpline(std::move(values));
}

template <class T>
TrajectoryRows LeastSquaresTrainer<T>::sensitivities(const TimeSpline& coefficients, int step) const {
  const std::int64_t target_blocks = blocks_for<T>(options_.target_fraction * options_.trajectories);
  const std::int64_t base_blocks = blocks_for<T>((1 - options_.target_fraction) * options_.trajectories);
  const Eigen::Index parameters = field_->parameter_count();
  const int steps = options_.steps, functions = options_.time_functions;
  const auto key = random::make_key(seed_, fmt::format("gauss-newton trajectories {}", step));
  TrajectoryRows rows;
  rows.derivatives.resize((base_blocks + target_blocks) * lane_count<T>, functions * parameters);
  rows.log_weights.resize(rows.derivatives.rows());

  struct Worker {
    LinearFlowField<T> field;
    std::vector<Block<T>> trajectory;
  };
  const auto shared = std::make_shared<const TimeSpline>(coefficients);
  const auto worker = [&] { return Worker{{field_->clone(), shared}, std::vector<Block<T>>(steps + 1)}; };
  using State = ode::Joint<Block<T>, LaneSums<T>>;
  parallel_for(base_blocks + target_blocks, worker, [&](Worker& w, std::int64_t b) {
    check_stop();
    const bool from_base = b < base_blocks;
    State start{{}, LaneSums<T>::Zero()};
    if (from_base)
      path_->sample_base(key, b * lane_count<T>, start.first);
    else
      start.first = target_[b - base_blocks];
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
    rows.log_weights(block) =
        (path_->energy(0, w.trajectory[0]) + path_->base_log_z() + (from_base ? expansion : LaneSums<T>(-expansion)) -
         path_->energy(1, w.trajectory[steps]))
            .matrix();

    // The adjoint runs the other way, by Heun's method on the nodes of the trajectory, and gathers the integrals over
    // time.
    Block<T> cotangent;
    path_->gradient(t_end, w.trajectory[node_of(t_end)], cotangent);
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
Eigen::MatrixXd LeastSquaresTrainer<T>::velocity_metric(const TimeSpline& coefficients) const {
  // int dt B_i(t) B_j(t) E[v_k . v_l] by the trapezoid rule, from a few trajectories: every site of them contributes.
  constexpr int times = 8, samples = 16;
  const Eigen::Index parameters = field_->parameter_count();
  const auto key = random::make_key(seed_, "velocity metric");
  const std::int64_t block_count = blocks_for<T>(samples);
  const auto shared = std::make_shared<const TimeSpline>(coefficients);
  std::vector<Block<T>> trajectory(block_count * (times + 1));
  Flow<T> flow(path_, std::make_unique<LinearFlowField<T>>(field_->clone(), shared),
               {.method = ode::Method::rk4, .steps = std::max(1, options_.steps / times)});
  for (std::int64_t b = 0; b < block_count; ++b) {
    Block<T> x;
    path_->sample_base(key, b * lane_count<T>, x);
    trajectory[b * (times + 1)] = x;
    for (int i = 0; i < times; ++i) {
      flow.transport(x, static_cast<double>(i) / times, static_cast<double>(i + 1) / times);
      trajectory[b * (times + 1) + i + 1] = x;
    }
  }
  std::vector<Eigen::MatrixXd> grams(times + 1);
  parallel_for(
      times + 1, [&] { return field_->clone(); },
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
  const std::int64_t target_blocks = blocks_for<T>(options_.target_fraction * options_.validation);
  const std::int64_t base_blocks = blocks_for<T>((1 - options_.target_fraction) * options_.validation);
  const std::int64_t first_target = static_cast<std::int64_t>(target_.size()) - target_blocks;
  const auto key = random::make_key(seed_, "gauss-newton validation");
  const auto shared = std::make_shared<const TimeSpline>(coefficients);
  const Flow<T> flow(path_, std::make_unique<LinearFlowField<T>>(field_->clone(), shared),
                     {.method = ode::Method::rk4, .steps = options_.steps});
  Eigen::VectorXd log_weights((base_blocks + target_blocks) * lane_count<T>);
  try {
    parallel_for(
        base_blocks + target_blocks, [&] { return flow; },
        [&](Flow<T>& own, std::int64_t b) {
          check_stop();
          Block<T> x;
          log_weights.segment(b * lane_count<T>, lane_count<T>) =
              (b < base_blocks ? own.sample(key, b * lane_count<T>, x)
                               : own.log_weight(target_[first_target + b - base_blocks]))
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
  TrajectoryRows rows = sensitivities(coefficients, step);
  const Eigen::Index parameters = field_->parameter_count();
  const auto count = static_cast<double>(rows.log_weights.size());
  const double before = variance(rows.log_weights);
  center(rows.derivatives, rows.derivatives.rows());
  rows.log_weights.array() -= rows.log_weights.mean();
  const Eigen::MatrixXd hessian = gram(rows.derivatives);
  const Eigen::VectorXd slope = rows.derivatives.transpose() * rows.log_weights / -count;
  const Eigen::MatrixXd metric = velocity_metric(coefficients);

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
        values.col(node) += basis[j] * change.segment(j * parameters, parameters);
    }
    Candidate candidate{trust, 0, variance(rows.log_weights + rows.derivatives * change),
                        TimeSpline(std::move(values))};
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
          .explained = before,
          .residual = best.predicted,
          .validation = better ? best.validation : unchanged,
          .trust = best.trust});
  return better ? std::move(best.coefficients) : coefficients;
}

template class LeastSquaresTrainer<float>;
template class LeastSquaresTrainer<double>;

}  // namespace floe::flow
