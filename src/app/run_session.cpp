// SPDX-License-Identifier: MIT
#include "app/run_session.h"

#include <fmt/format.h>

#include "app/session.h"
#include "app/versions.h"
#include "base/log.h"
#include "base/progress.h"

namespace floe::app {

RunSession::RunSession(const RunDirectory& directory, const Experiment& experiment, const std::string& name,
                       int threads)
    : directory_(directory), experiment_(experiment) {
  summary_.task = experiment.task_name;
  summary_.experiment = name;
  summary_.threads = threads;
  summary_.versions = versions();
  summary_.ranks = ranks_.size();
  if (!ranks_.root()) return;
  logging::open_file(directory.log());
  logging::info("{}: {}", directory.path().string(), command_line());
  logging::info("floe {} ({}), {} thread{}", summary_.versions[0].second, summary_.versions[1].second, threads,
                threads == 1 ? "" : "s");
}

RunSession::~RunSession() {
  logging::close_file();
}

TaskContext RunSession::context(const StopSignal& stop) {
  return {.directory = directory_,
          .stop = stop,
          .seed = experiment_.seed,
          .config_text = experiment_.resolved(),
          .command_line = command_line(),
          .summary = summary_};
}

int RunSession::finish(Ending ending, const std::filesystem::path& file) {
  summary_.status = ending == Ending::complete ? "complete" : "stopped";
  summary_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const bool resumable = file == directory_.summary();  // an evaluation that was stopped leaves the one before it
  if (ranks_.root() && !file.empty() && (resumable || ending == Ending::complete)) write_summary(file, summary_);
  if (!summary_.results.empty()) fmt::print("{}", format_table(summary_.results, summary_.columns));
  if (ending == Ending::stopped && !resumable) {
    logging::warning("stopped after {}, and nothing was written; give the command again to start over",
                     format_duration(summary_.seconds));
    return exit_stopped;
  }
  if (ending == Ending::stopped) {
    logging::warning("stopped after {} with a checkpoint; go on with: floe run {}", format_duration(summary_.seconds),
                     directory_.path().string());
    return exit_stopped;
  }
  logging::info("complete after {}", format_duration(summary_.seconds));
  return exit_complete;
}

}  // namespace floe::app
