// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <type_traits>

#include "base/error.h"

namespace floe::io {

/// Throws DataError, naming file, field, the value and its sample, if a value is NaN or infinite. `first` is the number
/// of the sample that the values begin with.
template <class T>
void check_finite(const std::string& file, const std::string& path, std::size_t first, std::size_t per_sample,
                  std::span<const T> values) {
  if constexpr (std::is_floating_point_v<T>) {
    // One pass without branches; where a value is bad is looked up only then.
    T sum = 0;
    for (const T value : values) {
      sum += value * T(0);
    }
    if (sum == T(0)) {
      return;
    }
    std::size_t bad = 0;
    std::size_t where = values.size();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) {
        where = std::min(where, i);
        ++bad;
      }
    }
    throw DataError(
        fmt::format("{}:/{} holds {} values that are not finite (the first is {} in sample {}); leave these samples "
                    "out or make them again",
                    file, path, bad, values[where], first + where / std::max<std::size_t>(per_sample, 1)));
  }
}

}  // namespace floe::io
