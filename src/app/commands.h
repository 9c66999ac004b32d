// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>

namespace floe::app {

/// Each adds its subcommand, which stores the exit code when it was chosen; one file per subcommand.
void add_run(CLI::App& app, int& exit_code);
void add_sample(CLI::App& app, int& exit_code);
void add_evaluate(CLI::App& app, int& exit_code);
void add_predict(CLI::App& app, int& exit_code);
void add_data(CLI::App& app, int& exit_code);
void add_list(CLI::App& app, int& exit_code);
void add_describe(CLI::App& app, int& exit_code);

}  // namespace floe::app
