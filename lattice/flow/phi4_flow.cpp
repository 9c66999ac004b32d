// SPDX-License-Identifier: MIT
#include "lattice/flow/phi4_flow.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <utility>

#include "base/error.h"
#include "flow/linear_flow_field.h"
#include "lattice/monte_carlo.h"
#include "lattice/update.h"

namespace floe::lattice {
namespace {

/// Blocks of T from blocks of doubles, one or two at a time.
template <class T>
std::vector<Block<T>> convert(const std::vector<Block<double>>& blocks) {
  constexpr int parts = lane_count<T> / lane_count<double>;
  std::vector<Block<T>> result(blocks.size() / parts);
  for (std::size_t b = 0; b < result.size(); ++b) {
    result[b].resize(lane_count<T>, blocks[b * parts].cols());
    for (int part = 0; part < parts; ++part)
      result[b].template middleRows<lane_count<double>>(part * lane_count<double>) = blocks[b * parts + part].cast<T>();
  }
  return result;
}

struct TargetPilot {
  double susceptibility;
  std::vector<Block<double>> samples;
};

TargetPilot sample_target(const Geometry& geometry, const Phi4& target, const TargetPilotOptions& options, int samples,
                          std::uint64_t seed, const std::function<bool()>& stop) {
  MonteCarloOptions chains;
  chains.chains = options.chains;
  chains.thermalisation = options.thermalisation;
  chains.interval = options.interval;
  // At least 30 measurements of every chain, for the susceptibility.
  chains.measurements = std::max(30, (samples + options.chains - 1) / options.chains);
  MonteCarlo simulation(geometry, target, chains, seed);
  TargetPilot result;
  MonteCarloHooks hooks;
  hooks.stop = stop;
  hooks.configurations = [&](std::int64_t, const std::vector<Block<double>>& blocks) {
    if (static_cast<int>(result.samples.size()) * lane_count<double> < samples)
      result.samples.insert(result.samples.end(), blocks.begin(), blocks.end());
  };
  if (!simulation.run(hooks)) throw flow::TrainingStopped{};
  const int m_squared = simulation.observables().index("m_squared");
  result.susceptibility = geometry.volume() * simulation.series().means()[m_squared];
  return result;
}

}  // namespace

template <class T>
flow::Flow<T> make_flow(const Phi4FlowModel& model, const Geometry& geometry, const ode::Options& integration) {
  return flow::Flow<T>(
      std::make_shared<Phi4Path<T>>(geometry, model.schedule),
      std::make_unique<flow::LinearFlowField<T>>(std::make_unique<HeatKernelField<T>>(geometry, model.basis),
                                                 std::make_shared<const flow::TimeSpline>(model.coefficients)),
      integration);
}

void Phi4TrainingOptions::validate() const {
  path.validate();
  regression.validate();
  if (target.chains < 8 || target.chains % 8 != 0 || target.thermalisation < 0 || target.interval < 1)
    throw ConfigError(fmt::format(
        "pilot.chains = {}, thermalisation = {}, interval = {} (chains come in eights, updates are counted from 0, an "
        "interval is at least 1); give for example 64, 200 and 5",
        target.chains, target.thermalisation, target.interval));
}

std::vector<double> automatic_scales(double base_mass_squared) {
  std::vector<double> scales = {0};
  for (double scale = 0.15;; scale *= 2.5) {
    scales.push_back(scale);
    if (scale >= 0.7 / base_mass_squared) return scales;
  }
}

template <class T>
Phi4FlowModel train_phi4_flow(const Geometry& geometry, const Phi4& target, const Phi4TrainingOptions& options,
                              std::uint64_t seed, const Phi4TrainingHooks& hooks,
                              const std::optional<Phi4TrainingStart>& start) {
  options.validate();
  target.validate();
  const auto& regression = options.regression;
  const int wanted = regression.refinements == 0
                         ? 0
                         : static_cast<int>(std::ceil(regression.target_fraction *
                                                      (regression.trajectories + regression.validation))) +
                               2 * lane_count<T>;
  const TargetPilot pilot = sample_target(geometry, target, options.target, wanted, seed, hooks.stop);

  Phi4FlowModel model;
  if (start) {
    model = start->model;
  } else {
    model.schedule = constant_correlation_schedule(
        geometry, target, options.susceptibility.value_or(pilot.susceptibility), options.path, seed);
    model.basis.scales = options.scales.empty() ? automatic_scales(model.schedule.base_mass_squared) : options.scales;
    model.basis.features = options.features;
    model.basis.max_frequency = options.max_frequency;
    model.basis.widths = free_field_widths(geometry, model.schedule.base_mass_squared, model.basis.scales);
  }

  // Walkers of the closed-form pass stay distributed as p_t by cluster and local updates at the couplings of t.
  const auto refresh = [&, schedule = model.schedule](double t, int node, std::int64_t index, Block<T>& walkers) {
    constexpr int width = lane_count<double>;
    const auto update = make_wolff_update(geometry, schedule.at(t), {}, {});
    const auto key = random::make_key(seed, fmt::format("refresh {}", node));
    for (int lane = 0; lane < lane_count<T>; lane += width) {
      random::LaneStream stream(key, index * lane_count<T> + lane);
      Block<double> part = walkers.template middleRows<width>(lane).template cast<double>();
      (*update)(part, stream, Phase::measurement);
      walkers.template middleRows<width>(lane) = part.template cast<T>();
    }
  };
  flow::LeastSquaresTrainer<T> trainer(std::make_shared<Phi4Path<T>>(geometry, model.schedule),
                                       std::make_unique<HeatKernelField<T>>(geometry, model.basis), regression, seed,
                                       refresh, convert<T>(pilot.samples), {hooks.observer, hooks.stop});
  const auto finish_stage = [&](int stage) {
    if (hooks.checkpoint) hooks.checkpoint({model, stage, trainer.trust()});
  };
  if (start) {
    trainer.set_trust(start->trust);
  } else {
    model.coefficients = trainer.closed_form();
    finish_stage(0);
  }
  for (int step = start ? start->stage + 1 : 1; step <= regression.refinements; ++step) {
    model.coefficients = trainer.refine(model.coefficients, step);
    finish_stage(step);
  }
  return model;
}

template flow::Flow<float> make_flow(const Phi4FlowModel&, const Geometry&, const ode::Options&);
template flow::Flow<double> make_flow(const Phi4FlowModel&, const Geometry&, const ode::Options&);
template Phi4FlowModel train_phi4_flow<float>(const Geometry&, const Phi4&, const Phi4TrainingOptions&, std::uint64_t,
                                              const Phi4TrainingHooks&, const std::optional<Phi4TrainingStart>&);
template Phi4FlowModel train_phi4_flow<double>(const Geometry&, const Phi4&, const Phi4TrainingOptions&, std::uint64_t,
                                               const Phi4TrainingHooks&, const std::optional<Phi4TrainingStart>&);

}  // namespace floe::lattice
