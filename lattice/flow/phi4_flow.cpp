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

template <class T>
flow::Flow<T> flow_with(const Phi4FlowModel& model, const flow::TimeSpline& coefficients, const Geometry& geometry,
                        const ode::Options& integration) {
  return flow::Flow<T>(
      std::make_shared<Phi4Path<T>>(geometry, model.schedule),
      std::make_unique<flow::LinearFlowField<T>>(std::make_unique<HeatKernelField<T>>(geometry, model.basis),
                                                 std::make_shared<const flow::TimeSpline>(coefficients)),
      integration);
}

}  // namespace

template <class T>
flow::Flow<T> make_flow(const Phi4FlowModel& model, const Geometry& geometry, const ode::Options& integration) {
  return flow_with<T>(model, model.coefficients, geometry, integration);
}

template <class T>
flow::Flow<T> make_path_flow(const Phi4FlowModel& model, const Geometry& geometry, const ode::Options& integration) {
  return flow_with<T>(model, model.path_coefficients, geometry, integration);
}

template <class T>
flow::PathUpdate<T> phi4_path_update(const Geometry& geometry, const Phi4Schedule& schedule) {
  const auto shared = std::make_shared<const Geometry>(geometry);
  return [shared, schedule](double t, int, random::Key key, std::uint64_t first, Block<T>& x) {
    constexpr int width = lane_count<double>;
    const auto update = make_wolff_update(*shared, schedule.at(t), {}, {});
    for (int lane = 0; lane < lane_count<T>; lane += width) {
      random::LaneStream stream(key, first + static_cast<std::uint64_t>(lane));
      Block<double> part = x.template middleRows<width>(lane).template cast<double>();
      (*update)(part, stream, Phase::measurement);
      x.template middleRows<width>(lane) = part.template cast<T>();
    }
  };
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
Phi4FlowModel train_phi4_flow(const std::vector<Geometry>& geometries, const Phi4& target,
                              const Phi4TrainingOptions& options, std::uint64_t seed, const Phi4TrainingHooks& hooks,
                              const std::optional<Phi4TrainingStart>& start) {
  options.validate();
  target.validate();
  if (geometries.empty()) throw ConfigError("train.sizes is empty (a flow is trained on a lattice); give at least one");
  const auto& regression = options.regression;
  const auto count = static_cast<double>(geometries.size());
  const int wanted = regression.refinements == 0
                         ? 0
                         : static_cast<int>(std::ceil(regression.target_fraction *
                                                      (regression.trajectories + regression.validation) / count)) +
                               2 * lane_count<T>;
  const auto seed_of = [&](std::size_t lattice) {
    return lattice == 0 ? seed : random::make_key(seed, fmt::format("lattice {}", lattice)).value;
  };
  std::vector<TargetPilot> pilots;
  std::size_t largest = 0;
  for (std::size_t n = 0; n < geometries.size(); ++n) {
    pilots.push_back(sample_target(geometries[n], target, options.target, wanted, seed_of(n), hooks.stop));
    if (geometries[n].volume() > geometries[largest].volume()) largest = n;
  }

  Phi4FlowModel model;
  if (start) {
    model = start->model;
  } else {
    // The path keeps the correlation length of the largest lattice; couplings are in lattice units, the same for all.
    const Geometry& geometry = geometries[largest];
    model.schedule = constant_correlation_schedule(
        geometry, target, options.susceptibility.value_or(pilots[largest].susceptibility), options.path, seed);
    model.basis.scales = options.scales.empty() ? automatic_scales(model.schedule.base_mass_squared) : options.scales;
    model.basis.features = options.features;
    model.basis.max_frequency = options.max_frequency;
    model.basis.widths = free_field_widths(geometry, model.schedule.base_mass_squared, model.basis.scales);
  }

  std::vector<flow::TrainingSystem<T>> systems;
  for (std::size_t n = 0; n < geometries.size(); ++n) {
    // Walkers of the closed-form pass stay distributed as p_t by cluster and local updates at the couplings of t.
    const auto refresh = [update = phi4_path_update<T>(geometries[n], model.schedule), own_seed = seed_of(n)](
                             double t, int node, std::int64_t index, Block<T>& walkers) {
      update(t, node, random::make_key(own_seed, fmt::format("refresh {}", node)),
             static_cast<std::uint64_t>(index * lane_count<T>), walkers);
    };
    systems.push_back({.path = std::make_shared<Phi4Path<T>>(geometries[n], model.schedule),
                       .field = std::make_shared<HeatKernelField<T>>(geometries[n], model.basis),
                       .refresh = refresh,
                       .target = convert<T>(pilots[n].samples),
                       // Variances grow with the volume: every lattice counts by its variance per site.
                       .weight = static_cast<double>(geometries[largest].volume()) / geometries[n].volume()});
  }
  flow::LeastSquaresTrainer<T> trainer(std::move(systems), regression, seed, {hooks.observer, hooks.stop});
  const auto finish_stage = [&](int stage) {
    if (hooks.checkpoint) hooks.checkpoint({model, stage, trainer.trust()});
  };
  if (start) {
    trainer.set_trust(start->trust);
  } else {
    model.path_coefficients = trainer.closed_form();
    model.coefficients = model.path_coefficients;
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
template flow::Flow<float> make_path_flow(const Phi4FlowModel&, const Geometry&, const ode::Options&);
template flow::Flow<double> make_path_flow(const Phi4FlowModel&, const Geometry&, const ode::Options&);
template flow::PathUpdate<float> phi4_path_update(const Geometry&, const Phi4Schedule&);
template flow::PathUpdate<double> phi4_path_update(const Geometry&, const Phi4Schedule&);
template Phi4FlowModel train_phi4_flow<float>(const std::vector<Geometry>&, const Phi4&, const Phi4TrainingOptions&,
                                              std::uint64_t, const Phi4TrainingHooks&,
                                              const std::optional<Phi4TrainingStart>&);
template Phi4FlowModel train_phi4_flow<double>(const std::vector<Geometry>&, const Phi4&, const Phi4TrainingOptions&,
                                               std::uint64_t, const Phi4TrainingHooks&,
                                               const std::optional<Phi4TrainingStart>&);

}  // namespace floe::lattice
