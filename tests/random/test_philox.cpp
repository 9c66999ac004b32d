// SPDX-License-Identifier: MIT
#include <bit>
#include <set>
#include <string>

#include "random/lane_stream.h"
#include "random/philox.h"
#include "random/stream.h"
#include "support/catch.h"

using floe::random::Key;
using floe::random::make_key;
using floe::random::philox_block;
using Words = std::array<std::uint32_t, 4>;

TEST_CASE("Philox4x32-10 gives the published known answers", "[random]") {
  // Random123 1.14, tests/kat_vectors: nothing, all ones, digits of pi.
  CHECK(philox_block({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox_block({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox_block({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("streams draw the words of Philox at (sample, pair)", "[random]") {
  const Key key{0x299f31d0a4093822U};
  const std::uint64_t sample = 0x85a308d3243f6a88U;
  for (const std::uint64_t position : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{0x0370734413198a2eU}}) {
    floe::random::Stream stream(key, sample, position);
    const std::uint64_t pair = position / 2;
    const Words words =
        philox_block({0x243f6a88, 0x85a308d3, static_cast<std::uint32_t>(pair), static_cast<std::uint32_t>(pair >> 32)},
                     {0xa4093822, 0x299f31d0});
    const std::size_t half = 2 * (position % 2);
    const std::uint64_t word = words[half] | (static_cast<std::uint64_t>(words[half + 1]) << 32);
    CHECK(stream.uniform() == static_cast<double>(2 * (word >> 12) + 1) * 0x1p-53);
  }
}

TEST_CASE("keys differ by seed, by purpose and by every byte of it", "[random]") {
  std::set<std::uint64_t> keys;
  const std::string long_purpose = "a purpose longer than sixteen bytes, to cross blocks";
  std::size_t made = 0;
  for (std::uint64_t seed = 0; seed < 64; ++seed) {
    for (const std::string purpose : {"", "base", "chain", "bas", "base ", "esab"}) {
      keys.insert(make_key(seed, purpose).value);
      ++made;
    }
    for (std::size_t i = 0; i <= long_purpose.size(); ++i) {
      keys.insert(make_key(seed, long_purpose.substr(0, i) + "#").value);
      ++made;
    }
  }
  CHECK(keys.size() == made);
  CHECK(make_key(1, "base") == make_key(1, "base"));
  using namespace std::string_view_literals;
  CHECK(make_key(1, "a"sv) != make_key(1, "a\0"sv));
}

TEST_CASE("one bit of the seed changes half of the bits of the key", "[random]") {
  int changed = 0;
  for (int bit = 0; bit < 64; ++bit) {
    changed += std::popcount(make_key(5, "base").value ^ make_key(5 ^ (std::uint64_t{1} << bit), "base").value);
  }
  // 4096 fair coins: 2048 +- 4 * 32.
  CHECK(std::abs(changed - 2048) < 128);
}
