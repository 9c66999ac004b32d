// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <limits>

namespace floe::test {

/// The largest relative error of one rounded operation.
inline constexpr double float_rounding = std::numeric_limits<float>::epsilon() / 2;
inline constexpr double double_rounding = std::numeric_limits<double>::epsilon() / 2;

/// The largest relative error of |e| / |y| in float32, norms over n values, to first order: squares and n - 1 additions
/// in any order give n roundings, which the root halves and to which it adds one; twice that, and the division.
inline constexpr double ratio_of_norms_rounding(std::size_t n) {
  return (static_cast<double>(n) + 3) * float_rounding;
}

}  // namespace floe::test
