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
#include "config/lattice_size.h"

namespace floe::app {
namespace {

struct EvaluateOptions {
  SessionOptions session;
  std::string directory;
  std::string sizes;
  std::vector<std::string> data;
  std::int64_t samples = 0;
};

int evaluate(const EvaluateOptions& options) {
  const int threads = start_session(options.session);
  require_one_rank("floe evaluate");
  if (options.samples < 0) {
    throw ConfigError(
        fmt::format("--samples {} cannot be used (it must be positive); give the number of samples", options.samples));
  }
  EvaluateRequest request;
  request.samples = options.samples;
  if (!options.sizes.empty()) request.sizes = config::parse_lattice_sizes(options.sizes);
  for (const std::string& file : options.data) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) throw_io_error("read", file, ENOENT);
    request.data.emplace_back(file);
  }
  const RunDirectory directory = RunDirectory::open(options.directory);
  const Experiment experiment = read_experiment(config::Document::from_file(directory.config()));
  const StopSignal stop;
  RunSession session(directory, experiment, directory.path().filename().string(), threads);
  const Ending ending = experiment.task->evaluate(session.context(stop), request);
  return session.finish(ending, directory.path() / "evaluation.json");
}

}  // namespace

void add_evaluate(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* command = app.add_subcommand("evaluate", "Measure a run on other lattices, resolutions or datasets");
  command->add_option("run-dir", options->directory, "the directory of the run")->required();
  command->add_option("--size", options->sizes, "lattices, for example 8,16x16,32");
  command->add_option("--data", options->data, "datasets to compare with, for example Monte Carlo samples");
  command->add_option("--samples", options->samples, "samples per lattice (those of the experiment if left out)");
  add_session_options(*command, options->session);
  command->callback([options, &exit_code] { exit_code = evaluate(*options); });
}

}  // namespace floe::app
