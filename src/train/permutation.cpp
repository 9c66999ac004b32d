// SPDX-License-Identifier: MIT
#include "train/permutation.h"

#include <numeric>
#include <utility>

#include "random/stream.h"

namespace floe::train {

std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed, std::string_view purpose,
                                      std::uint64_t index) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  random::Stream stream(random::make_key(seed, purpose), index);
  for (std::size_t left = order.size(); left > 1; --left) std::swap(order[left - 1], order[stream.below(left)]);
  return order;
}

}  // namespace floe::train
