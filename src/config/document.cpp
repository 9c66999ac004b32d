// SPDX-License-Identifier: MIT
#include "config/document.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "config/toml_reader.h"

namespace floe::config {
namespace {

constexpr const char* command_line = "command line";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Node text_node(std::string_view text) {
  Node node;
  node.type = Node::Type::text;
  node.text = text;
  node.origin = command_line;
  return node;
}

/// A TOML value, else a list whose elements may be bare strings, else the text as a string.
Node parse_override_value(std::string_view text) {
  if (auto node = parse_toml_value(text, command_line)) return *node;
  if (!text.starts_with('[') || !text.ends_with(']')) return text_node(text);
  Node list;
  list.type = Node::Type::list;
  list.origin = command_line;
  text = text.substr(1, text.size() - 2);
  while (!trim(text).empty()) {
    const auto cut = text.find(',');
    const std::string_view part = trim(text.substr(0, cut));
    auto node = parse_toml_value(part, command_line);
    list.list.push_back(node ? *node : text_node(part));
    if (cut == std::string_view::npos) break;
    text.remove_prefix(cut + 1);
  }
  return list;
}

void put(Node& table, std::string_view path, Node value, std::string_view assignment) {
  const auto dot = path.find('.');
  const std::string name(path.substr(0, dot));
  Node* entry = table.find(name);
  if (!entry) {
    Node created;
    created.origin = command_line;
    table.table.emplace_back(name, std::move(created));
    entry = &table.table.back().second;
  }
  if (dot == std::string_view::npos) {
    *entry = std::move(value);
    return;
  }
  if (entry->type != Node::Type::table) {
    throw ConfigError(
        fmt::format("command line: '{}' reaches below {} (which is {}, not a table); check the name of the key",
                    assignment, name, type_in_words(entry->type)));
  }
  put(*entry, path.substr(dot + 1), std::move(value), assignment);
}

void merge(Node& table, const Node& changes) {
  for (const auto& [name, change] : changes.table) {
    Node* entry = table.find(name);
    if (entry && entry->type == Node::Type::table && change.type == Node::Type::table) {
      merge(*entry, change);
    } else if (entry) {
      *entry = change;
    } else {
      table.table.emplace_back(name, change);
    }
  }
}

}  // namespace

Document Document::from_file(const std::filesystem::path& path) {
  return from_text(read_file(path), path.string());
}

Document Document::from_text(const std::string& text, const std::string& name) {
  Document document;
  document.name_ = name;
  document.root_ = parse_toml(text, name);
  auto& entries = document.root_.table;
  const auto quick =
      std::find_if(entries.begin(), entries.end(), [](const auto& entry) { return entry.first == "quick"; });
  if (quick != entries.end()) {
    if (quick->second.type != Node::Type::table) {
      throw ConfigError(
          fmt::format("{}: quick is {} (it must be a table of overrides); write [quick] and keys such as "
                      "train.samples = 10 below",
                      quick->second.origin, type_in_words(quick->second.type)));
    }
    document.quick_ = std::move(quick->second);
    entries.erase(quick);
  }
  return document;
}

void Document::apply_override(std::string_view assignment) {
  const auto equals = assignment.find('=');
  const std::string_view path = trim(assignment.substr(0, equals));
  const std::string_view value = equals == std::string_view::npos ? "" : trim(assignment.substr(equals + 1));
  const bool broken = path.empty() || path.starts_with('.') || path.ends_with('.') ||
                      path.find("..") != std::string_view::npos ||
                      path.find_first_of(" \t\"'") != std::string_view::npos;
  if (equals == std::string_view::npos || broken || value.empty()) {
    throw ConfigError(fmt::format(
        "command line: '{}' is no override (it must be key=value); write for example train.nodes=20", assignment));
  }
  put(root_, path, parse_override_value(value), assignment);
}

void Document::apply_quick() {
  merge(root_, quick_);
}

}  // namespace floe::config
