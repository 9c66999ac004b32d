// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "random/philox.h"

namespace floe::random::detail {

/// Eight Philox counters at once; each gives a pair of numbers.
inline constexpr int width = 8;

/// Pair w is made of counter (sample + w * sample_step, pair + w * pair_step) under the key, steps 0 or 1: a LaneStream
/// steps through samples, a Stream through pairs. Both go through the same elementwise arithmetic and agree bit for
/// bit. The pairs of uniforms and of normals come from disjoint halves of the counters (top bit of the pair index).
struct Counters {
  std::uint64_t sample;
  std::uint64_t sample_step;
  std::uint64_t pair;
  std::uint64_t pair_step;
};

/// Two times eight numbers in (0, 1), odd multiples of 2^-53; the pointers are aligned to 64 bytes.
void uniform_pairs(Key key, const Counters& counters, double* first, double* second);

/// Two times eight standard normals by Box-Muller; the pointers are aligned to 64 bytes.
void normal_pairs(Key key, const Counters& counters, double* first, double* second);

/// uniform_pairs for `count` successive values of `pair`, written to consecutive vectors: 2 * width * count numbers.
void uniform_pairs_run(Key key, const Counters& counters, std::uint64_t count, double* out);

/// normal_pairs for `count` successive values of `pair`, written to consecutive vectors: 2 * width * count numbers.
void normal_pairs_run(Key key, const Counters& counters, std::uint64_t count, double* out);

}  // namespace floe::random::detail
