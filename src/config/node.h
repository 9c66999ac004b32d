// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace floe::config {

/// A value of a configuration file with the place it came from: a scalar, a list or a table.
struct Node {
  enum class Type { boolean, integer, real, text, date, list, table };

  // Defined where Node is complete: clang does not take the implicit ones of a type that holds pairs with itself.
  Node();
  Node(const Node&);
  Node(Node&&) noexcept;
  Node& operator=(const Node&);
  Node& operator=(Node&&) noexcept;
  ~Node();

  Type type = Type::table;
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;  ///< a string, or a date as it was written
  std::vector<Node> list;
  std::vector<std::pair<std::string, Node>> table;  ///< in the order of the file
  std::string origin;                               ///< "config.toml:12" or "command line"

  /// The entry of this table, or null.
  const Node* find(std::string_view name) const;
  Node* find(std::string_view name);
};

/// The type in words, with an article: "an integer".
std::string_view type_in_words(Node::Type type);

/// The value as TOML would have it, shortened for messages.
std::string value_in_words(const Node& node);

}  // namespace floe::config
