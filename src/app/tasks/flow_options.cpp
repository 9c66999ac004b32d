// SPDX-License-Identifier: MIT
#include "app/tasks/flow_options.h"

#include <fmt/format.h>

#include <numbers>

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
  config::Section target = root.enter("target", "the energy f whose weight exp(-f) the flow learns to sample");
  target.choice("kind", options.target.kind, {"phi4", "double_well", "gaussian_mixture"}, "what kind of energy");
  const bool phi4 = options.lattice_theory(), well = options.target.kind == "double_well",
             mixture = options.target.kind == "gaussian_mixture";
  // What belongs to the kind, unless the file says otherwise.
  if (!phi4) {
    options.base = "generalized_gaussian";
    options.train_precision = Precision::float64;
  }
  if (well) options.base_shape.power = 4;
  if (mixture) {
    options.field = "random_features";
    options.base_shape.width = std::numbers::sqrt2;
  }
  bind_couplings(target, options.target);
  target.when(well, "kind = \"double_well\"", [&] {
    target.key("sites", options.well.sites, "N of the circle", config::at_least(3));
    target.key("mass", options.well.mass, "m in dt sum [ lambda x^4 / 4 - m x^2 / 2 + (m / 2) (dx / dt)^2 ]",
               config::positive());
    target.key("quartic", options.well.coupling, "lambda", config::positive());
    target.key("time", options.well.time, "circumference of the circle, N dt", config::positive());
  });
  target.when(mixture, "kind = \"gaussian_mixture\"", [&] {
    target.key("dimension", options.mixture.dimension, "of the space", config::at_least(1));
    target.key("means", options.mixture.means, "coordinates of the modes, mode after mode", config::not_empty());
    target.key("widths", options.mixture.widths, "standard deviations: one for all modes, or one each",
               config::positive() & config::not_empty());
    target.key("weights", options.mixture.weights, "of the modes, up to a factor: one for all, or one each",
               config::positive() & config::not_empty());
  });

  config::Section base = root.enter("base", "where the flow begins");
  base.choice("kind", options.base, {"free_field", "generalized_gaussian"},
              "the distribution at t = 0: a free field for phi4, exp(-sum |x / width|^power) for other targets");
  base.when(options.base == "free_field", "kind = \"free_field\"", [&] {
    base.key("mass_squared", options.base_mass_squared,
             "M^2 of the free field; auto: 1 / (2 chi) with the susceptibility of the target, from a short Monte Carlo "
             "run",
             config::positive());
  });
  base.when(options.base == "generalized_gaussian", "kind = \"generalized_gaussian\"", [&] {
    base.key("width", options.base_shape.width, "of |x / width|^power; sqrt(2) and power 2 are a standard normal",
             config::positive());
    base.key("power", options.base_shape.power, "2 is a normal distribution; default 4 for the double well",
             config::at_least(1));
  });

  config::Section field = root.enter("field", "the vector field");
  field.choice("kind", options.field, {"heat_kernel", "random_features"},
               "on a lattice or circle: smear, pointwise odd functions, smear again; or random steps in any space");
  field.when(options.field == "heat_kernel", "kind = \"heat_kernel\"", [&] {
    field.key("scales", options.training.scales,
              "times of the heat kernels in lattice units; empty: 0, 0.15, and on by factors 2.5 up to 1 / M^2",
              config::at_least(0));
    field.key("features", options.training.features, "odd functions per scale: the linear one and sines",
              config::at_least(1));
    field.key("max_frequency", options.training.max_frequency,
              "of the sines, in units of 1 / typical size of the field", config::positive());
  });
  field.when(options.field == "random_features", "kind = \"random_features\"", [&] {
    if (well) options.random_features.odd = true;
    field.key("count", options.random_features.count, "steps, by which the field is built up", config::at_least(0));
    field.key("shortest", options.shortest_length, "length of the steepest; auto: the width of the narrowest mode",
              config::positive());
    field.key("longest", options.longest_length,
              "length of the gentlest, and how far out steps lie; auto: how far the target extends",
              config::positive());
    field.key("odd", options.random_features.odd, "only fields with V(-x) = -V(x), for even targets");
  });

  config::Section path = root.enter("path", "what lies between base and target");
  root.when(phi4, "target.kind = \"phi4\"", [&] {
    path.key("walkers", options.training.path.walkers, "walkers of the pilot run that keeps the correlation length",
             config::at_least(128));
    path.key("nodes", options.training.path.nodes, "couplings visited", config::at_least(6));
    path.key("passes", options.training.path.passes, "runs that are averaged", config::at_least(1));
    path.key("updates", options.training.path.updates, "Monte Carlo updates at every node", config::at_least(1));
  });
  double& power = phi4 ? options.training.path.power : options.path_power;
  path.key("power", power, "p in lambda(t) = lambda t^p, or in the share u = t^p of the target", config::at_least(1));
  root.when(phi4, "target.kind = \"phi4\"", [&] {
    path.key("target_chains", options.training.target.chains, "chains of the short run at the target, a multiple of 8",
             config::at_least(8));
    path.key("target_thermalisation", options.training.target.thermalisation, "its updates before the first sample",
             config::at_least(0));
    path.key("target_interval", options.training.target.interval, "its updates between samples", config::at_least(1));
  });
  root.when(mixture, "target.kind = \"gaussian_mixture\"", [&] {
    path.choice("kind", options.path_kind, {"linear", "diffusion"},
                "(1 - u) f_0 + u f_1; or modes that part and keep their weights, from a normal base");
  });

  config::Section refresh = root.enter("refresh", "hybrid Monte Carlo that refreshes walkers along the path");
  root.when(!phi4, "target.kind = \"double_well\" or \"gaussian_mixture\"", [&] {
    refresh.key("trajectories", options.refresh.trajectories, "at every time", config::at_least(0));
    refresh.key("steps", options.refresh.steps, "leapfrog steps of each", config::at_least(1));
    refresh.key("acceptance", options.refresh.acceptance, "to which step sizes are tuned", config::between(0.1, 0.99));
  });

  config::Section train = root.enter("train", "how the flow is trained");
  train.choice("method", options.method, {"least_squares"}, "closed form, then Gauss-Newton on whole trajectories");
  root.when(phi4, "target.kind = \"phi4\"", [&] {
    train.key("sizes", options.train_sizes, "lattices it is trained on, at once", config::not_empty());
  });
  bind_precision(train, options.train_precision, "of fields and features; regressions are float64");
  bind_regression(train, options.training.regression);

  config::Section evaluate = root.enter("evaluate", "how the flow is judged");
  root.when(phi4, "target.kind = \"phi4\"",
            [&] { evaluate.key("sizes", options.evaluate_sizes, "lattices, trained on or not", config::not_empty()); });
  evaluate.key("samples", options.evaluation.samples, "fresh samples on each", config::at_least(16));
  evaluate.key("steps", options.evaluation.steps, "Runge-Kutta steps", config::at_least(1));
  evaluate.key("halved", options.evaluation.halved, "samples repeated with half the step, to bound its error",
               config::at_least(0));
  evaluate.key("updates", options.evaluation.updates,
               "Monte Carlo updates on the way of a sample, with Jarzynski weights; 0: the flow alone",
               config::at_least(0));
  bind_precision(evaluate, options.evaluate_precision, "of fields; energies and weights are float64");

  config::Section truth =
      root.enter("truth", "samples of the target, independent of the flow, by Monte Carlo or exact");
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
  if (lattice_theory() != (base == "free_field"))
    throw ConfigError(
        fmt::format("base.kind = \"{}\" with target.kind = \"{}\" (phi4 begins at a free field, other "
                    "targets at a generalised Gaussian); leave base.kind out",
                    base, target.kind));
  if (!lattice_theory()) {
    mixture.validate();
    well.validate();
    base_shape.validate();
    refresh.validate();
    if (field == "heat_kernel" && target.kind != "double_well")
      throw ConfigError(
          "field.kind = \"heat_kernel\" for a Gaussian mixture (heat kernels need a lattice or a circle); "
          "use \"random_features\"");
    if (path_kind == "diffusion" && base_shape.power != 2)
      throw ConfigError(
          fmt::format("base.power = {} with path.kind = \"diffusion\" (its base is a normal distribution); "
                      "use 2",
                      base_shape.power));
    return;
  }
  if (field != "heat_kernel")
    throw ConfigError(
        "field.kind = \"random_features\" for phi4 (a field on a lattice must not depend on the lattice); "
        "use \"heat_kernel\"");
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
