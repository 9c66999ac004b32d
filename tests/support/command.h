// SPDX-License-Identifier: MIT
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "support/temporary_directory.h"

namespace floe::test {

/// What a program did.
struct CommandResult {
  int exit_code = -1;
  std::string out;
  std::string err;

  /// The lines of `err` that carry an error.
  int error_lines() const {
    int count = 0;
    std::istringstream lines(err);
    for (std::string line; std::getline(lines, line);) count += line.find("error:") != std::string::npos;
    return count;
  }
};

inline std::string read_text(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Runs a command line of the shell in a directory, with its output caught.
inline CommandResult run_command(const std::string& command, const std::filesystem::path& directory) {
  const TemporaryDirectory caught;
  const std::string line = "cd '" + directory.string() + "' && " + command + " >'" + (caught / "out").string() +
                           "' 2>'" + (caught / "err").string() + "' </dev/null";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, read_text(caught / "out"), read_text(caught / "err")};
}

}  // namespace floe::test
