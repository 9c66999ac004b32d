// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

namespace floe::app {

/// Where one run keeps everything:
///
///     config.toml    the resolved configuration at full precision
///     log.txt        the log of all its sessions
///     metrics.csv    one row per step of training or per measurement
///     checkpoints/   what a stopped run goes on from
///     results.h5     fields and coefficients
///     summary.json   status, versions, results
class RunDirectory final {
 public:
  /// A directory for a new run, or for the continuation of a run that was stopped and has this very configuration.
  /// Creates nothing where it throws: ConfigError if the directory belongs to another run or to none but is not empty,
  /// IoError if it cannot be written.
  static RunDirectory prepare(const std::filesystem::path& path, const std::string& resolved_config);

  /// The directory of an existing run; throws ConfigError if there is none.
  static RunDirectory open(const std::filesystem::path& path);

  /// Whether `path` holds a run.
  static bool is_run(const std::filesystem::path& path);

  /// `<parent>/<name>`, or the first of `<name>-2`, `<name>-3`, ... that does not exist.
  static std::filesystem::path unused(const std::filesystem::path& parent, const std::string& name);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config() const { return path_ / "config.toml"; }
  std::filesystem::path log() const { return path_ / "log.txt"; }
  std::filesystem::path metrics() const { return path_ / "metrics.csv"; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  std::filesystem::path checkpoint(const std::string& name) const { return checkpoints() / (name + ".h5"); }
  std::filesystem::path results() const { return path_ / "results.h5"; }
  std::filesystem::path summary() const { return path_ / "summary.json"; }

  /// Whether an earlier session of this run finished it.
  bool complete() const;

 private:
  explicit RunDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

}  // namespace floe::app
