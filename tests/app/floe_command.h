// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "support/command.h"

namespace floe::test {

/// Runs the command that was built with these arguments.
inline CommandResult run_floe(const std::string& arguments, const std::filesystem::path& directory) {
  return run_command(std::string("'") + FLOE_COMMAND + "' " + arguments, directory);
}

/// A simulation of a second or less.
inline const char* const small_ensemble = R"(task = "ensemble"
seed = 7
[target]
kind = "phi4"
mass_squared = -4.0
coupling = 6.975
[monte_carlo]
sizes = ["4x4"]
chains = 8
thermalisation = 50
measurements = 200
[output]
interval = 50
)";

/// A flow that is trained and judged in a second.
inline const char* const small_flow = R"(task = "flow"
seed = 7
[target]
kind = "phi4"
mass_squared = -4.0
coupling = 6.975
[path]
walkers = 128
nodes = 8
passes = 1
[train]
sizes = ["4x4"]
walkers = 256
nodes = 8
trajectories = 256
validation = 64
refinements = 1
steps = 8
[evaluate]
sizes = ["4x4"]
samples = 256
steps = 8
halved = 64
[truth]
chains = 16
thermalisation = 50
measurements = 50
carried_back = 256
)";

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

}  // namespace floe::test
