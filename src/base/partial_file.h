// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

namespace floe {

/// A file that appears under its name only when it is complete. Until commit() it is `<name>.partial`, which any
/// library may write through its path; without a commit the destructor removes it and the file of that name stays as it
/// was.
///
///     PartialFile file("samples.h5");
///     write_hdf5(file.path());        // and close it
///     file.commit();
class PartialFile final {
 public:
  /// Creates the empty partial file, so that a directory that is missing or cannot be written is found before any work.
  /// Throws IoError.
  explicit PartialFile(std::filesystem::path target);
  /// Removes what was not committed.
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  /// Where to write.
  const std::filesystem::path& path() const { return partial_; }
  /// The name that it takes.
  const std::filesystem::path& target() const { return target_; }

  /// Brings the bytes to disk, renames, and brings the directory entry to disk. Call it after every handle is closed.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path partial_;
  bool committed_ = false;
};

}  // namespace floe
