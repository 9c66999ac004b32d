// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <string>

#include "base/threads.h"
#include "support/catch.h"
#include "support/command.h"

/// FLOE_MPIRUN is the launcher that CMake found, or empty.
namespace floe::test {

inline bool have_mpirun() {
  return !std::string(FLOE_MPIRUN).empty();
}

/// The test has to check something, and says on standard output that it did not do what its name says.
inline void skip_without_mpirun() {
  std::puts("SKIPPED: there is no mpirun, or floe was built without MPI");
  SUCCEED("skipped");
}

/// What to put before a command to run it on so many ranks; ends it after a minute. Ranks are not bound to processors.
inline std::string with_ranks(int ranks) {
  return "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 "
         "OMPI_MCA_hwloc_base_binding_policy=none timeout 60 '" +
         std::string(FLOE_MPIRUN) + "' -n " + std::to_string(ranks);
}

}  // namespace floe::test
