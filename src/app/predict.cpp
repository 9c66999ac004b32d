// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <memory>

#include "app/commands.h"
#include "app/experiment.h"
#include "app/run_session.h"
#include "app/session.h"
#include "base/error.h"
#include "base/files.h"
#include "base/partial_file.h"

namespace floe::app {
namespace {

struct PredictOptions {
  SessionOptions session;
  std::string directory;
  std::string data;
  std::string output;
};

int predict(const PredictOptions& options) {
  require_one_rank("floe predict");
  const int threads = start_session(options.session);
  const RunDirectory directory = RunDirectory::open(options.directory);
  const Experiment experiment = read_experiment(config::Document::from_file(directory.config()));
  std::error_code ignored;
  if (!std::filesystem::exists(options.data, ignored)) throw_io_error("read", options.data, ENOENT);
  if (std::filesystem::equivalent(options.data, options.output, ignored)) {
    throw ConfigError(fmt::format("'{}' is to be read and written (the data would be lost); give another name with -o",
                                  options.data));
  }
  { const PartialFile probe(options.output); }  // before the work
  const StopSignal stop;
  RunSession session(directory, experiment, directory.path().filename().string(), threads);
  const Ending ending =
      experiment.task->predict(session.context(stop), {.data = options.data, .output = options.output});
  return session.finish(ending, {});
}

}  // namespace

void add_predict(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<PredictOptions>();
  CLI::App* command = app.add_subcommand("predict", "Apply a trained operator to data");
  command->add_option("run-dir", options->directory, "the directory of the run")->required();
  command->add_option("--data", options->data, "the file with the inputs, and the outputs to compare with")->required();
  command->add_option("-o,--output", options->output, "the HDF5 file to write: predictions and their errors")
      ->required();
  add_session_options(*command, options->session);
  command->callback([options, &exit_code] { exit_code = predict(*options); });
}

}  // namespace floe::app
