// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "train/inputs.h"
#include "train/loss.h"

namespace floe::train {

/// Some samples: what goes in, as the model sees it, and what should come out, in its own units.
struct Examples {
  Inputs inputs{};
  torch::Tensor outputs{};  ///< (batch, channel, axes...), or (batch, query, channel)
  torch::Tensor mask{};     ///< 1 where outputs count, expandable to them; undefined: everywhere
  GridGeometry geometry{};

  std::int64_t count() const { return outputs.defined() ? outputs.size(0) : 0; }
  /// The samples of these numbers, an int64 tensor.
  Examples select(const torch::Tensor& samples) const;
  /// The samples [first, first + count), as views.
  Examples narrow(std::int64_t first, std::int64_t count) const;
  /// One after another; all of the same kind of data.
  static Examples join(std::span<const Examples> parts);
  /// Everything on this device.
  Examples to(torch::Device device) const;
};

/// Samples that are taken by their numbers, wherever they lie: what training and judging work on.
class Batches {
 public:
  virtual ~Batches() = default;
  virtual std::int64_t count() const = 0;
  /// The samples of these numbers, in their order. It may be called from another thread than the one that trains, but
  /// from one at a time. Throws what reading throws.
  virtual Examples batch(std::span<const std::int64_t> samples) const = 0;
  /// How many batches are worth making before they are asked for; 0: they are at hand.
  virtual int ahead() const { return 0; }
};

/// Samples in memory.
class MemoryBatches final : public Batches {
 public:
  MemoryBatches() = default;
  explicit MemoryBatches(Examples examples) : examples_(std::move(examples)) {}

  std::int64_t count() const override { return examples_.count(); }
  Examples batch(std::span<const std::int64_t> samples) const override;
  const Examples& examples() const { return examples_; }

 private:
  Examples examples_;
};

/// Samples that are read when they are wanted, of data larger than memory: `read(first, count)` gives a range of the
/// file's samples, `numbers` are those of the file that belong to this set. Neighbours in the file are read together.
class StreamedBatches final : public Batches {
 public:
  using Read = std::function<Examples(std::int64_t first, std::int64_t count)>;

  StreamedBatches(Read read, std::vector<std::int64_t> numbers, int ahead = 4)
      : read_(std::move(read)), numbers_(std::move(numbers)), ahead_(ahead) {}

  std::int64_t count() const override { return static_cast<std::int64_t>(numbers_.size()); }
  Examples batch(std::span<const std::int64_t> samples) const override;
  int ahead() const override { return ahead_; }

 private:
  Read read_;
  std::vector<std::int64_t> numbers_;
  int ahead_;
};

/// The samples [first, first + count).
Examples range(const Batches& samples, std::int64_t first, std::int64_t count);

}  // namespace floe::train
