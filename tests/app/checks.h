// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "floe_command.h"
#include "support/catch.h"

namespace floe::test {

/// One clear line, the exit code, and nothing like a stack trace.
inline void check_refused(const CommandResult& result, int exit_code, const std::string& text) {
  CAPTURE(result.err);
  CHECK(result.exit_code == exit_code);
  CHECK(result.error_lines() == 1);
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  CHECK(result.err.starts_with("floe: error: "));
  CHECK_THAT(result.err, ContainsSubstring(text));
  CHECK(result.out.empty());
}

/// Every file below a directory with what it holds, the log left out; directories with nothing.
inline std::map<std::string, std::string> contents_of(const std::filesystem::path& directory) {
  std::map<std::string, std::string> contents;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.path().filename() == "log.txt") continue;
    contents[entry.path().string()] = entry.is_regular_file() ? read_text(entry.path()) : "";
  }
  return contents;
}

}  // namespace floe::test
