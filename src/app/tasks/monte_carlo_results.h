// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "app/tasks/record.h"
#include "lattice/error_analysis.h"
#include "lattice/monte_carlo.h"

namespace floe::app {

/// One result: the lattice, the number of measurements, every quantity of the observables with `<name>_error`, and the
/// integrated autocorrelation time of the susceptibility in measurements.
Record ensemble_record(const lattice::Geometry& geometry, const lattice::Observables& observables,
                       const lattice::Series& series);

/// The same for a simulation, with its acceptance.
Record simulation_record(const lattice::MonteCarlo& simulation);

/// Those columns of ensemble_record that fit a terminal.
std::vector<std::string> ensemble_columns();

}  // namespace floe::app
