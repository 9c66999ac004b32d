// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "io/readers/skysoft.h"
#include "io/readers/temporary_file.h"

namespace floe::io {

/// A measurement of the wind.
struct WindRecord {
  double time;
  double position[3];
  double wind[2];
  std::int64_t flight;
};

/// The measurements of one CSV file by slices of time, in a temporary file.
class WindRecords final {
 public:
  WindRecords(const std::filesystem::path& path, const SkySoftOptions& options);

  struct Slice {
    std::uint64_t first = 0;     ///< record in the temporary file
    std::uint64_t count = 0;     ///< records that are kept
    std::uint64_t capacity = 0;  ///< with those of flights that are dropped
  };
  /// By number: the slice k begins at time k slice_seconds.
  const std::map<std::int64_t, Slice>& slices() const { return slices_; }
  /// The records of a slice, sorted by time; equal times in the order of the file.
  std::vector<WindRecord> read(const Slice& slice) const;

 private:
  std::map<std::int64_t, Slice> slices_;
  std::unique_ptr<TemporaryFile> sorted_;
};

}  // namespace floe::io
