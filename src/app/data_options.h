// SPDX-License-Identifier: MIT
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/description.h"
#include "io/readers/source.h"

namespace floe::app {

/// io::SourceOptions as the command line has them.
struct SourceWords {
  std::string format = "auto";
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::string samples;
  std::string times;
  std::string stride;
  std::optional<int> sample_axis;
  std::optional<int> time_axis;
  std::optional<std::int64_t> input_frames;

  /// Throws ConfigError.
  io::SourceOptions options() const;
};

void add_source_options(CLI::App& command, SourceWords& words);

/// "first:last" or "first:last:stride" with any of them left out, as in Python; "5" is the first five. Throws
/// ConfigError, naming the option.
io::Range parse_range(const std::string& option, const std::string& text);

/// The fields with shapes, types and axes, a line for each.
std::string fields_in_words(const io::DatasetDescription& description, const std::string& indent);

}  // namespace floe::app
