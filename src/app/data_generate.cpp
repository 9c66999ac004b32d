// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>

#include "app/data.h"
#include "app/data_options.h"
#include "app/session.h"
#include "app/tasks/dataset_config.h"
#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/signals.h"
#include "io/xdmf.h"
#include "pde/generate.h"
#include "pde/registry.h"

namespace floe::app {
namespace {

struct GenerateWords {
  SessionOptions session;
  std::vector<std::string> words;  ///< the problem and its keys
  std::string config;
  std::string output;
  bool force = false;
  bool xdmf = false;
  bool dry_run = false;
  bool dump_default = false;
};

config::Document read_words(const GenerateWords& options) {
  config::Document document;
  if (!options.config.empty()) document = config::Document::from_file(options.config);
  std::string problem;
  for (const std::string& word : options.words) {
    if (word.find('=') != std::string::npos) continue;
    if (!problem.empty()) {
      throw ConfigError(
          fmt::format("'{}' is a second problem after '{}' (a file holds one); keys are key=value", word, problem));
    }
    problem = word;
    pde::make_problem(problem);
    document.apply_override(fmt::format("problem=\"{}\"", problem));
  }
  for (const std::string& word : options.words) {
    if (word.find('=') != std::string::npos) document.apply_override(word);
  }
  return document;
}

std::string plan(const DatasetConfig& dataset, const pde::GenerateRequest& request) {
  const io::DatasetDescription description = describe_dataset(*dataset.problem, dataset.options, request);
  return fields_in_words(description, "# ") + fmt::format("# {} samples, {:.3g} MB before compression\n",
                                                          dataset.options.count,
                                                          dataset_bytes(*dataset.problem, dataset.options) * 1e-6);
}

void write_sidecar(const std::filesystem::path& output) {
  std::filesystem::path xdmf = output;
  xdmf.replace_extension(".xdmf");
  const io::XdmfResult result = io::write_xdmf(output, xdmf);
  logging::info("{} shows {}", xdmf.string(), fmt::join(result.shown, ", "));
}

int report(const GenerateWords& options, const DatasetConfig& dataset, const pde::GenerateResult& result) {
  using Ending = pde::GenerateResult::Ending;
  if (result.ending == Ending::already_there) {
    logging::info("'{}' is there and complete: {} samples with these very keys", options.output, dataset.options.count);
  } else if (result.ending == Ending::stopped) {
    logging::warning("stopped after {} with {} samples made; give the command again to go on",
                     format_duration(result.seconds), result.made);
    return exit_stopped;
  } else {
    logging::info("{}: {} samples after {} ({:.3g} s per sample)", options.output, dataset.options.count,
                  format_duration(result.seconds),
                  result.made > 0 ? result.seconds / static_cast<double>(result.made) : 0.0);
  }
  if (options.xdmf && parallel::Communicator().root()) write_sidecar(options.output);
  return exit_complete;
}

int generate(const GenerateWords& options) {
  start_session(options.session);
  const DatasetConfig dataset = read_dataset(read_words(options));
  if (options.dump_default) {
    fmt::print("{}", config::to_toml(dataset.declaration(), config::Comments::help));
    return exit_complete;
  }
  pde::GenerateRequest request{.problem = dataset.problem_name,
                               .config = dataset.text(),
                               .command_line = command_line(),
                               .output = options.output,
                               .force = options.force};
  if (options.dry_run) {
    fmt::print("{}{}", request.config, plan(dataset, request));
    return exit_complete;
  }
  if (options.output.empty())
    throw ConfigError("no file was named (the samples have to go somewhere); give it with -o");
  const StopSignal stop;
  request.stop = [&stop] { return stop.requested(); };
  return report(options, dataset, pde::generate(*dataset.problem, dataset.options, request));
}

}  // namespace

void add_data_generate(CLI::App& data, int& exit_code) {
  auto options = std::make_shared<GenerateWords>();
  CLI::App* command = data.add_subcommand("generate", "Make a dataset of a problem, or go on with making it");
  command->add_option("problem", options->words,
                      "the problem (see floe list problems), then key=value (see floe describe <problem>)");
  command->add_option("-o,--output", options->output, "the HDF5 file to write");
  command->add_option("--config", options->config, "a TOML file with these keys");
  command->add_flag("--force", options->force, "replace a file, or parts, of other keys");
  command->add_flag("--xdmf", options->xdmf, "write an XDMF file beside it, for ParaView");
  command->add_flag("--dry-run", options->dry_run, "check everything, print the keys and the fields, write nothing");
  command->add_flag("--dump-default", options->dump_default, "print all keys with comments");
  add_session_options(*command, options->session);
  command->callback([options, &exit_code] { exit_code = generate(*options); });
}

}  // namespace floe::app
