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

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

}  // namespace floe::test
