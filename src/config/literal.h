// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace floe::config {

/// Values as TOML writes them. Numbers are the shortest text that reads back to the same bits; a real number always
/// shows that it is one ("1.0").
std::string to_literal(bool value);
std::string to_literal(std::int64_t value);
std::string to_literal(double value);
/// A basic string with its escapes.
std::string to_literal(std::string_view value);
inline std::string to_literal(const std::string& value) {
  return to_literal(std::string_view(value));
}
inline std::string to_literal(const char* value) {
  return to_literal(std::string_view(value));
}

}  // namespace floe::config
