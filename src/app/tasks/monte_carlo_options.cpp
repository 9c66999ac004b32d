// SPDX-License-Identifier: MIT
#include "app/tasks/monte_carlo_options.h"

namespace floe::lattice {
namespace {

void bind_hmc(config::Section& section, HmcOptions& options) {
  section.choice("integrator", options.method,
                 {{"leapfrog", ode::SymplecticMethod::leapfrog}, {"fourth_order", ode::SymplecticMethod::fourth_order}},
                 "molecular dynamics");
  section.key("trajectory_length", options.trajectory_length,
              "molecular-dynamics time of a trajectory; pi/2 suits fourier_hmc", config::positive());
  section.key("jitter", options.jitter, "each trajectory's length varies uniformly by up to this fraction",
              config::at_least(0) & config::below(1));
  section.key("initial_step", options.initial_step, "step size before it is adapted", config::positive());
  section.key("target_acceptance", options.target_acceptance, "what the step size is adapted to",
              config::above(0) & config::below(1));
  section.key("max_steps", options.max_steps, "steps of a trajectory at most", config::at_least(1));
}

void bind_cluster(config::Section& section, WolffOptions& options) {
  section.choice("clusters", options.clusters, {{"one", ClusterChoice::one}, {"all", ClusterChoice::all}},
                 "flip the cluster of a random site (Wolff), or every cluster with probability 1/2 (Swendsen-Wang)");
  section.key("cluster_updates", options.cluster_updates, "cluster updates in one update", config::at_least(1));
  section.choice("radial", options.radial, {{"metropolis", RadialUpdate::metropolis}, {"hmc", RadialUpdate::hmc}},
                 "what changes |phi| between cluster updates");
  section.key("sweeps", options.sweeps, "local sweeps, or trajectories, in one update", config::at_least(1));
}

}  // namespace

void bind(config::Section& section, MonteCarloOptions& options) {
  section.choice("algorithm", options.algorithm,
                 {{"wolff", Algorithm::wolff}, {"hmc", Algorithm::hmc}, {"fourier_hmc", Algorithm::fourier_hmc}},
                 "cluster updates with local sweeps, hybrid Monte Carlo, or that with Fourier acceleration");
  section.key("chains", options.chains, "independent chains, a multiple of 8", config::at_least(8));
  section.key("thermalisation", options.thermalisation, "updates of each chain before the first measurement",
              config::at_least(0));
  section.key("measurements", options.measurements, "measurements of each chain", config::at_least(1));
  section.key("interval", options.interval, "updates between measurements", config::at_least(1));
  section.key("start_width", options.start_width,
              "standard deviation of the independent normals that chains start from", config::at_least(0));
  const bool wolff = options.algorithm == Algorithm::wolff;
  section.when(wolff, "algorithm = \"wolff\"", [&] {
    bind_cluster(section, options.wolff);
    section.when(options.wolff.radial == RadialUpdate::metropolis, "radial = \"metropolis\"", [&] {
      section.key("hits", options.wolff.local.hits, "proposals per site and sweep", config::at_least(1));
      section.key("local_acceptance", options.wolff.local.target_acceptance, "what the proposal width is adapted to",
                  config::above(0) & config::below(1));
      section.key("initial_width", options.wolff.local.initial_width, "half width of the first proposals",
                  config::positive());
    });
    section.when(options.wolff.radial == RadialUpdate::hmc, "radial = \"hmc\"",
                 [&] { bind_hmc(section, options.hmc); });
  });
  section.when(options.algorithm == Algorithm::hmc, "algorithm = \"hmc\"", [&] { bind_hmc(section, options.hmc); });
  section.when(options.algorithm == Algorithm::fourier_hmc, "algorithm = \"fourier_hmc\"", [&] {
    bind_hmc(section, options.hmc);
    section.key("fourier_mass_squared", options.fourier.mass_squared,
                "m^2 of the mass; 0 finds it from the two-point function during thermalisation", config::at_least(0));
  });
}

}  // namespace floe::lattice
