// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "app/commands.h"
#include "app/experiment.h"
#include "app/session.h"
#include "app/tasks/registry.h"
#include "base/error.h"
#include "base/files.h"
#include "base/nearest.h"
#include "config/declaration.h"

namespace floe::app {
namespace {

void describe_task(const TaskEntry& task) {
  fmt::print("{}: {}\n\n", task.name, task.description);
  const config::Declaration declaration = declare_task(task.name, true);
  for (const config::KeyInfo& key : declaration.keys) {
    fmt::print("{} = {}\n    {} ({}{}{})\n", key.path, key.initial, key.help, key.type,
               key.range.empty() ? "" : ", " + key.range, key.condition.empty() ? "" : ", with " + key.condition);
  }
}

/// docs/config.md: every key of every task.
void print_reference() {
  fmt::print(
      "# Configuration reference\n\nWritten by `floe describe --reference`; do not edit. Keys of an experiment file, "
      "by task. "
      "The column *used with* names the\nonly setting with which a key is legal.\n");
  for (const TaskEntry& task : tasks()) {
    fmt::print("\n## task = \"{}\"\n\nThe task is to {}.\n\n{}", task.name, task.description,
               config::to_markdown(declare_task(task.name, true)));
  }
}

void describe_experiment(const ExperimentFile& file) {
  const std::filesystem::path readme = file.path.parent_path() / "README.md";
  std::error_code ignored;
  if (std::filesystem::is_regular_file(readme, ignored)) fmt::print("{}\n", read_file(readme));
  fmt::print("# {}\n{}", file.path.string(), read_file(file.path));
}

int describe(const std::string& name, bool reference) {
  if (reference) {
    print_reference();
    return exit_complete;
  }
  if (name.empty())
    throw ConfigError(
        "nothing was named (floe describe needs a task or an experiment); choose one that floe list prints");
  for (const TaskEntry& task : tasks()) {
    if (task.name == name) {
      describe_task(task);
      return exit_complete;
    }
  }
  std::vector<std::string> names = task_names();
  for (const ExperimentFile& file : list_experiments()) names.push_back(file.name);
  std::error_code ignored;
  if (!std::filesystem::exists(name, ignored) && std::find(names.begin(), names.end(), name) == names.end()) {
    throw ConfigError(fmt::format("there is no task or experiment '{}' (they are listed by floe list); {}", name,
                                  suggestion(name, names)));
  }
  describe_experiment(find_experiment(name));
  return exit_complete;
}

}  // namespace

void add_describe(CLI::App& app, int& exit_code) {
  struct Options {
    std::string name;
    bool reference = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("describe", "Explain a task with its keys, or an experiment");
  command->add_option("name", options->name, "a task or an experiment (see floe list)");
  command->add_flag("--reference", options->reference, "print the reference of all keys as Markdown");
  command->callback([options, &exit_code] { exit_code = describe(options->name, options->reference); });
}

}  // namespace floe::app
