// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "app/tasks/record.h"

namespace floe::app {

/// What summary.json holds: stable and machine-readable. A task fills `results`, one record per lattice, model or
/// dataset, and may add to `details`; the command fills the rest.
struct Summary {
  std::string status;  ///< "complete" or "stopped"
  std::string task;
  std::string experiment;
  double seconds = 0;
  int threads = 1;
  int ranks = 1;
  std::vector<std::pair<std::string, std::string>> versions;
  std::vector<Record> results;
  std::vector<std::string> columns;  ///< of `results`, those that the table on standard output shows; empty: all
  Record details;                    ///< what belongs to the run as a whole, for example train_seconds
};

std::string to_json(const Summary& summary);

/// Writes atomically. Throws IoError.
void write_summary(const std::filesystem::path& path, const Summary& summary);

/// The status in a summary.json, or an empty string if there is no such file or none in it.
std::string read_status(const std::filesystem::path& path);

}  // namespace floe::app
