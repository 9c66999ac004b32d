// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace floe::train {

/// The numbers 0, ..., count - 1 in an order that depends on the seed, the purpose and the index (an epoch) only: the
/// shuffle of Fisher and Yates with a Philox stream.
std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed, std::string_view purpose,
                                      std::uint64_t index);

}  // namespace floe::train
