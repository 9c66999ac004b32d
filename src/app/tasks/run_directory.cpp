// SPDX-License-Identifier: MIT
#include "app/tasks/run_directory.h"

#include <fmt/format.h>

#include "app/tasks/summary.h"
#include "base/error.h"
#include "base/files.h"

namespace floe::app {

namespace fs = std::filesystem;

RunDirectory RunDirectory::prepare(const fs::path& path, const std::string& resolved_config) {
  RunDirectory directory(path);
  std::error_code problem;
  if (is_run(path)) {
    if (read_file(directory.config()) != resolved_config) {
      throw ConfigError(
          fmt::format("'{}' holds a run with another configuration (see its config.toml); choose another --run-dir, or "
                      "resume that run with: floe run {}",
                      path.string(), path.string()));
    }
    return directory;
  }
  if (fs::is_directory(path, problem) && !fs::is_empty(path, problem)) {
    throw ConfigError(
        fmt::format("'{}' is not empty and holds no run (its files could be overwritten); choose another --run-dir",
                    path.string()));
  }
  make_directories(directory.checkpoints());
  write_file_atomically(directory.config(), resolved_config);
  return directory;
}

RunDirectory RunDirectory::open(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    throw ConfigError(
        fmt::format("there is no run directory '{}' (the path does not exist); check the path", path.string()));
  }
  if (!is_run(path)) {
    throw ConfigError(
        fmt::format("'{}' is no run directory (it lacks config.toml and checkpoints/); give the directory of a run",
                    path.string()));
  }
  return RunDirectory(path);
}

bool RunDirectory::is_run(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path / "config.toml", ignored) && fs::is_directory(path / "checkpoints", ignored);
}

fs::path RunDirectory::unused(const fs::path& parent, const std::string& name) {
  std::error_code ignored;
  fs::path path = parent / name;
  for (int number = 2; fs::exists(path, ignored); ++number) path = parent / fmt::format("{}-{}", name, number);
  return path;
}

bool RunDirectory::complete() const {
  return read_status(summary()) == "complete";
}

}  // namespace floe::app
