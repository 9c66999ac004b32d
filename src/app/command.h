// SPDX-License-Identifier: MIT
#pragma once

namespace floe::app {

/// The command `floe`: parses the command line, runs the subcommand, turns every error into one line on standard error
/// and an exit code (see ExitCode).
int run_command(int argc, const char* const* argv);

}  // namespace floe::app
