// SPDX-License-Identifier: MIT
#include "io/lzf.h"

#include <hdf5.h>

#include <algorithm>

namespace floe::io {

bool decode_lzf(std::span<const std::byte> input, std::span<std::byte> output) {
  std::size_t in = 0;
  std::size_t out = 0;
  while (in < input.size()) {
    const auto control = std::to_integer<std::size_t>(input[in++]);
    if (control < 32) {
      const std::size_t run = control + 1;
      if (run > input.size() - in || run > output.size() - out) return false;
      std::copy_n(input.data() + in, run, output.data() + out);
      in += run;
      out += run;
      continue;
    }
    std::size_t length = control >> 5;
    if (length == 7) {
      if (in == input.size()) return false;
      length += std::to_integer<std::size_t>(input[in++]);
    }
    length += 2;
    if (in == input.size()) return false;
    const std::size_t distance = ((control & 31) << 8) + std::to_integer<std::size_t>(input[in++]) + 1;
    if (distance > out || length > output.size() - out) return false;
    // One by one: what is copied may overlap what it becomes.
    for (std::size_t i = 0; i < length; ++i, ++out) output[out] = output[out - distance];
  }
  return out == output.size();
}

namespace hdf5::detail {

namespace {

constexpr H5Z_filter_t lzf_filter = 32000;

// The third value that h5py stores with the filter is the size of a decoded chunk.
std::size_t decode_chunk(unsigned flags, std::size_t values, const unsigned* value, std::size_t bytes,
                         std::size_t* buffer_size, void** buffer) {
  if ((flags & H5Z_FLAG_REVERSE) == 0 || values < 3) return 0;
  const std::size_t decoded = value[2];
  if (decoded == 0 || decoded / max_lzf_ratio > bytes) return 0;
  void* room = H5allocate_memory(decoded, false);
  if (room == nullptr) return 0;
  if (!decode_lzf({static_cast<const std::byte*>(*buffer), bytes}, {static_cast<std::byte*>(room), decoded})) {
    H5free_memory(room);
    return 0;
  }
  H5free_memory(*buffer);
  *buffer = room;
  *buffer_size = decoded;
  return decoded;
}

}  // namespace

void register_lzf() {
  if (H5Zfilter_avail(lzf_filter) > 0) return;
  const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, lzf_filter, 0, 1, "lzf", nullptr, nullptr, decode_chunk};
  H5Zregister(&filter);
}

}  // namespace hdf5::detail

}  // namespace floe::io
