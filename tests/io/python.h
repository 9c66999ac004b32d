// SPDX-License-Identifier: MIT
#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "scratch.h"
#include "support/catch.h"

namespace floe::test {

/// Runs a script of tests/io with Debian's Python in `folder` and checks that it succeeds. Exit code 77 (a module is
/// missing, named on stdout) and a missing interpreter are told and give false.
inline bool run_python(const Scratch& scratch, const std::string& script, const std::string& arguments) {
  const std::string output = (scratch / "python.txt").string();
  const std::string command = "cd '" + scratch.path().string() +
                              "' && /usr/bin/python3 -B '" FLOE_SOURCE_DIR "/tests/io/" + script + "' " + arguments +
                              " > '" + output + "' 2>&1";
  const int status = std::system(command.c_str());
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  const std::string said = file_content(output);
  if (code == 77 || code == 127) {
    WARN("skipped: " << (code == 127 ? "/usr/bin/python3" : "the Python module " + said) << " is missing");
    SUCCEED();
    return false;
  }
  INFO(said);
  REQUIRE(code == 0);
  return true;
}

}  // namespace floe::test
