// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace floe::io {

/// Bytes that are read by ranges: a file, a part of one, or what a compressed part of one expands to. May be read from
/// several threads.
class Bytes {
 public:
  virtual ~Bytes() = default;

  /// For messages: the file, and the part of it.
  virtual const std::string& label() const = 0;
  virtual std::uint64_t size() const = 0;
  /// Fills `values` with the bytes from `offset` on. Throws DataError beyond the end ("truncated"), IoError.
  virtual void read(std::uint64_t offset, std::span<std::byte> values) const = 0;
};

/// A regular file, read by pread: a file that shrinks while it is read is an error and not a signal. Throws IoError
/// (no such file, a folder, a pipe).
std::shared_ptr<const Bytes> open_bytes(const std::filesystem::path& path);

/// The bytes [offset, offset + size) of others. Throws DataError if they are not all there.
std::shared_ptr<const Bytes> part_of(std::shared_ptr<const Bytes> whole, std::uint64_t offset, std::uint64_t size,
                                     std::string label);

/// Bytes in memory.
std::shared_ptr<const Bytes> bytes_in_memory(std::vector<std::byte> values, std::string label);

}  // namespace floe::io
