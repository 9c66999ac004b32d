// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/node.h"

namespace floe::config {

/// The table that a TOML text describes; `name` is the file named in messages. Throws ConfigError.
Node parse_toml(const std::string& text, const std::string& name);

/// The value that the right-hand side of a TOML assignment describes, or nothing if it is not TOML.
std::optional<Node> parse_toml_value(std::string_view text, const std::string& origin);

}  // namespace floe::config
