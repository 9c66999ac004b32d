// SPDX-License-Identifier: MIT
#include "io/readers/json_file.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "io/readers/bytes.h"

namespace floe::io {

nlohmann::json read_json(const std::filesystem::path& path, const JsonLimits& limits) {
  const auto file = open_bytes(path);
  if (file->size() > limits.bytes) {
    throw DataError(
        fmt::format("{} has {} bytes (a JSON file of at most {} is expected here); check that it is the right "
                    "file",
                    path.string(), file->size(), limits.bytes));
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(file->size()));
  file->read(0, bytes);
  const char* text = reinterpret_cast<const char*>(bytes.data());
  const auto check_depth = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth > limits.depth) {
      throw DataError(fmt::format("{} is nested more than {} deep (no file of this kind is); use another copy",
                                  path.string(), limits.depth));
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text, text + bytes.size(), check_depth);
  } catch (const nlohmann::json::exception& error) {
    throw DataError(fmt::format("{} is no valid JSON ({}); use another copy", path.string(), error.what()));
  }
}

}  // namespace floe::io
