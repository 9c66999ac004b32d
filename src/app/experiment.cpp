// SPDX-License-Identifier: MIT
#include "app/experiment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "app/tasks/registry.h"
#include "base/error.h"
#include "base/files.h"
#include "base/nearest.h"
#include "config/read.h"

namespace floe::app {

namespace fs = std::filesystem;

namespace {

constexpr const char* file_name = "config.toml";
constexpr const char* expectations_name = "expected.toml";

/// Whether a name that is none of the experiments was meant as a path. "<folder>/<file>" of an experiment was not.
bool looks_like_path(const std::string& given, const std::vector<std::string>& names) {
  if (given.ends_with(".toml")) return true;
  const std::size_t slash = given.find('/');
  return slash != std::string::npos && std::find(names.begin(), names.end(), given.substr(0, slash)) == names.end();
}

std::string folder_name(const fs::path& file) {
  std::error_code ignored;
  const fs::path full = fs::weakly_canonical(file, ignored);
  return (full.empty() ? file : full).parent_path().filename().string();
}

/// The name of an experiment by its file.
std::string name_of(const fs::path& file) {
  if (file.filename() == file_name) return folder_name(file);
  std::error_code ignored;
  const bool beside = fs::is_regular_file(file.parent_path() / file_name, ignored);
  return beside ? fmt::format("{}/{}", folder_name(file), file.stem().string()) : file.stem().string();
}

/// The experiment files of a folder; none unless it has a config.toml.
std::vector<fs::path> files_of(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_regular_file(folder / file_name, ignored)) return {};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const fs::path& path = entry.path();
    if (path.extension() == ".toml" && path.filename() != expectations_name && entry.is_regular_file(ignored)) {
      files.push_back(path);
    }
  }
  return files;
}

void bind_common(config::Section& root, Experiment& experiment) {
  const std::vector<std::string> names = task_names();
  if (experiment.task_name.empty()) experiment.task_name = names.front();
  root.choice("task", experiment.task_name, names, "what the experiment does");
  root.key("description", experiment.description, "one sentence for lists and reports");
  root.key("seed", experiment.seed, "the only source of randomness", config::at_least(0));
  experiment.task = make_task(experiment.task_name);
  experiment.task->bind(root);
}

}  // namespace

ExperimentFile find_experiment(const std::string& given) {
  std::error_code ignored;
  if (fs::is_directory(given, ignored) && fs::is_regular_file(fs::path(given) / file_name, ignored)) {
    const fs::path path = fs::path(given) / file_name;
    return {folder_name(path), path};
  }
  for (const std::string& file : {given, given + ".toml"}) {
    if (fs::is_regular_file(file, ignored)) return {name_of(file), file};
  }
  std::vector<std::string> names;
  for (ExperimentFile& experiment : list_experiments()) {
    if (experiment.name == given) return experiment;
    names.push_back(experiment.name);
  }
  if (looks_like_path(given, names)) {
    if (fs::is_directory(given, ignored)) {
      throw ConfigError(
          fmt::format("'{}' is no experiment (the folder has no {}); give a folder that has one", given, file_name));
    }
    throw_io_error("read", given, ENOENT);
  }
  std::vector<std::string> searched;
  for (const fs::path& folder : experiment_folders()) searched.push_back(folder.string());
  throw ConfigError(fmt::format(
      "there is no experiment '{}' (searched {}); {}", given,
      searched.empty() ? "nowhere: there is no folder experiments" : fmt::format("{}", fmt::join(searched, ", ")),
      suggestion(given, names)));
}

std::vector<fs::path> experiment_folders() {
  std::vector<fs::path> candidates;
  if (const char* variable = std::getenv("FLOE_EXPERIMENTS")) candidates.emplace_back(variable);
  candidates.emplace_back("experiments");
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  if (!program.empty()) candidates.push_back(program.parent_path().parent_path() / "share/floe/experiments");
  candidates.emplace_back(FLOE_SOURCE_EXPERIMENTS);

  std::vector<fs::path> folders;
  for (const fs::path& candidate : candidates) {
    if (!fs::is_directory(candidate, ignored)) continue;
    const bool known = std::any_of(folders.begin(), folders.end(),
                                   [&](const fs::path& folder) { return fs::equivalent(folder, candidate, ignored); });
    if (!known) folders.push_back(candidate);
  }
  return folders;
}

std::vector<ExperimentFile> list_experiments() {
  std::vector<ExperimentFile> experiments;
  std::error_code ignored;
  for (const fs::path& folder : experiment_folders()) {
    std::vector<ExperimentFile> found;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
      // The first folder with an experiment of a name has all of its files.
      const std::string name = entry.path().filename().string();
      const bool known =
          std::any_of(experiments.begin(), experiments.end(), [&](const auto& e) { return e.name == name; });
      if (known) continue;
      for (const fs::path& path : files_of(entry.path())) {
        const bool first = path.filename() == file_name;
        found.push_back({first ? name : fmt::format("{}/{}", name, path.stem().string()), path});
      }
    }
    experiments.insert(experiments.end(), found.begin(), found.end());
  }
  std::sort(experiments.begin(), experiments.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return experiments;
}

std::string Experiment::resolved() const {
  return config::to_toml(declaration, config::Comments::none);
}

Experiment read_experiment(const config::Document& document) {
  // Keys are judged as those of a task, so a missing or misspelt task comes first.
  if (!document.root().find("task")) {
    throw ConfigError(fmt::format("{}: task is missing (it has no default); add a line such as task = \"{}\"",
                                  document.name().empty() ? "command line" : document.name(), task_names().front()));
  }
  Experiment experiment;
  experiment.declaration = config::read(document, [&](config::Section& root) { bind_common(root, experiment); });
  experiment.task->validate();
  return experiment;
}

config::Declaration declare_task(const std::string& task_name, bool every_branch) {
  Experiment experiment;
  make_task(task_name);  // refuses a name that is none
  experiment.task_name = task_name;
  const config::BindFunction bind_all = [&](config::Section& root) { bind_common(root, experiment); };
  return every_branch ? config::declare_all(bind_all) : config::read(config::Document(), bind_all);
}

}  // namespace floe::app
