// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>

#include "random/philox.h"

namespace floe::random {

/// The random numbers of one sample: number `position` of sample `sample_index` under `key` is a fixed function of
/// these three, whoever draws it. Every draw advances the position by one. A uniform and a normal at the same position
/// are independent of each other, so that draws may be mixed in any order; two integers (sample index and position)
/// restore a stream.
class Stream final {
 public:
  Stream(Key key, std::uint64_t sample_index, std::uint64_t position = 0)
      : key_(key), sample_index_(sample_index), position_(position) {}

  /// Uniform in (0, 1): an odd multiple of 2^-53, never 0 or 1.
  double uniform() {
    if ((position_ / buffered) != uniform_group_) refill_uniform();
    return uniform_[position_++ % buffered];
  }

  /// Standard normal; |x| < 8.6.
  double normal() {
    if ((position_ / buffered) != normal_group_) refill_normal();
    return normal_[position_++ % buffered];
  }

  /// A uniform integer in [0, count), by one uniform; count must be below 2^32 for an even spread (bias below 2^-20).
  std::uint64_t below(std::uint64_t count) {
    return static_cast<std::uint64_t>(uniform() * static_cast<double>(count));
  }

  void fill_uniform(std::span<double> out) {
    for (double& value : out) value = uniform();
  }
  void fill_normal(std::span<double> out) {
    for (double& value : out) value = normal();
  }

  Key key() const { return key_; }
  std::uint64_t sample_index() const { return sample_index_; }
  /// How many numbers precede the next one.
  std::uint64_t position() const { return position_; }
  void set_position(std::uint64_t position) { position_ = position; }

 private:
  static constexpr std::uint64_t buffered = 16;
  static constexpr std::uint64_t no_group = ~std::uint64_t{0};

  void refill_uniform();
  void refill_normal();

  Key key_;
  std::uint64_t sample_index_;
  std::uint64_t position_;
  std::uint64_t uniform_group_ = no_group;
  std::uint64_t normal_group_ = no_group;
  double uniform_[buffered];
  double normal_[buffered];
};

}  // namespace floe::random
