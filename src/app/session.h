// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace floe::app {

/// The exit codes of the command, a stable interface for scripts and batch jobs.
enum ExitCode { exit_complete = 0, exit_error = 1, exit_stopped = 2, exit_usage = 64 };

/// Options of every subcommand that computes.
struct SessionOptions {
  int threads = 0;
  std::string log_level = "info";
};

void add_session_options(CLI::App& command, SessionOptions& options);

/// Sets the log level and the number of threads, by default this rank's part of its machine; returns the number. Ranks
/// other than the first log errors only. Throws ConfigError.
int start_session(const SessionOptions& options);

/// Throws ConfigError where several ranks were started for what one process does.
void require_one_rank(const std::string& what);

/// The words of this command line, for logs and the provenance of files.
const std::string& command_line();
void set_command_line(int argc, const char* const* argv);

}  // namespace floe::app
