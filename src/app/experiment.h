// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/tasks/task.h"
#include "config/declaration.h"
#include "config/document.h"

namespace floe::app {

/// An experiment file that was found.
struct ExperimentFile {
  std::string name;  ///< that of its folder; "<folder>/<file>" for a further file beside config.toml
  std::filesystem::path path;
};

/// Finds an experiment by its name in list_experiments(), by the path of a folder that holds config.toml, or by the
/// path of the file (.toml may be left out). Throws ConfigError, naming the nearest experiment, or IoError for a file
/// that is missing.
ExperimentFile find_experiment(const std::string& given);

/// Where experiments are looked for: $FLOE_EXPERIMENTS, ./experiments, those installed beside the command, those of the
/// sources it was built from. Only folders that exist, each once.
std::vector<std::filesystem::path> experiment_folders();

/// All experiments of these folders by name: "<folder>" for its config.toml, and "<folder>/<file>" for every further
/// <file>.toml there but expected.toml.
std::vector<ExperimentFile> list_experiments();

/// An experiment that is ready to run: its task has read and checked its keys.
struct Experiment {
  std::string task_name;
  std::string description;
  std::uint64_t seed = 1;
  std::unique_ptr<Task> task;
  config::Declaration declaration;

  /// The configuration as it is saved in the run directory.
  std::string resolved() const;
};

/// Reads a document into the task that it names. Throws ConfigError.
Experiment read_experiment(const config::Document& document);

/// Declares the keys that every experiment has and those of the task, with the defaults.
config::Declaration declare_task(const std::string& task_name, bool every_branch);

}  // namespace floe::app
