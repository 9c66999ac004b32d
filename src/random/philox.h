// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace floe::random {

/// Which family of streams: every use of random numbers in a run has a key of its own.
struct Key {
  std::uint64_t value = 0;
  friend bool operator==(const Key&, const Key&) = default;
};

/// The bijection Philox4x32-10 of a 128-bit counter under a 64-bit key, by Random123.
/// Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011).
std::array<std::uint32_t, 4> philox_block(const std::array<std::uint32_t, 4>& counter,
                                          const std::array<std::uint32_t, 2>& key);

/// The key of one purpose ("base samples", "chain", ...) in a run with this seed. The seed is the first key, and the
/// bytes of the purpose, sixteen at a time and its length last, are the counters that turn each key into the next.
Key make_key(std::uint64_t seed, std::string_view purpose);

}  // namespace floe::random
