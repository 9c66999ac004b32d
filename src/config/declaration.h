// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace floe::config {

/// One key as its binding function declares it, with the value it has.
struct KeyInfo {
  std::string path;       ///< "train.nodes"
  std::string type;       ///< "integer", "list of lattice sizes", "one of hmc, wolff"
  std::string initial;    ///< the default as a TOML literal
  std::string value;      ///< the value after reading, as a TOML literal
  std::string range;      ///< "at least 2", or empty
  std::string help;       ///< one sentence with the unit
  std::string condition;  ///< "train.method = \"residual\"" where only that makes the key legal, or empty
  bool active = true;     ///< the condition holds
  bool required = false;
};

struct TableInfo {
  std::string path;
  std::string help;
  bool active = true;
};

/// All keys and tables of a configuration in the order of their declaration.
struct Declaration {
  std::vector<KeyInfo> keys;
  std::vector<TableInfo> tables;
};

enum class Comments { none, help };

/// The configuration as a TOML file: the values of the active keys at full precision, with or without comments that say
/// what each key means, its type and its range.
std::string to_toml(const Declaration& declaration, Comments comments);

/// The rows of docs/config.md: a Markdown table of all keys.
std::string to_markdown(const Declaration& declaration);

}  // namespace floe::config
