// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace floe::io {

/// How much a JSON file may hold. A parsed file takes up to about 30 times its size in memory.
struct JsonLimits {
  std::size_t bytes = std::size_t{16} << 20;
  /// Objects and arrays within each other.
  int depth = 64;
};

/// Reads a JSON file (RFC 8259). Throws IoError, and DataError with the place of a mistake, for a file beyond the
/// limits, and for numbers that are not finite.
nlohmann::json read_json(const std::filesystem::path& path, const JsonLimits& limits = {});

}  // namespace floe::io
