// SPDX-License-Identifier: MIT
#include "config/declaration.h"

#include <fmt/format.h>

#include <string_view>

namespace floe::config {
namespace {

std::string_view table_of(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
}

std::string_view name_of(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

/// Comment lines of at most 110 characters.
std::string comment(std::string_view text) {
  std::string lines = "#";
  std::size_t column = 1;
  while (!text.empty()) {
    const auto cut = text.find(' ');
    const std::string_view word = text.substr(0, cut);
    if (column > 1 && column + 1 + word.size() > 110) {
      lines += "\n#";
      column = 1;
    }
    lines.append(" ").append(word);
    column += 1 + word.size();
    text.remove_prefix(cut == std::string_view::npos ? text.size() : cut + 1);
  }
  return lines + "\n";
}

std::string described(const KeyInfo& key) {
  std::string text = fmt::format("{} ({}", key.help, key.type);
  if (!key.range.empty()) text += ", " + key.range;
  if (key.required) text += ", required";
  return text + ")";
}

std::string keys_of(const Declaration& declaration, std::string_view table, Comments comments) {
  std::string text;
  for (const KeyInfo& key : declaration.keys) {
    if (!key.active || table_of(key.path) != table) continue;
    if (comments == Comments::help) text += comment(described(key));
    text += fmt::format("{} = {}\n", name_of(key.path), key.value);
  }
  return text;
}

std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

}  // namespace

std::string to_toml(const Declaration& declaration, Comments comments) {
  std::string text = keys_of(declaration, "", comments);
  for (const TableInfo& table : declaration.tables) {
    if (!table.active) continue;
    const std::string keys = keys_of(declaration, table.path, comments);
    if (keys.empty()) continue;
    text += text.empty() ? "" : "\n";
    if (comments == Comments::help && !table.help.empty()) text += comment(table.help);
    text += fmt::format("[{}]\n{}", table.path, keys);
  }
  return text;
}

std::string to_markdown(const Declaration& declaration) {
  std::string text = "| key | type | default | range | used with | meaning |\n|---|---|---|---|---|---|\n";
  for (const KeyInfo& key : declaration.keys) {
    text += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", key.path, cell(key.type),
                        key.required ? "required" : fmt::format("`{}`", cell(key.initial)), key.range,
                        key.condition.empty() ? "" : fmt::format("`{}`", cell(key.condition)), cell(key.help));
  }
  return text;
}

}  // namespace floe::config
