// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "app/experiment.h"
#include "app/tasks/run_directory.h"
#include "app/tasks/summary.h"
#include "app/tasks/task.h"
#include "parallel/communicator.h"

namespace floe::app {

/// The frame around the work of a task in a run directory: log file, clock, versions, summary, and the table on
/// standard output.
class RunSession final {
 public:
  /// Opens the log of the run. The arguments must outlive the object.
  RunSession(const RunDirectory& directory, const Experiment& experiment, const std::string& name, int threads);
  ~RunSession();
  RunSession(const RunSession&) = delete;
  RunSession& operator=(const RunSession&) = delete;

  TaskContext context(const StopSignal& stop);

  /// Writes the summary to `file` (nothing if empty), prints the results and returns the exit code.
  int finish(Ending ending, const std::filesystem::path& file);

 private:
  const RunDirectory& directory_;
  const Experiment& experiment_;
  Summary summary_;
  parallel::Communicator ranks_;  ///< the first of them writes
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace floe::app
