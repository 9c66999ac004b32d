// SPDX-License-Identifier: MIT
#include "config/toml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <toml.hpp>

#include "base/error.h"

// The only file that sees toml11: its header takes seconds to compile, and versions 3 and 4 differ in what stands here.
namespace floe::config {
namespace {

#if TOML11_VERSION_MAJOR >= 4
std::size_t line_of(const toml::source_location& place) {
  return place.first_line_number();
}
std::size_t column_of(const toml::source_location& place) {
  return place.first_column_number();
}
std::string string_of(const toml::value& value) {
  return value.as_string();
}
toml::source_location place_of(const toml::syntax_error& error) {
  for (const auto& info : error.errors()) {
    if (!info.locations().empty()) return info.locations().front().first;
  }
  return {};
}
#else
std::size_t line_of(const toml::source_location& place) {
  return place.line();
}
std::size_t column_of(const toml::source_location& place) {
  return place.column();
}
std::string string_of(const toml::value& value) {
  return value.as_string().str;
}
toml::source_location place_of(const toml::syntax_error& error) {
  return error.location();
}
#endif

/// The parser's reason without its decoration: "[error] toml::parse_array: missing comma\n --> ...".
std::string reason_of(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  for (const std::string_view prefix : {"[error] ", "toml::"}) {
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  }
  // The name of a function of the parser.
  if (const auto colon = text.find(": "); colon < text.find(' ')) text.remove_prefix(colon + 2);
  while (text.ends_with('.')) text.remove_suffix(1);
  return text.empty() ? std::string("the syntax is wrong; strings stand in quotes") : std::string(text);
}

struct Place {
  std::size_t line = 0;
  std::size_t column = 0;
};

Node convert(const toml::value& value, const std::string& name);

/// The parser keeps tables unordered; the file's order comes back from the places of the values.
void convert_table(const toml::value& value, const std::string& name, Node& node) {
  std::vector<std::pair<Place, std::pair<std::string, Node>>> entries;
  for (const auto& [key, entry] : value.as_table()) {
    entries.push_back({{line_of(entry.location()), column_of(entry.location())}, {key, convert(entry, name)}});
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first.line, a.first.column, a.second.first) <
           std::tie(b.first.line, b.first.column, b.second.first);
  });
  for (auto& [place, entry] : entries) node.table.push_back(std::move(entry));
}

Node convert(const toml::value& value, const std::string& name) {
  Node node;
  node.origin = name.empty() ? name : fmt::format("{}:{}", name, line_of(value.location()));
  if (value.is_boolean()) {
    node.type = Node::Type::boolean;
    node.boolean = value.as_boolean();
  } else if (value.is_integer()) {
    node.type = Node::Type::integer;
    node.integer = value.as_integer();
    // The parser cuts larger numbers off without a word.
    if (node.integer == std::numeric_limits<std::int64_t>::max() ||
        node.integer == std::numeric_limits<std::int64_t>::min()) {
      throw ConfigError(
          fmt::format("{}: an integer does not fit 64 bits (its size is at most 2^63 - 2); write a smaller one",
                      node.origin.empty() ? "command line" : node.origin));
    }
  } else if (value.is_floating()) {
    node.type = Node::Type::real;
    node.real = value.as_floating();
  } else if (value.is_string()) {
    node.type = Node::Type::text;
    node.text = string_of(value);
  } else if (value.is_array()) {
    node.type = Node::Type::list;
    for (const auto& element : value.as_array()) node.list.push_back(convert(element, name));
  } else if (value.is_table()) {
    node.type = Node::Type::table;
    convert_table(value, name, node);
  } else {
    node.type = Node::Type::date;
    node.text = "a date";
  }
  return node;
}

}  // namespace

Node parse_toml(const std::string& text, const std::string& name) {
  try {
    std::istringstream stream(text);
    return convert(toml::parse(stream, name), name);
  } catch (const ConfigError&) {
    throw;
  } catch (const toml::syntax_error& error) {
    throw ConfigError(fmt::format("{}:{}: this is not TOML ({}); correct the line", name, line_of(place_of(error)),
                                  reason_of(error.what())));
  } catch (const std::exception& error) {
    throw ConfigError(fmt::format("{}: this is not TOML ({}); correct the file", name, reason_of(error.what())));
  }
}

std::optional<Node> parse_toml_value(std::string_view text, const std::string& origin) {
  if (text.find('\n') != std::string_view::npos) return std::nullopt;
  try {
    std::istringstream stream(fmt::format("value = {}\n", text));
    const toml::value parsed = toml::parse(stream, origin);
    if (parsed.as_table().size() != 1) return std::nullopt;
    Node node = convert(parsed.as_table().at("value"), {});
    const auto set_origin = [&](const auto& self, Node& target) -> void {
      target.origin = origin;
      for (Node& element : target.list) self(self, element);
      for (auto& [key, entry] : target.table) self(self, entry);
    };
    set_origin(set_origin, node);
    if (node.type == Node::Type::date) return std::nullopt;
    return node;
  } catch (const ConfigError&) {
    throw;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace floe::config
