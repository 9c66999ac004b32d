// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "io/readers/bytes.h"

namespace floe::io {

/// A nameless file in the folder for temporary files (TMPDIR) that is gone with its owner, however that ends.
class TemporaryFile final : public Bytes {
 public:
  /// Throws IoError unless the folder has room for `expected_size` bytes; `label` says what they are.
  TemporaryFile(std::uint64_t expected_size, std::string label);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() override;

  /// Writes at `offset`. Throws IoError.
  void write(std::uint64_t offset, std::span<const std::byte> values);
  void append(std::span<const std::byte> values) { write(size_, values); }

  const std::string& label() const override { return label_; }
  /// How far it was written to.
  std::uint64_t size() const override { return size_; }
  void read(std::uint64_t offset, std::span<std::byte> values) const override;

 private:
  std::string label_;
  std::filesystem::path folder_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace floe::io
