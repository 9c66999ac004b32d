// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

namespace floe::io {

/// Decodes LZF, the fast compression of h5py. The input is a sequence of runs: a byte c < 32 is followed by c + 1 bytes
/// that stand for themselves; otherwise the top three bits of c are a length n (7: the next byte is added to it) and
/// its other five, with the next byte as low ones, a distance d: copy n + 2 bytes from d + 1 bytes back. Returns false,
/// leaving the output undefined, unless the input decodes to exactly as many bytes as there is room for.
bool decode_lzf(std::span<const std::byte> input, std::span<std::byte> output);

/// The most bytes that one encoded byte can become: 3 bytes copy 264.
inline constexpr std::size_t max_lzf_ratio = 88;

namespace hdf5::detail {

/// Makes the filter 32000 of h5py known to the HDF5 library, for reading.
void register_lzf();

}  // namespace hdf5::detail

}  // namespace floe::io
