// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace floe {

/// What this library was built from and how. `git` is `git describe` with "-dirty" for changed trees, brought up to
/// date by every build, or "unknown" outside a repository.
struct BuildInfo {
  std::string version;     ///< for example "0.1.0"
  std::string git;         ///< for example "v0.1.0-12-gabc1234-dirty"
  std::string build_type;  ///< for example "Release"
  std::string compiler;    ///< for example "GNU 12.2.0"
  bool native = false;     ///< compiled for the instructions of the machine that built it
  bool openmp = false;
};

const BuildInfo& build_info();

}  // namespace floe
