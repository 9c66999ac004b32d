// SPDX-License-Identifier: MIT
#include "app/tasks/monte_carlo_results.h"

#include "base/log.h"
#include "config/lattice_size.h"

namespace floe::app {

Record ensemble_record(const lattice::Geometry& geometry, const lattice::Observables& observables,
                       const lattice::Series& series) {
  Record record;
  record.set("size", geometry.sizes());
  record.set("samples", Value(std::int64_t{series.total()}));
  bool windows_found = true;
  const std::vector<lattice::Quantity> quantities = observables.quantities();
  const std::vector<lattice::Estimate> estimates = lattice::gamma_method(series, quantities);
  for (std::size_t i = 0; i < quantities.size(); ++i) {
    record.set(quantities[i].name, estimates[i].value);
    record.set(quantities[i].name + "_error", estimates[i].error);
    if (quantities[i].name != "susceptibility") continue;
    record.set("tau_int", estimates[i].tau_int);
    record.set("tau_int_error", estimates[i].tau_int_error);
    windows_found = estimates[i].window_found;
  }
  if (!windows_found) {
    logging::warning(
        "{}: the chains are too short for their autocorrelation, so the errors are too small; take more measurements",
        config::format_lattice_size(geometry.sizes()));
  }
  return record;
}

Record simulation_record(const lattice::MonteCarlo& simulation) {
  Record record = ensemble_record(simulation.geometry(), simulation.observables(), simulation.series());
  const lattice::UpdateStatistics statistics = simulation.statistics();
  record.set("acceptance", statistics.acceptance);
  const lattice::MonteCarloOptions& options = simulation.options();
  if (options.algorithm == lattice::Algorithm::wolff) record.set("flipped", statistics.flipped);
  if (options.algorithm != lattice::Algorithm::wolff || options.wolff.radial == lattice::RadialUpdate::hmc) {
    record.set("boltzmann", statistics.boltzmann);
  }
  return record;
}

std::vector<std::string> ensemble_columns() {
  return {"size", "samples", "susceptibility", "phi_squared", "binder", "xi_second_moment", "tau_int", "acceptance"};
}

}  // namespace floe::app
