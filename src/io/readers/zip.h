// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/readers/bytes.h"

namespace floe::io {

/// A file in a ZIP archive.
struct ZipMember {
  std::string name;
  /// As it lies in the archive.
  std::shared_ptr<const Bytes> packed;
  bool deflated = false;
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
  /// Why it cannot be read, for example another compression; empty if it can.
  std::string obstacle = {};

  /// Its content: read in place where it is stored, expanded as inflate.h says where it is deflated. The checksum of a
  /// stored member is not looked at, as parts of it are read.
  std::shared_ptr<const Bytes> content() const;
  /// The first bytes of its content, at most `at_most`.
  std::shared_ptr<const Bytes> start(std::size_t at_most) const;
};

/// The files in an archive, ZIP with the 64-bit extension, by its central directory. Every offset and size is checked
/// against the archive and against the member's own header. Throws DataError for what is no archive, is truncated or
/// damaged, spans several disks, or has two members of one name.
std::vector<ZipMember> read_zip(const std::shared_ptr<const Bytes>& archive);

}  // namespace floe::io
