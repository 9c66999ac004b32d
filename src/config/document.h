// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"

namespace floe::config {

/// The content of a configuration file, before it is bound to options. The table [quick] stands apart: it holds
/// overrides that take effect only when asked for.
class Document final {
 public:
  /// An empty document: every key has its default, and required keys may be missing.
  Document() = default;

  /// Throws IoError or ConfigError.
  static Document from_file(const std::filesystem::path& path);
  /// `name` stands for the file in messages.
  static Document from_text(const std::string& text, const std::string& name);

  /// Applies "train.nodes=20". The value is a TOML value or a bare string; lists may hold bare strings:
  /// "sizes=[8x8,12x12]". Throws ConfigError unless it has a key and a value.
  void apply_override(std::string_view assignment);
  /// Puts the values of [quick] in the place of the others.
  void apply_quick();

  const Node& root() const { return root_; }
  /// The table [quick] as it was in the file.
  const Node& quick() const { return quick_; }
  /// The file in messages; empty for an empty document.
  const std::string& name() const { return name_; }

 private:
  Node root_;
  Node quick_;
  std::string name_;
};

}  // namespace floe::config
