// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "base/lanes.h"
#include "random/philox.h"

namespace floe::random {

/// The streams of eight consecutive samples side by side: lane w draws, bit for bit, what
/// Stream(key, first_sample_index + w, position) draws.
class LaneStream final {
 public:
  LaneStream(Key key, std::uint64_t first_sample_index, std::uint64_t position = 0)
      : key_(key), first_sample_index_(first_sample_index), position_(position) {}

  /// One uniform in (0, 1) per sample.
  Lanes<double> uniform();

  /// One standard normal per sample.
  Lanes<double> normal();

  /// Every site of every sample, in site order: as `normal()` for each column.
  void fill_normal(Block<double>& block);

  /// Every site of every sample, in site order: as `uniform()` for each column.
  void fill_uniform(Block<double>& block);

  Key key() const { return key_; }
  std::uint64_t first_sample_index() const { return first_sample_index_; }
  /// How many numbers of each sample precede the next one.
  std::uint64_t position() const { return position_; }
  void set_position(std::uint64_t position) { position_ = position; }

 private:
  static constexpr std::uint64_t no_pair = ~std::uint64_t{0};

  Key key_;
  std::uint64_t first_sample_index_;
  std::uint64_t position_;
  std::uint64_t uniform_pair_ = no_pair;
  std::uint64_t normal_pair_ = no_pair;
  Lanes<double> uniform_[2];
  Lanes<double> normal_[2];
};

}  // namespace floe::random
