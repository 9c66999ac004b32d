// SPDX-License-Identifier: MIT
#include "lattice/flow/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/parallel_for.h"
#include "lattice/observables.h"

namespace floe::lattice {
namespace {

/// The means that the quantities are functions of, in the order in which the weights hold them.
const std::vector<std::string> measured = {"m_squared",  "m_fourth",        "phi_squared",
                                           "phi_fourth", "two_point_k_min", "action"};

struct DerivedQuantity {
  const char* name;
  flow::ImportanceWeights::Function function;
};

std::vector<DerivedQuantity> derived_quantities(const Geometry& geometry) {
  const double volume = geometry.volume();
  const int period = *std::max_element(geometry.sizes().begin(), geometry.sizes().end());
  using Means = std::span<const double>;
  return {{"susceptibility", [=](Means m) { return volume * m[0]; }},
          {"phi_squared", [](Means m) { return m[2]; }},
          {"phi_fourth", [](Means m) { return m[3]; }},
          {"binder", [](Means m) { return 1 - m[1] / (3 * m[0] * m[0]); }},
          {"xi_second_moment", [=](Means m) { return xi_second_moment(volume * m[0], m[4], period); }},
          {"action", [](Means m) { return m[5]; }}};
}

ode::Options integration(int steps) {
  return {.method = ode::Method::rk4, .steps = steps};
}

void poll(const std::function<bool()>& stop) {
  if (stop && stop()) throw flow::TrainingStopped{};
}

}  // namespace

void FlowEvaluationOptions::validate() const {
  if (samples < 16)
    throw ConfigError(fmt::format("evaluate.samples = {} (at least 16 are needed for errors); raise it", samples));
  if (steps < 1) throw ConfigError(fmt::format("evaluate.steps = {} (must be at least 1); 16 is a good value", steps));
  if (halved < 0)
    throw ConfigError(fmt::format("evaluate.halved = {} (a number of samples); give 0 to leave it out", halved));
}

bool FlowEvaluation::steps_too_coarse() const {
  return std::abs(step_bias.value) > 3 * std::hypot(weights.log_z().error, step_bias.error);
}

bool FlowEvaluation::bounds_hold() const {
  const flow::Estimate log_z = weights.log_z(), elbo = weights.elbo();
  if (elbo.value > log_z.value + 3 * std::hypot(elbo.error, log_z.error)) return false;
  if (target_weights.count() == 0) return true;
  const flow::Estimate eubo = target_weights.eubo();
  return log_z.value <= eubo.value + 3 * std::hypot(eubo.error, log_z.error);
}

template <class T>
std::vector<double> target_log_weights(const Phi4FlowModel& model, const Geometry& geometry, int steps,
                                       const std::vector<Block<double>>& samples) {
  constexpr std::int64_t parts = lane_count<T> / lane_count<double>;
  const auto count = static_cast<std::int64_t>(samples.size());
  std::vector<double> log_weights(count * lane_count<double>);
  const flow::Flow<T> flow = make_flow<T>(model, geometry, integration(steps));
  parallel_for((count + parts - 1) / parts, [&] { return flow; },
               [&](flow::Flow<T>& own, std::int64_t b) {
                 // A block of T takes one or two blocks of doubles; the last one may repeat its first part.
                 Block<T> x(lane_count<T>, geometry.volume());
                 for (std::int64_t part = 0; part < parts; ++part) {
                   const std::int64_t source = b * parts + part < count ? b * parts + part : b * parts;
                   x.template middleRows<lane_count<double>>(part * lane_count<double>) =
                       samples[source].template cast<T>();
                 }
                 const LaneSums<T> values = own.log_weight(x);
                 const std::int64_t first = b * lane_count<T>;
                 for (std::int64_t lane = 0; lane < lane_count<T> && first + lane < count * lane_count<double>; ++lane)
                   log_weights[first + lane] = values[lane];
               });
  return log_weights;
}

template <class T>
FlowEvaluation evaluate_phi4_flow(const Phi4FlowModel& model, const Geometry& geometry,
                                  const FlowEvaluationOptions& options,
                                  const std::vector<Block<double>>& target_samples, std::uint64_t seed,
                                  const std::function<bool()>& stop) {
  options.validate();
  const Observables observables(geometry, model.schedule.target);
  std::vector<int> columns;
  for (const auto& name : measured) columns.push_back(observables.index(name));
  const auto key = random::make_key(seed, "flow evaluation");
  const std::int64_t block_count = (options.samples + lane_count<T> - 1) / lane_count<T>;
  const std::int64_t halved_blocks = std::min(block_count, (options.halved + lane_count<T> - 1) / lane_count<T>);
  const flow::Flow<T> flow = make_flow<T>(model, geometry, integration(options.steps));
  const flow::Flow<T> fine = make_flow<T>(model, geometry, integration(2 * options.steps));

  Eigen::ArrayXd log_weights(block_count * lane_count<T>), changes(halved_blocks * lane_count<T>);
  Eigen::ArrayXXd values(measured.size(), log_weights.size());
  struct Worker {
    flow::Flow<T> flow, fine;
  };
  parallel_for(
      block_count,
      [&] {
        return Worker{flow, fine};
      },
      [&](Worker& own, std::int64_t b) {
        poll(stop);
        Block<T> x;
        const std::int64_t first = b * lane_count<T>;
        const LaneSums<T> coarse = own.flow.sample(key, first, x);
        log_weights.segment<lane_count<T>>(first) = coarse;
        const Eigen::ArrayXXd all = observables(x);
        for (std::size_t i = 0; i < columns.size(); ++i)
          values.row(i).segment(first, lane_count<T>) = all.row(columns[i]);
        if (b < halved_blocks) changes.segment<lane_count<T>>(first) = own.fine.sample(key, first, x) - coarse;
      });

  FlowEvaluation result{.weights = flow::ImportanceWeights(static_cast<int>(measured.size())),
                        .target_weights = {},
                        .chain = {},
                        .reweighted = {},
                        .raw = {},
                        .log_weights = {log_weights.begin(), log_weights.begin() + options.samples},
                        .target_log_weights = {},
                        .step_bias = {}};
  for (std::int64_t i = 0; i < options.samples; ++i)
    result.weights.add(log_weights[i], {values.col(i).data(), measured.size()});
  result.chain = flow::independence_metropolis(result.log_weights, random::make_key(seed, "independence metropolis"));
  for (const auto& quantity : derived_quantities(geometry)) {
    result.reweighted.push_back({quantity.name, result.weights.reweighted(quantity.function)});
    result.raw.push_back({quantity.name, result.weights.raw(quantity.function)});
  }
  if (halved_blocks > 0) {
    const double mean = changes.mean();
    result.step_bias = {mean, std::sqrt((changes - mean).square().mean() / static_cast<double>(changes.size()))};
  }
  if (!target_samples.empty()) {
    result.target_log_weights = target_log_weights<T>(model, geometry, options.steps, target_samples);
    result.target_weights.add_all(result.target_log_weights);
  }
  return result;
}

template std::vector<double> target_log_weights<float>(const Phi4FlowModel&, const Geometry&, int,
                                                       const std::vector<Block<double>>&);
template std::vector<double> target_log_weights<double>(const Phi4FlowModel&, const Geometry&, int,
                                                        const std::vector<Block<double>>&);
template FlowEvaluation evaluate_phi4_flow<float>(const Phi4FlowModel&, const Geometry&, const FlowEvaluationOptions&,
                                                  const std::vector<Block<double>>&, std::uint64_t,
                                                  const std::function<bool()>&);
template FlowEvaluation evaluate_phi4_flow<double>(const Phi4FlowModel&, const Geometry&, const FlowEvaluationOptions&,
                                                   const std::vector<Block<double>>&, std::uint64_t,
                                                   const std::function<bool()>&);

}  // namespace floe::lattice
