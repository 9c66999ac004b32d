// SPDX-License-Identifier: MIT
#include "random/philox.h"

#include <Random123/philox.h>

#include <algorithm>

namespace floe::random {

std::array<std::uint32_t, 4> philox_block(const std::array<std::uint32_t, 4>& counter,
                                          const std::array<std::uint32_t, 2>& key) {
  const r123::Philox4x32::ctr_type c = {{counter[0], counter[1], counter[2], counter[3]}};
  const r123::Philox4x32::key_type k = {{key[0], key[1]}};
  const r123::Philox4x32::ctr_type r = r123::Philox4x32()(c, k);
  return {r.v[0], r.v[1], r.v[2], r.v[3]};
}

Key make_key(std::uint64_t seed, std::string_view purpose) {
  std::uint64_t key = seed;
  const auto mix = [&key](const std::array<std::uint32_t, 4>& block) {
    const std::array<std::uint32_t, 4> r =
        philox_block(block, {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)});
    key = r[0] | (static_cast<std::uint64_t>(r[1]) << 32);
  };
  for (std::size_t begin = 0; begin < purpose.size(); begin += 16) {
    std::array<std::uint32_t, 4> block{};
    const std::size_t end = std::min(purpose.size(), begin + 16);
    for (std::size_t i = begin; i < end; ++i) {
      const auto byte = static_cast<std::uint32_t>(static_cast<unsigned char>(purpose[i]));
      block[(i - begin) / 4] |= byte << (8 * ((i - begin) % 4));
    }
    mix(block);
  }
  const auto length = static_cast<std::uint64_t>(purpose.size());
  mix({static_cast<std::uint32_t>(length), static_cast<std::uint32_t>(length >> 32), 0, 0xffffffffU});
  return Key{key};
}

}  // namespace floe::random
