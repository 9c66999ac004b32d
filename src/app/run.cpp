// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "app/commands.h"
#include "app/experiment.h"
#include "app/run_session.h"
#include "app/session.h"
#include "app/tasks/registry.h"
#include "base/error.h"
#include "base/log.h"
#include "config/read.h"
#include "parallel/joint_work.h"

namespace floe::app {
namespace {

struct RunOptions {
  SessionOptions session;
  std::vector<std::string> words;  ///< the experiment and the overrides
  std::string directory;
  bool quick = false;
  bool dry_run = false;
  bool dump_default = false;
};

/// What the words name: an experiment (with its overrides applied) or a run to go on with.
struct Request {
  config::Document document;
  std::string name;
  std::string given;
  bool is_run = false;
};

bool is_override(const std::string& word) {
  std::error_code ignored;
  return word.find('=') != std::string::npos && !std::filesystem::exists(word, ignored);
}

Request read_request(const RunOptions& options) {
  Request request;
  std::vector<std::string> overrides;
  for (const std::string& word : options.words) {
    if (is_override(word)) {
      overrides.push_back(word);
    } else if (request.given.empty()) {
      request.given = word;
    } else {
      throw ConfigError(
          fmt::format("'{}' is a second experiment after '{}' (one is run at a time); overrides are key=value", word,
                      request.given));
    }
  }
  if (!request.given.empty()) {
    const ExperimentFile file = find_experiment(request.given);
    request.document = config::Document::from_file(file.path);
    request.name = file.name;
    request.is_run = RunDirectory::is_run(request.given);
  } else if (!options.dump_default) {
    throw ConfigError("no experiment was named (floe run needs one); choose one of those that floe list prints");
  }
  if (options.quick) request.document.apply_quick();
  for (const std::string& assignment : overrides) request.document.apply_override(assignment);
  return request;
}

/// A complete commented experiment file: of an experiment, or of a task with its defaults.
void dump_default(const Request& request) {
  if (request.given.empty() && request.document.root().table.empty()) {
    fmt::print("{}", config::to_toml(declare_task(task_names().front(), false), config::Comments::help));
    return;
  }
  fmt::print("{}", config::to_toml(read_experiment(request.document).declaration, config::Comments::help));
}

std::filesystem::path choose_directory(const RunOptions& options, const Request& request) {
  if (request.is_run) {
    if (!options.directory.empty()) {
      throw ConfigError(fmt::format(
          "--run-dir cannot be used with the run '{}' (a run goes on where it is); leave it out", request.given));
    }
    return request.given;
  }
  if (!options.directory.empty()) return options.directory;
  std::string name = request.name;
  std::replace(name.begin(), name.end(), '/', '-');  // the run of a further file does not lie in that of config.toml
  return RunDirectory::unused("runs", options.quick ? name + "-quick" : name);
}

/// Collective: rank 0 chooses and prepares.
RunDirectory prepare_directory(const RunOptions& options, const Request& request, const Experiment& experiment) {
  const parallel::Communicator ranks;
  std::string path;
  parallel::work_together(ranks, [&](parallel::JointWork&) {
    if (ranks.root()) path = RunDirectory::prepare(choose_directory(options, request), experiment.resolved()).path();
  });
  return RunDirectory::open(ranks.broadcast(path));
}

int run(const RunOptions& options) {
  const int threads = start_session(options.session);
  const Request request = read_request(options);
  if (options.dump_default) {
    dump_default(request);
    return exit_complete;
  }
  const Experiment experiment = read_experiment(request.document);
  if (options.dry_run) {
    fmt::print("{}\n", experiment.resolved());
    for (const std::string& line : experiment.task->plan()) fmt::print("# {}\n", line);
    return exit_complete;
  }
  if (!experiment.task->collective()) require_one_rank(fmt::format("task = \"{}\"", experiment.task_name));
  const StopSignal stop;
  const RunDirectory directory = prepare_directory(options, request, experiment);
  if (directory.complete()) {
    logging::info("the run in {} is complete", directory.path().string());
    return exit_complete;
  }
  RunSession session(directory, experiment, request.name, threads);
  const Ending ending = experiment.task->run(session.context(stop));
  return session.finish(ending, directory.summary());
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      app.add_subcommand("run", "Train, sample or generate what an experiment describes, or go on with a run");
  command->add_option(
      "experiment", options->words,
      "an experiment (see floe list), the path of a config.toml or a run directory; then key=value overrides");
  command->add_option("--run-dir", options->directory, "where to keep the run (runs/<experiment> if it is new)");
  command->add_flag("--quick", options->quick, "the quick variant: apply the overrides in [quick]");
  command->add_flag("--dry-run", options->dry_run,
                    "check everything, print the configuration and the plan, write nothing");
  command->add_flag("--dump-default", options->dump_default, "print a complete commented experiment file");
  add_session_options(*command, options->session);
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace floe::app
