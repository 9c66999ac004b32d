// SPDX-License-Identifier: MIT
#include "app/tasks/flow_options.h"

#include <fmt/format.h>

#include "app/tasks/monte_carlo_options.h"
#include "base/error.h"

namespace floe::app {
namespace {

void bind_precision(config::Section& section, Precision& precision, std::string_view help) {
  section.choice("precision", precision, {{"float32", Precision::float32}, {"float64", Precision::float64}}, help);
}

void bind_regression(config::Section& section, flow::LeastSquaresOptions& options) {
  section.key("nodes", options.nodes, "times at which the regression is solved", config::at_least(4));
  section.key("walkers", options.walkers, "samples of the regression", config::at_least(16));
  section.key("ridge", options.ridge, "added to the diagonal of the features' correlation matrix", config::at_least(0));
  section.key("tail_weight", options.tail_weight, "weight of stretched walkers, which hold the field in the tails",
              config::at_least(0));
  section.key("tail_stretch", options.tail_stretch, "by what they are stretched", config::at_least(1));
  section.key("refinements", options.refinements, "Gauss-Newton steps after the closed-form pass", config::at_least(0));
  section.key("time_functions", options.time_functions, "smooth functions of time in a Gauss-Newton correction",
              config::at_least(1));
  section.key("trajectories", options.trajectories, "samples of a Gauss-Newton step", config::at_least(16));
  section.key("target_fraction", options.target_fraction, "share of them drawn from the target by Monte Carlo",
              config::between(0, 1));
  section.key("steps", options.steps, "Runge-Kutta steps of a trajectory", config::at_least(1));
  section.key("validation", options.validation, "samples that choose the size of a Gauss-Newton step",
              config::at_least(16));
}

}  // namespace

void bind(config::Section& root, FlowOptions& options) {
  root.table("target", options.target, "the theory whose weight exp(-S) the flow learns to sample");

  config::Section base = root.enter("base", "where the flow begins");
  base.choice("kind", options.base, {"free_field"}, "the distribution at t = 0");
  base.key(
      "mass_squared", options.base_mass_squared,
      "M^2 of the free field; auto: 1 / (2 chi) with the susceptibility of the target, from a short Monte Carlo run",
      config::positive());

  config::Section field = root.enter("field", "the vector field");
  field.choice("kind", options.field, {"heat_kernel"}, "smear, pointwise odd functions, smear again");
  field.key("scales", options.training.scales,
            "times of the heat kernels in lattice units; empty: 0, 0.15, and on by factors 2.5 up to 1 / M^2",
            config::at_least(0));
  field.key("features", options.training.features, "odd functions per scale: the linear one and sines",
            config::at_least(1));
  field.key("max_frequency", options.training.max_frequency, "of the sines, in units of 1 / typical size of the field",
            config::positive());

  config::Section path = root.enter("path", "the pilot run that finds the path of constant correlation length");
  path.key("walkers", options.training.path.walkers, "walkers", config::at_least(128));
  path.key("nodes", options.training.path.nodes, "couplings visited", config::at_least(6));
  path.key("passes", options.training.path.passes, "runs that are averaged", config::at_least(1));
  path.key("updates", options.training.path.updates, "Monte Carlo updates at every node", config::at_least(1));
  path.key("power", options.training.path.power, "p in lambda(t) = lambda t^p", config::at_least(1));
  path.key("target_chains", options.training.target.chains, "chains of the short run at the target, a multiple of 8",
           config::at_least(8));
  path.key("target_thermalisation", options.training.target.thermalisation, "its updates before the first sample",
           config::at_least(0));
  path.key("target_interval", options.training.target.interval, "its updates between samples", config::at_least(1));

  config::Section train = root.enter("train", "how the flow is trained");
  train.choice("method", options.method, {"least_squares"}, "closed form, then Gauss-Newton on whole trajectories");
  train.key("sizes", options.train_sizes, "the lattice it is trained on", config::not_empty());
  bind_precision(train, options.train_precision, "of fields and features; regressions are float64");
  bind_regression(train, options.training.regression);

  config::Section evaluate = root.enter("evaluate", "how the flow is judged");
  evaluate.key("sizes", options.evaluate_sizes, "lattices, trained on or not", config::not_empty());
  evaluate.key("samples", options.evaluation.samples, "fresh samples on each", config::at_least(16));
  evaluate.key("steps", options.evaluation.steps, "Runge-Kutta steps", config::at_least(1));
  evaluate.key("halved", options.evaluation.halved, "samples repeated with half the step, to bound its error",
               config::at_least(0));
  bind_precision(evaluate, options.evaluate_precision, "of fields; energies and weights are float64");

  config::Section truth = root.enter("truth", "Monte Carlo on the same lattices, independent of the flow");
  truth.key("enabled", options.truth, "without it there is no forward ESS");
  truth.key("carried_back", options.target_samples,
            "configurations integrated back through the flow, for the forward ESS", config::at_least(0));
  lattice::bind(truth, options.monte_carlo);
}

void FlowOptions::validate() const {
  target.validate();
  training.validate();
  evaluation.validate();
  monte_carlo.validate();
  if (train_sizes.size() != 1)
    throw ConfigError(fmt::format("train.sizes names {} lattices (least squares trains on one); keep one of them",
                                  train_sizes.size()));
  const auto dimension = train_sizes.front().size();
  for (const auto* list : {&train_sizes, &evaluate_sizes})
    for (const auto& sizes : *list) {
      lattice::Geometry{sizes};
      if (sizes.size() != dimension)
        throw ConfigError(
            fmt::format("train.sizes and evaluate.sizes mix {} and {} dimensions (a flow belongs to one "
                        "dimension); use one",
                        dimension, sizes.size()));
    }
}

}  // namespace floe::app
