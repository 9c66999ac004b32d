// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "base/error.h"

namespace floe::flow {

/// Throws ConfigError, with the key as an experiment file spells it, unless the value is finite and at least `least`.
inline void require_at_least(std::string_view key, double value, double least) {
  if (!(value >= least) || !std::isfinite(value)) {
    throw ConfigError(fmt::format("{} = {} (must be at least {}); raise it", key, value, least));
  }
}

}  // namespace floe::flow
