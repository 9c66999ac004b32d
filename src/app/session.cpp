// SPDX-License-Identifier: MIT
#include "app/session.h"

#include "base/log.h"
#include "base/threads.h"

namespace floe::app {
namespace {

std::string& stored_command_line() {
  static std::string line = "floe";
  return line;
}

}  // namespace

void add_session_options(CLI::App& command, SessionOptions& options) {
  command.add_option("--threads", options.threads, "threads to compute with; 0 takes every processor")
      ->capture_default_str();
  command.add_option("--log-level", options.log_level, "debug, info, warning, error or quiet")->capture_default_str();
}

int start_session(const SessionOptions& options) {
  logging::set_level(logging::parse_level(options.log_level));
  return set_threads(options.threads);
}

const std::string& command_line() {
  return stored_command_line();
}

void set_command_line(int argc, const char* const* argv) {
  std::string line = "floe";
  for (int i = 1; i < argc; ++i) line.append(" ").append(argv[i]);
  stored_command_line() = line;
}

}  // namespace floe::app
