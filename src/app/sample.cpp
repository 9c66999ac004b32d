// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <memory>

#include "app/commands.h"
#include "app/experiment.h"
#include "app/run_session.h"
#include "app/session.h"
#include "base/error.h"
#include "base/partial_file.h"
#include "config/lattice_size.h"

namespace floe::app {
namespace {

struct SampleOptions {
  SessionOptions session;
  std::string directory;
  std::int64_t count = 0;
  std::string sizes;
  std::string output;
};

int sample(const SampleOptions& options) {
  const int threads = start_session(options.session);
  require_one_rank("floe sample");
  if (options.count < 1) {
    throw ConfigError(
        fmt::format("--count {} cannot be used (it must be at least 1); give the number of samples", options.count));
  }
  SampleRequest request{.count = options.count, .sizes = {}, .output = options.output};
  if (!options.sizes.empty()) request.sizes = config::parse_lattice_sizes(options.sizes);
  const RunDirectory directory = RunDirectory::open(options.directory);
  const Experiment experiment = read_experiment(config::Document::from_file(directory.config()));
  { const PartialFile probe(request.output); }  // before hours of work
  const StopSignal stop;
  RunSession session(directory, experiment, directory.path().filename().string(), threads);
  const Ending ending = experiment.task->sample(session.context(stop), request);
  return session.finish(ending, {});
}

}  // namespace

void add_sample(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<SampleOptions>();
  CLI::App* command = app.add_subcommand("sample", "Draw samples from a trained flow or a Monte Carlo run");
  command->add_option("run-dir", options->directory, "the directory of the run")->required();
  command->add_option("--count", options->count, "how many samples")->required();
  command->add_option("--size", options->sizes, "the lattice, for example 32x32 (that of the run if left out)");
  command->add_option("-o,--output", options->output, "the HDF5 file to write")->required();
  add_session_options(*command, options->session);
  command->callback([options, &exit_code] { exit_code = sample(*options); });
}

}  // namespace floe::app
