// SPDX-License-Identifier: MIT
#include "config/literal.h"

#include <fmt/format.h>

#include <cmath>

namespace floe::config {

std::string to_literal(bool value) {
  return value ? "true" : "false";
}

std::string to_literal(std::int64_t value) {
  return fmt::format("{}", value);
}

std::string to_literal(double value) {
  if (std::isnan(value)) return "nan";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::string to_literal(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    switch (c) {
      case '"':
        text += "\\\"";
        break;
      case '\\':
        text += "\\\\";
        break;
      case '\n':
        text += "\\n";
        break;
      case '\t':
        text += "\\t";
        break;
      case '\r':
        text += "\\r";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          text += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
        } else {
          text += c;
        }
    }
  }
  return text + "\"";
}

}  // namespace floe::config
