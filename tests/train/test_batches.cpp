// SPDX-License-Identifier: MIT
#include "support/catch.h"

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "base/error.h"
#include "train/batches.h"
#include "train/loader.h"
#include "train/permutation.h"

using namespace floe::train;
using floe::DataError;
using torch::Tensor;

namespace {

/// Samples whose every number tells which sample it is of.
Examples numbered(std::int64_t count) {
  const Tensor n = torch::arange(count, torch::kFloat);
  Examples examples;
  examples.inputs.points = n.view({count, 1, 1}).expand({count, 3, 2}).contiguous();
  examples.inputs.parameters = -n.unsqueeze(1);
  examples.inputs.queries = torch::ones({5, 2});
  examples.outputs = 10 * n.view({count, 1, 1}).expand({count, 5, 1}).contiguous();
  examples.mask = (n.view({count, 1, 1}) + torch::arange(5).view({1, 5, 1})).remainder(2);
  return examples;
}

bool equal(const Examples& a, const Examples& b) {
  return torch::equal(a.inputs.points, b.inputs.points) && torch::equal(a.inputs.parameters, b.inputs.parameters) &&
         torch::equal(a.inputs.queries, b.inputs.queries) && torch::equal(a.outputs, b.outputs) &&
         torch::equal(a.mask, b.mask);
}

/// The examples as if they lay in a file; the ranges that were read go to `ranges`.
StreamedBatches::Read reader(Examples file, std::vector<std::pair<std::int64_t, std::int64_t>>* ranges = nullptr) {
  return [file = std::move(file), ranges](std::int64_t first, std::int64_t count) {
    if (ranges) ranges->emplace_back(first, count);
    return file.narrow(first, count);
  };
}

}  // namespace

TEST_CASE("samples that are read when they are wanted are those in memory, and neighbours are read together") {
  const Examples file = numbered(20);
  const std::vector<std::int64_t> numbers{7, 3, 19, 4, 5, 0};
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
  const StreamedBatches streamed(reader(file, &ranges), numbers);
  const MemoryBatches memory(file.select(torch::tensor(numbers)));
  CHECK(streamed.count() == 6);
  const std::vector<std::int64_t> wanted{4, 2, 1, 3, 1, 5};  // 5, 19, 3, 4, 3, 0 in the file
  CHECK(equal(streamed.batch(wanted), memory.batch(wanted)));
  using Range = std::pair<std::int64_t, std::int64_t>;
  CHECK(ranges == std::vector<Range>{{0, 1}, {3, 1}, {3, 3}, {19, 1}});
  CHECK(equal(range(streamed, 2, 3), range(memory, 2, 3)));
  // A mask that all samples share stays one.
  Examples shared = numbered(4);
  shared.mask = torch::ones({1, 5, 1});
  const StreamedBatches other(reader(shared), {0, 1, 2, 3});
  CHECK(other.batch(std::vector<std::int64_t>{0, 2, 3}).mask.sizes() == shared.mask.sizes());
}

TEST_CASE("a loader gives the same batches whether a thread reads ahead or not") {
  const Examples file = numbered(23);
  const std::vector<std::int64_t> order = permutation(23, 3, "test", 0);
  std::vector<std::int64_t> all(23);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  std::set<std::thread::id> threads;
  std::mutex mutex;
  const StreamedBatches streamed(
      [&](std::int64_t first, std::int64_t count) {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
        return file.narrow(first, count);
      },
      all, 3);
  const MemoryBatches memory(file);
  Loader ahead(streamed, order, 4);
  Loader at_hand(memory, order, 4);
  int batches = 0;
  while (at_hand.more()) {
    REQUIRE(ahead.more());
    const Examples batch = ahead.next();
    CHECK(equal(batch, at_hand.next()));
    CHECK(batch.count() == (++batches == 6 ? 3 : 4));
  }
  CHECK_FALSE(ahead.more());
  CHECK(batches == 6);
  CHECK(threads.size() == 1);
  CHECK_FALSE(threads.contains(std::this_thread::get_id()));
}

TEST_CASE("what goes wrong while reading ahead is told when the batch is asked for, and reading stops") {
  std::atomic<int> reads = 0;
  const Examples file = numbered(100);
  std::vector<std::int64_t> order(100);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  const StreamedBatches streamed(
      [&](std::int64_t first, std::int64_t count) {
        if (++reads == 3) throw DataError("the sample 20 of data.h5 has a value that is not finite");
        return file.narrow(first, count);
      },
      order, 2);
  {
    Loader loader(streamed, order, 10);
    CHECK(loader.next().count() == 10);
    CHECK(loader.next().count() == 10);
    CHECK_THROWS_WITH(loader.next(), "the sample 20 of data.h5 has a value that is not finite");
    CHECK(reads == 3);
  }
  reads = 10;
  { Loader loader(streamed, order, 10); }  // left before anything was taken
  CHECK(reads <= 10 + 2 + 1);              // two ahead, and one that was under way
}
