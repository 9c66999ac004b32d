// SPDX-License-Identifier: MIT
#include "lattice/flow/evaluation.h"

#include <algorithm>
#include <memory>

#include "flow/stochastic_transport.h"
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

}  // namespace

template <class T>
flow::Measurement<T> phi4_measurement(const Geometry& geometry, const Phi4& target) {
  const auto observables = std::make_shared<const Observables>(geometry, target);
  std::vector<int> columns;
  for (const auto& name : measured) columns.push_back(observables->index(name));
  flow::Measurement<T> result;
  result.columns = static_cast<int>(measured.size());
  result.measure = [observables, columns](const Block<T>& x) {
    const Eigen::ArrayXXd all = (*observables)(x);
    Eigen::ArrayXXd rows(columns.size(), lane_count<T>);
    for (std::size_t i = 0; i < columns.size(); ++i) rows.row(static_cast<Eigen::Index>(i)) = all.row(columns[i]);
    return rows;
  };
  for (const auto& quantity : derived_quantities(geometry))
    result.quantities.push_back({quantity.name, quantity.function});
  return result;
}

template <class T>
flow::Samplers<T> phi4_samplers(const Phi4FlowModel& model, const Geometry& geometry, int steps, int updates) {
  auto samplers = flow::flow_samplers(make_flow<T>(model, geometry, integration(steps)), true);
  if (updates == 0) return samplers;
  const auto update = std::make_shared<const flow::PathUpdate<T>>(phi4_path_update<T>(geometry, model.schedule));
  const auto make = [=](int all_steps) {
    const flow::StochasticTransport<T> transport(make_path_flow<T>(model, geometry, integration(all_steps)), updates,
                                                 [update](double t, int node, random::Key key, std::uint64_t first,
                                                          Block<T>& x) { (*update)(t, node, key, first, x); });
    return [transport]() -> flow::Draw<T> {
      const auto own = std::make_shared<flow::StochasticTransport<T>>(transport);
      return [own](random::Key key, std::uint64_t first, Block<T>& x) { return own->sample(key, first, x); };
    };
  };
  samplers.samples = make(steps);
  samplers.fine = make(2 * steps);
  return samplers;
}

template <class T>
std::vector<double> target_log_weights(const Phi4FlowModel& model, const Geometry& geometry, int steps,
                                       const std::vector<Block<double>>& samples) {
  return flow::target_log_weights(phi4_samplers<T>(model, geometry, steps, 0), samples);
}

template <class T>
FlowEvaluation evaluate_phi4_flow(const Phi4FlowModel& model, const Geometry& geometry,
                                  const FlowEvaluationOptions& options,
                                  const std::vector<Block<double>>& target_samples, std::uint64_t seed,
                                  const std::function<bool()>& stop) {
  options.validate();
  return flow::evaluate(phi4_samplers<T>(model, geometry, options.steps, options.updates),
                        phi4_measurement<T>(geometry, model.schedule.target), options, target_samples, seed, stop);
}

template std::vector<double> target_log_weights<float>(const Phi4FlowModel&, const Geometry&, int,
                                                       const std::vector<Block<double>>&);
template std::vector<double> target_log_weights<double>(const Phi4FlowModel&, const Geometry&, int,
                                                        const std::vector<Block<double>>&);
template flow::Samplers<float> phi4_samplers(const Phi4FlowModel&, const Geometry&, int, int);
template flow::Samplers<double> phi4_samplers(const Phi4FlowModel&, const Geometry&, int, int);
template FlowEvaluation evaluate_phi4_flow<float>(const Phi4FlowModel&, const Geometry&, const FlowEvaluationOptions&,
                                                  const std::vector<Block<double>>&, std::uint64_t,
                                                  const std::function<bool()>&);
template FlowEvaluation evaluate_phi4_flow<double>(const Phi4FlowModel&, const Geometry&, const FlowEvaluationOptions&,
                                                   const std::vector<Block<double>>&, std::uint64_t,
                                                   const std::function<bool()>&);

}  // namespace floe::lattice
