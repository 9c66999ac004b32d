// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/tasks/run_directory.h"
#include "app/tasks/summary.h"
#include "base/error.h"
#include "base/signals.h"
#include "config/section.h"

namespace floe::app {

/// What a task is given beside the keys of its experiment.
struct TaskContext {
  const RunDirectory& directory;
  const StopSignal& stop;    ///< to be asked between steps; on request write a checkpoint and return Ending::stopped
  std::uint64_t seed;        ///< the only source of randomness
  std::string config_text;   ///< the resolved configuration, for the provenance of files
  std::string command_line;  ///< likewise
  Summary& summary;          ///< to be given `results` and `details`
};

struct SampleRequest {
  std::int64_t count = 0;
  std::vector<std::vector<int>> sizes;  ///< empty: those of the experiment
  std::filesystem::path output;
};

struct EvaluateRequest {
  std::vector<std::vector<int>> sizes;  ///< empty: those of the experiment
  std::vector<std::filesystem::path> data;
  std::int64_t samples = 0;  ///< 0: as the experiment says
};

struct PredictRequest {
  std::filesystem::path data;
  std::filesystem::path output;
};

enum class Ending { complete, stopped };

/// One kind of experiment, the value of `task`. bind() comes first, once; the others then work with what it read.
class Task {
 public:
  virtual ~Task() = default;

  /// Declares the keys and sections of the experiment file that belong to this task.
  virtual void bind(config::Section& root) = 0;
  /// Checks what concerns several keys. Throws ConfigError.
  virtual void validate() const = 0;
  /// Whether run() is collective over the ranks that MPI started; the others work in one process.
  virtual bool collective() const { return false; }
  /// What run() would do, a few lines for --dry-run. Allocates nothing large and writes nothing.
  virtual std::vector<std::string> plan() const = 0;
  /// Does it, or goes on with it from the checkpoints in the directory.
  virtual Ending run(const TaskContext& context) = 0;
  /// Draws samples with the finished run and writes them to a floe-dataset.
  virtual Ending sample(const TaskContext& context, const SampleRequest& request) = 0;
  /// Measures the finished run on other lattices or against data.
  virtual Ending evaluate(const TaskContext& context, const EvaluateRequest& request) = 0;
  /// Applies the finished run to data and writes what comes out. Throws ConfigError for a task without inputs.
  virtual Ending predict(const TaskContext&, const PredictRequest&) {
    throw ConfigError("this run cannot predict (it holds no operator); use floe sample");
  }
};

}  // namespace floe::app
