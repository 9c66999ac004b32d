// SPDX-License-Identifier: MIT
#pragma once

namespace floe {

/// The output of `git describe --always --tags --dirty` when this library was last built. Defined in a file that the
/// build writes (cmake/GitState.cmake).
const char* git_state();

}  // namespace floe
