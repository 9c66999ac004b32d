// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/readers/bytes.h"

namespace floe::io {

/// What surrounds deflated data: a zlib header and checksum (MAT 5), or nothing (ZIP).
enum class DeflateWrapper { zlib, none };

/// The first bytes that deflated data expand to, at most `at_most`. Throws DataError for damaged data.
std::vector<std::byte> inflate_start(const Bytes& deflated, DeflateWrapper wrapper, std::size_t at_most);

/// The `size` bytes that deflated data expand to. They are expanded with the first read, once: up to 32 MiB into
/// memory, more into a nameless file in the folder for temporary files (TMPDIR), so that memory does not grow with the
/// array and any part of it can be read afterwards. `crc` is the CRC-32 of the expanded bytes, where one is known.
/// Throws DataError if no data of that size can expand to so much (deflate reaches 1032 to 1), and while reading if
/// they are damaged or expand to another size; IoError if the folder for temporary files has no room.
std::shared_ptr<const Bytes> inflated(std::shared_ptr<const Bytes> deflated, DeflateWrapper wrapper, std::uint64_t size,
                                      std::optional<std::uint32_t> crc, std::string label);

}  // namespace floe::io
