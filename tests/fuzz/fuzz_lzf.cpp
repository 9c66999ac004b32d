// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "io/lzf.h"

namespace {

using Bytes = std::vector<std::byte>;

/// Into exactly as much room, so that the address sanitizer sees every byte before and after.
bool decodes(const Bytes& input, std::size_t size) {
  Bytes output(size);
  return floe::io::decode_lzf(input, output);
}

/// Every byte for itself, in runs of at most 32.
Bytes literal(const Bytes& bytes) {
  Bytes runs;
  for (std::size_t first = 0; first < bytes.size(); first += 32) {
    const std::size_t run = std::min<std::size_t>(32, bytes.size() - first);
    runs.push_back(static_cast<std::byte>(run - 1));
    const auto start = bytes.begin() + static_cast<std::ptrdiff_t>(first);
    runs.insert(runs.end(), start, start + static_cast<std::ptrdiff_t>(run));
  }
  return runs;
}

}  // namespace

// The first two bytes say how many bytes are expected, low one first.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const std::size_t expected = data[0] + std::size_t{256} * data[1];
  const auto* const first = reinterpret_cast<const std::byte*>(data);
  const Bytes input(first + 2, first + size);
  if (decodes(input, expected)) {
    // No more than its ratio, and to this size only.
    if (expected > floe::io::max_lzf_ratio * input.size() || decodes(input, expected + 1) ||
        (expected > 0 && decodes(input, expected - 1))) {
      std::abort();
    }
  }
  Bytes same(input.size());
  if (!floe::io::decode_lzf(literal(input), same) || same != input) {
    std::abort();
  }
  return 0;
}
