// SPDX-License-Identifier: MIT
#include "io/readers/npz.h"

#include <fmt/core.h>

#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "io/readers/npy.h"
#include "io/readers/stored_array.h"
#include "io/readers/zip.h"

namespace floe::io {

std::unique_ptr<ArrayFile> open_npz(const std::filesystem::path& path) {
  constexpr std::string_view ending = ".npy";
  std::vector<StoredEntry> entries;
  for (const ZipMember& member : read_zip(open_bytes(path))) {
    if (!member.name.ends_with(ending)) {
      continue;
    }
    std::string name = member.name.substr(0, member.name.size() - ending.size());
    if (!member.obstacle.empty()) {
      entries.push_back({{std::move(name), {}, "unknown"}, {}, member.obstacle});
      continue;
    }
    StoredEntry entry =
        read_npy_start(*member.start(static_cast<std::size_t>(longest_npy_start)), member.size, std::move(name));
    if (entry.stored) {
      entry.stored->bytes = member.content();
    }
    entries.push_back(std::move(entry));
  }
  if (entries.empty()) {
    throw DataError(
        fmt::format("{} holds no arrays (it is a ZIP archive without a member ending in .npy); give a file "
                    "written by numpy.savez",
                    path.string()));
  }
  return make_stored_file("NPZ", path.string(), std::move(entries));
}

}  // namespace floe::io
