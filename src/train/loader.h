// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "train/batches.h"

namespace floe::train {

/// Hands out the samples of an order in batches, one after another. Where the samples say so (Batches::ahead()) a
/// thread of its own makes the next ones meanwhile; the batches are the same. What that thread throws, next() throws
/// when the batch's turn comes; the thread ends with the loader.
class Loader final {
 public:
  /// The samples must outlive the loader.
  Loader(const Batches& samples, std::vector<std::int64_t> order, std::int64_t batch_size);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// Whether next() has something to give.
  bool more() const { return position_ < static_cast<std::int64_t>(order_.size()); }
  Examples next();

 private:
  class Thread;

  std::span<const std::int64_t> numbers(std::int64_t position) const;

  const Batches& samples_;
  std::vector<std::int64_t> order_;
  std::int64_t batch_size_;
  std::int64_t position_ = 0;
  std::unique_ptr<Thread> thread_;
};

}  // namespace floe::train
