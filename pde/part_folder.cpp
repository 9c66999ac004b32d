// SPDX-License-Identifier: MIT
#include "pde/part_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "io/dataset.h"

namespace floe::pde {

namespace fs = std::filesystem;

namespace {

constexpr const char* config_name = "config.toml";

/// "keys = values" of a TOML text by key, in order.
std::map<std::string, std::string> assignments(const std::string& text) {
  std::map<std::string, std::string> values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find(" = ");
    if (equals != std::string::npos) values[line.substr(0, equals)] = line.substr(equals + 3);
  }
  return values;
}

/// The range in a name such as "samples_0-16.h5".
std::optional<SampleRange> parse(const std::string& name) {
  constexpr std::string_view prefix = "samples_", ending = ".h5";
  if (!name.starts_with(prefix) || !name.ends_with(ending)) return std::nullopt;
  const char* const end = name.data() + name.size() - ending.size();
  SampleRange range;
  const auto first = std::from_chars(name.data() + prefix.size(), end, range.first);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return std::nullopt;
  const auto last = std::from_chars(first.ptr + 1, end, range.last);
  if (last.ec != std::errc() || last.ptr != end || range.last <= range.first) return std::nullopt;
  return range;
}

/// Whether the part can be used as it is.
bool usable(const fs::path& file, SampleRange range) {
  try {
    const io::DatasetReader reader(file);
    return reader.samples() == range.size();
  } catch (const Error& error) {
    logging::warning("a part is made anew: {}", error.what());
    return false;
  }
}

}  // namespace

std::vector<SampleRange> missing_ranges(const std::vector<SampleRange>& there, std::uint64_t count,
                                        std::uint64_t most) {
  std::vector<SampleRange> missing;
  const auto fill = [&](std::uint64_t first, std::uint64_t last) {
    for (; first < last; first = missing.back().last) missing.push_back({first, first + std::min(most, last - first)});
  };
  std::uint64_t done = 0;
  for (const SampleRange& range : there) {
    fill(done, range.first);
    done = range.last;
  }
  fill(done, count);
  return missing;
}

std::string difference(const std::string& there, const std::string& here) {
  if (there == here) return {};
  const auto old_values = assignments(there), new_values = assignments(here);
  std::vector<std::string> parts;
  for (const auto& [key, value] : old_values) {
    const auto other = new_values.find(key);
    if (other == new_values.end()) {
      parts.push_back(fmt::format("{} = {} there only", key, value));
    } else if (other->second != value) {
      parts.push_back(fmt::format("{} = {} there and {} here", key, value, other->second));
    }
  }
  for (const auto& [key, value] : new_values) {
    if (!old_values.contains(key)) parts.push_back(fmt::format("{} = {} here only", key, value));
  }
  return parts.empty() ? "they are written differently" : fmt::format("{}", fmt::join(parts, ", "));
}

fs::path PartFolder::path(const fs::path& output) {
  fs::path folder = output;
  return folder += ".parts";
}

fs::path PartFolder::file(const fs::path& output, SampleRange range) {
  return path(output) / fmt::format("samples_{}-{}.h5", range.first, range.last);
}

PartFolder::PartFolder(const fs::path& output, const std::string& config, bool anew) : path_(path(output)) {
  std::error_code problem;
  const fs::path file = path_ / config_name;
  if (fs::exists(path_, problem)) {
    if (!fs::exists(file, problem) && !fs::is_empty(path_, problem)) {
      throw ConfigError(fmt::format("'{}' holds no parts of a dataset (it lacks {}); choose another output",
                                    path_.string(), config_name));
    }
    lock_.take(path_);
    if (const std::string there = fs::exists(file, problem) ? read_file(file) : config; there != config) {
      if (!anew) {
        throw ConfigError(fmt::format(
            "'{}' holds parts of another dataset ({}); give the same keys to go on with it, --force to start anew, or "
            "another output",
            path_.string(), difference(there, config)));
      }
      for (const auto& entry : fs::directory_iterator(path_)) {
        if (entry.path() != file) fs::remove(entry.path(), problem);
      }
    }
  } else {
    if (!fs::create_directory(path_, problem)) throw_io_error("write", path_, problem.value());
    lock_.take(path_);
  }
  write_file_atomically(file, config);
}

PartFolder::Lock::~Lock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void PartFolder::Lock::take(const fs::path& folder) {
  descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // File systems without locks cannot tell; then it is for the user to start one process only.
  if (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw ConfigError(
        fmt::format("'{}' is in use (another process is generating this dataset); wait for it, or choose "
                    "another output",
                    folder.string()));
  }
}

std::vector<SampleRange> PartFolder::ranges(std::uint64_t count) const {
  std::vector<SampleRange> found;
  for (const auto& entry : fs::directory_iterator(path_)) {
    const std::string name = entry.path().filename().string();
    const auto range = parse(name);
    if (range && range->last <= count && usable(entry.path(), *range)) {
      found.push_back(*range);
    } else if (range || name.ends_with(".partial")) {
      std::error_code ignored;
      fs::remove(entry.path(), ignored);
    }
  }
  std::sort(found.begin(), found.end(), [](auto a, auto b) { return a.first < b.first; });
  std::vector<SampleRange> disjoint;
  for (const SampleRange& range : found) {
    if (disjoint.empty() || range.first >= disjoint.back().last) disjoint.push_back(range);
  }
  return disjoint;
}

void PartFolder::remove() {
  std::error_code problem;
  fs::remove_all(path_, problem);
  if (problem) logging::warning("'{}' could not be removed ({}); remove it", path_.string(), problem.message());
}

}  // namespace floe::pde
