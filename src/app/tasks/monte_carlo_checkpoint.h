// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "lattice/monte_carlo.h"

namespace floe::app {

/// Everything that a simulation needs to go on bit for bit, its measurements included. Throws IoError.
void save_simulation(const std::filesystem::path& path, const lattice::MonteCarlo& simulation);

/// Restores a simulation made with the same lattice, theory, options and seed; does nothing if there is no such file.
/// Throws DataError for a file that is of another simulation. Returns whether there was one.
bool restore_simulation(const std::filesystem::path& path, lattice::MonteCarlo& simulation);

}  // namespace floe::app
