// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

namespace floe::app {

/// The subcommands of `floe data`, one file each.
void add_data_generate(CLI::App& data, int& exit_code);
void add_data_import(CLI::App& data, int& exit_code);
void add_data_inspect(CLI::App& data, int& exit_code);

}  // namespace floe::app
