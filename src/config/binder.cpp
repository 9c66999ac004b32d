// SPDX-License-Identifier: MIT
#include "config/binder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"

namespace floe::config {
namespace {

std::string join(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

std::string parent_of(const std::string& path) {
  const auto dot = path.rfind('.');
  return dot == std::string::npos ? std::string() : path.substr(0, dot);
}

std::string name_of(const std::string& path) {
  const auto dot = path.rfind('.');
  return dot == std::string::npos ? path : path.substr(dot + 1);
}

}  // namespace

Binder::Binder(const Node& root, std::string name, bool every_branch)
    : root_(root), name_(std::move(name)), every_branch_(every_branch) {}

std::string Binder::condition() const {
  return fmt::format("{}", fmt::join(conditions_, " and "));
}

void Binder::push(std::string condition, bool active) {
  conditions_.push_back(std::move(condition));
  inactive_ += active ? 0 : 1;
}

void Binder::pop(bool active) {
  conditions_.pop_back();
  inactive_ -= active ? 0 : 1;
}

void Binder::declare(KeyInfo key) {
  declaration_.keys.push_back(std::move(key));
}

void Binder::declare(TableInfo table) {
  auto& tables = declaration_.tables;
  const auto found =
      std::find_if(tables.begin(), tables.end(), [&](const TableInfo& t) { return t.path == table.path; });
  if (found == tables.end()) {
    tables.push_back(std::move(table));
  } else {
    found->active = found->active || table.active;
  }
}

void Binder::postpone(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
}

void Binder::finish() const {
  check_keys(root_, {}, false);
  if (!problem_.empty()) throw ConfigError(problem_);
}

void Binder::check_keys(const Node& table, const std::string& path, bool allow_inactive) const {
  for (const auto& [name, node] : table.table) {
    const std::string full = join(path, name);
    std::vector<std::string> conditions;
    bool known = false;
    for (const KeyInfo& key : declaration_.keys) {
      if (key.path != full) continue;
      if (key.active || allow_inactive) known = true;
      conditions.push_back(key.condition);
    }
    if (known) continue;
    if (!conditions.empty()) {
      throw ConfigError(fmt::format("{}: {} is not used (it belongs to {}); remove it", node.origin, full,
                                    fmt::join(conditions, " or ")));
    }
    const bool is_table = std::any_of(declaration_.tables.begin(), declaration_.tables.end(),
                                      [&](const TableInfo& t) { return t.path == full; });
    if (!is_table) refuse_unknown(node, full);
    if (node.type != Node::Type::table) {
      throw ConfigError(fmt::format("{}: {} = {} is {} (it must be a table); write [{}] and its keys below",
                                    node.origin, full, value_in_words(node), type_in_words(node.type), full));
    }
    check_keys(node, full, allow_inactive);
  }
}

void Binder::refuse_unknown(const Node& node, const std::string& path) const {
  const std::string parent = parent_of(path);
  const std::string name = name_of(path);
  std::vector<std::string> siblings;
  std::vector<std::string> elsewhere;
  for (const KeyInfo& key : declaration_.keys) {
    if (!key.active) continue;
    if (parent_of(key.path) == parent) siblings.push_back(name_of(key.path));
    if (name_of(key.path) == name) elsewhere.push_back(key.path);
  }
  for (const TableInfo& table : declaration_.tables) {
    if (table.active && parent_of(table.path) == parent) siblings.push_back(name_of(table.path));
  }
  const std::string where = parent.empty() ? "at the top level" : fmt::format("in [{}]", parent);
  const std::string what = node.type == Node::Type::table ? "table" : "key";
  std::string help = suggestion(name, siblings);
  if (!elsewhere.empty() && nearest(name, siblings).empty())
    help = fmt::format("did you mean '{}'?", elsewhere.front());
  throw ConfigError(
      fmt::format("{}: unknown {} '{}' (there is none of this name {}); {}", node.origin, what, path, where, help));
}

}  // namespace floe::config
