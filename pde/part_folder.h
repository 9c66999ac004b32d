// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace floe::pde {

/// The samples first, ..., last - 1.
struct SampleRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  std::uint64_t size() const { return last - first; }
  bool operator==(const SampleRange&) const = default;
};

/// The ranges of [0, count) that no range of `there` (ordered, disjoint) covers, cut into pieces of at most `most`.
std::vector<SampleRange> missing_ranges(const std::vector<SampleRange>& there, std::uint64_t count, std::uint64_t most);

/// What two configurations in TOML disagree about: "resolution = 85 there and 421 here"; empty if about nothing.
std::string difference(const std::string& there, const std::string& here);

/// Where the finished parts of a dataset wait until all are there, `<output>.parts/`: complete datasets named by the
/// samples they hold, and config.toml, which says of what dataset they are parts.
class PartFolder final {
 public:
  static std::filesystem::path path(const std::filesystem::path& output);
  static std::filesystem::path file(const std::filesystem::path& output, SampleRange range);

  /// Creates the folder, or opens the one that an interrupted generation of the same dataset left, and keeps other
  /// processes out of it. Throws ConfigError if it belongs to another dataset, unless `anew`, which removes it; if
  /// another process is using it; IoError.
  PartFolder(const std::filesystem::path& output, const std::string& config, bool anew);

  /// The parts that are complete, in order and without overlap; what a killed process left half written is removed.
  std::vector<SampleRange> ranges(std::uint64_t count) const;
  void remove();

 private:
  /// Keeps other processes out as long as it lives.
  class Lock final {
   public:
    Lock() = default;
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    /// Throws ConfigError if another process is using the folder.
    void take(const std::filesystem::path& folder);

   private:
    int descriptor_ = -1;
  };

  std::filesystem::path path_;
  Lock lock_;
};

}  // namespace floe::pde
