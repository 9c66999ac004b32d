// SPDX-License-Identifier: MIT
#include "base/version.h"

#include "base/git_state.h"

namespace floe {

const BuildInfo& build_info() {
  static const BuildInfo info{
      .version = FLOE_VERSION,
      .git = git_state(),
      .build_type = FLOE_BUILD_TYPE,
      .compiler = FLOE_COMPILER,
      .native = FLOE_NATIVE != 0,
#ifdef _OPENMP
      .openmp = true,
#endif
  };
  return info;
}

}  // namespace floe
