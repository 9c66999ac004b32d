// SPDX-License-Identifier: MIT
#include "app/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/tasks/torch_part.h"
#include "base/error.h"
#include "base/log.h"
#include "base/threads.h"
#include "parallel/communicator.h"
#include "parallel/rank_threads.h"

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
  const parallel::Communicator ranks;
  const logging::Level level = logging::parse_level(options.log_level);
  logging::set_level(ranks.root() ? level : std::max(level, logging::Level::error));
  const int threads =
      set_threads(options.threads == 0 && ranks.size() > 1 ? parallel::fair_threads() : options.threads);
  if (ranks.size() > 1) logging::info("{} ranks, {} thread{} each", ranks.size(), threads, threads == 1 ? "" : "s");
  prepare_torch(threads);
  return threads;
}

void require_one_rank(const std::string& what) {
  const parallel::Communicator ranks;
  if (ranks.size() == 1) return;
  throw ConfigError(
      fmt::format("{} processes were started for {} (it works in one process, on all its threads); start "
                  "it without mpirun",
                  ranks.size(), what));
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
