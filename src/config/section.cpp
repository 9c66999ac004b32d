// SPDX-License-Identifier: MIT
#include "config/section.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>

#include "base/error.h"
#include "base/nearest.h"
#include "config/binder.h"
#include "config/lattice_size.h"
#include "config/literal.h"

namespace floe::config {
namespace {

/// A value that does not fit its key; the text lacks the place.
struct Misfit {
  std::string text;
};

[[noreturn]] void refuse_type(const std::string& path, const Node& node, std::string_view wanted) {
  throw Misfit{fmt::format("{} = {} is {} (it must be {}); change the value", path, value_in_words(node),
                           type_in_words(node.type), wanted)};
}

void check_number(const std::string& path, const Node& node, double value, const Limits& limits) {
  const std::string why = why_refused(value, limits);
  if (!why.empty())
    throw Misfit{fmt::format("{} = {} cannot be used ({}); change the value", path, value_in_words(node), why)};
}

/// How a type is named, read from a node and written.
template <class T>
struct Codec;

template <>
struct Codec<bool> {
  static std::string type() { return "boolean"; }
  static bool read(const std::string& path, const Node& node, const Limits&) {
    if (node.type != Node::Type::boolean) refuse_type(path, node, "true or false");
    return node.boolean;
  }
  static std::string write(bool value) { return to_literal(value); }
};

template <class Integer>
struct IntegerCodec {
  static std::string type() { return "integer"; }
  static Integer read(const std::string& path, const Node& node, const Limits& limits) {
    if (node.type != Node::Type::integer) refuse_type(path, node, "an integer");
    check_number(path, node, static_cast<double>(node.integer), limits);
    if (!std::in_range<Integer>(node.integer)) {
      throw Misfit{fmt::format("{} = {} cannot be used (it must be between {} and {}); change the value", path,
                               node.integer, std::numeric_limits<Integer>::min(), std::numeric_limits<Integer>::max())};
    }
    return static_cast<Integer>(node.integer);
  }
  static std::string write(Integer value) { return fmt::format("{}", value); }
};
template <>
struct Codec<int> : IntegerCodec<int> {};
template <>
struct Codec<std::int64_t> : IntegerCodec<std::int64_t> {};
template <>
struct Codec<std::uint64_t> : IntegerCodec<std::uint64_t> {};

template <>
struct Codec<double> {
  static std::string type() { return "number"; }
  static double read(const std::string& path, const Node& node, const Limits& limits) {
    if (node.type != Node::Type::real && node.type != Node::Type::integer) refuse_type(path, node, "a number");
    const double value = node.type == Node::Type::real ? node.real : static_cast<double>(node.integer);
    check_number(path, node, value, limits);
    return value;
  }
  static std::string write(double value) { return to_literal(value); }
};

template <>
struct Codec<std::string> {
  static std::string type() { return "string"; }
  static std::string read(const std::string& path, const Node& node, const Limits& limits) {
    if (node.type != Node::Type::text) refuse_type(path, node, "a string");
    if (node.text.empty() && !limits.may_be_empty) {
      throw Misfit{fmt::format("{} = \"\" cannot be used (it must not be empty); give a value", path)};
    }
    return node.text;
  }
  static std::string write(const std::string& value) { return to_literal(value); }
};

template <class T>
struct Codec<std::optional<T>> {
  static std::string type() { return Codec<T>::type() + " or \"auto\""; }
  static std::optional<T> read(const std::string& path, const Node& node, const Limits& limits) {
    if (node.type == Node::Type::text) {
      if (node.text == "auto") return std::nullopt;
      refuse_type(path, node, std::is_same_v<T, double> ? "a number or \"auto\"" : "an integer or \"auto\"");
    }
    return Codec<T>::read(path, node, limits);
  }
  static std::string write(const std::optional<T>& value) { return value ? Codec<T>::write(*value) : "\"auto\""; }
};

template <class Element>
struct ListCodec {
  using T = decltype(Element::read({}, {}, {}));
  static std::string type() { return fmt::format("list of {}s", Element::type()); }
  static std::vector<T> read(const std::string& path, const Node& node, const Limits& limits) {
    if (node.type != Node::Type::list) refuse_type(path, node, "a " + type());
    if (node.list.empty() && !limits.may_be_empty) {
      throw Misfit{fmt::format("{} = [] cannot be used (it must not be empty); give a value", path)};
    }
    std::vector<T> values;
    for (std::size_t i = 0; i < node.list.size(); ++i) {
      values.push_back(Element::read(fmt::format("{}[{}]", path, i), node.list[i], limits));
    }
    return values;
  }
  static std::string write(const std::vector<T>& values) {
    std::vector<std::string> texts;
    for (const T& value : values) texts.push_back(Element::write(value));
    return fmt::format("[{}]", fmt::join(texts, ", "));
  }
};

template <class T>
struct Codec<std::vector<T>> : ListCodec<Codec<T>> {};

struct LatticeSizeCodec {
  static std::string type() { return "lattice size"; }
  static std::vector<int> read(const std::string& path, const Node& node, const Limits&) {
    try {
      if (node.type == Node::Type::text) return parse_lattice_size(node.text);
      if (node.type == Node::Type::integer) return parse_lattice_size(std::to_string(node.integer));
      if (node.type == Node::Type::list && !node.list.empty()) {
        std::vector<std::string> parts;
        for (const Node& part : node.list) {
          if (part.type != Node::Type::integer) refuse_type(path, part, "an integer");
          parts.push_back(std::to_string(part.integer));
        }
        return parse_lattice_size(parts.size() == 1 ? parts.front() + "^1" : fmt::format("{}", fmt::join(parts, "x")));
      }
    } catch (const ConfigError& error) {
      throw Misfit{fmt::format("{}: {}", path, error.what())};
    }
    refuse_type(path, node, "a lattice size such as \"8x8\"");
  }
  static std::string write(const std::vector<int>& value) {
    return value.empty() ? "\"\"" : to_literal(format_lattice_size(value));
  }
};

template <>
struct Codec<std::vector<std::vector<int>>> : ListCodec<LatticeSizeCodec> {
  /// A single size stands for a list of one.
  static std::vector<std::vector<int>> read(const std::string& path, const Node& node, const Limits& limits) {
    if (node.type != Node::Type::list) return {LatticeSizeCodec::read(path, node, limits)};
    return ListCodec<LatticeSizeCodec>::read(path, node, limits);
  }
};

std::string no_value(const std::string& file, const std::string& path) {
  return fmt::format("{}: {} is missing (it has no default); add it", file, path);
}

}  // namespace

template <class CodecType, class T>
void read_key(Binder& binder, const Node* table, std::string path, std::string_view name, T& value,
              std::string_view help, const Limits& limits) {
  KeyInfo key{.path = std::move(path),
              .type = CodecType::type(),
              .initial = CodecType::write(value),
              .value = {},
              .range = range_in_words(limits),
              .help = std::string(help),
              .condition = binder.condition(),
              .active = binder.active(),
              .required = limits.required};
  if (binder.active()) {
    const Node* node = table ? table->find(name) : nullptr;
    try {
      if (node) value = CodecType::read(key.path, *node, limits);
    } catch (const Misfit& misfit) {
      binder.postpone(fmt::format("{}: {}", node->origin, misfit.text));
    }
    if (!node && limits.required && !binder.every_branch() && !binder.name().empty()) {
      binder.postpone(no_value(binder.name(), key.path));
    }
  }
  key.value = CodecType::write(value);
  binder.declare(std::move(key));
}

template <class T>
void Section::bind_key(std::string_view name, T& value, std::string_view help, const Limits& limits) {
  read_key<Codec<T>>(*binder_, node_, full_path(name), name, value, help, limits);
}

void Section::key(std::string_view name, bool& value, std::string_view help, const Limits& limits) {
  bind_key(name, value, help, limits);
}
void Section::key(std::string_view name, int& value, std::string_view help, const Limits& limits) {
  bind_key(name, value, help, limits);
}
void Section::key(std::string_view name, std::int64_t& value, std::string_view help, const Limits& limits) {
  bind_key(name, value, help, limits);
}
void Section::key(std::string_view name, std::uint64_t& value, std::string_view help, const Limits& limits) {
  bind_key(name, value, help, limits);
}
void Section::key(std::string_view name, double& value, std::string_view help, const Limits& limits) {
  bind_key(name, value, help, limits);
}
void Section::key(std::string_view name, std::string& value, std::string_view help, const Limits& limits) {
  bind_key(name, value, help, limits);
}
void Section::key(std::string_view name, std::optional<double>& value, std::string_view help, const Limits& limits) {
  bind_key(name, value, help, limits);
}
void Section::key(std::string_view name, std::optional<int>& value, std::string_view help, const Limits& limits) {
  bind_key(name, value, help, limits);
}
void Section::key(std::string_view name, std::vector<int>& value, std::string_view help, const Limits& limits) {
  bind_key(name, value, help, limits);
}
void Section::key(std::string_view name, std::vector<double>& value, std::string_view help, const Limits& limits) {
  bind_key(name, value, help, limits);
}
void Section::key(std::string_view name, std::vector<std::string>& value, std::string_view help, const Limits& limits) {
  bind_key(name, value, help, limits);
}
void Section::key(std::string_view name, std::vector<std::vector<int>>& value, std::string_view help,
                  const Limits& limits) {
  bind_key(name, value, help, limits);
}

void Section::lattice_size(std::string_view name, std::vector<int>& value, std::string_view help,
                           const Limits& limits) {
  read_key<LatticeSizeCodec>(*binder_, node_, full_path(name), name, value, help, limits);
}

void Section::choice(std::string_view name, std::string& value, const std::vector<std::string>& choices,
                     std::string_view help) {
  std::size_t index = 0;
  while (index < choices.size() && choices[index] != value) ++index;
  if (index == choices.size()) index = 0;
  value = choices.at(static_cast<std::size_t>(choose(name, index, choices, help)));
}

std::ptrdiff_t Section::choose(std::string_view name, std::size_t initial, const std::vector<std::string>& choices,
                               std::string_view help) {
  const std::string path = full_path(name);
  std::size_t index = initial;
  const Node* node = node_ && binder_->active() ? node_->find(name) : nullptr;
  if (node) {
    if (node->type != Node::Type::text) {
      throw ConfigError(fmt::format("{}: {} = {} is {} (it must be one of {}); change the value", node->origin, path,
                                    value_in_words(*node), type_in_words(node->type), fmt::join(choices, ", ")));
    }
    index = 0;
    while (index < choices.size() && choices[index] != node->text) ++index;
    if (index == choices.size()) {
      throw ConfigError(fmt::format("{}: {} = {} cannot be used (it must be one of {}); {}", node->origin, path,
                                    value_in_words(*node), fmt::join(choices, ", "), suggestion(node->text, choices)));
    }
  }
  binder_->declare(KeyInfo{.path = path,
                           .type = fmt::format("one of {}", fmt::join(choices, ", ")),
                           .initial = to_literal(choices[initial]),
                           .value = to_literal(choices[index]),
                           .range = {},
                           .help = std::string(help),
                           .condition = binder_->condition(),
                           .active = binder_->active(),
                           .required = false});
  return static_cast<std::ptrdiff_t>(index);
}

std::vector<std::string> Section::table_names() const {
  std::vector<std::string> names;
  if (!node_ || !binder_->active()) return names;
  for (const auto& [name, node] : node_->table) {
    if (node.type == Node::Type::table) names.push_back(name);
  }
  return names;
}

Section Section::enter(std::string_view name, std::string_view help) {
  const std::string path = full_path(name);
  binder_->declare(TableInfo{.path = path, .help = std::string(help), .active = binder_->active()});
  const Node* node = node_ ? node_->find(name) : nullptr;
  if (node && node->type != Node::Type::table) node = nullptr;  // finish() reports it
  return Section(*binder_, path, node);
}

std::string Section::full_path(std::string_view name) const {
  return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
}

Section::Conditional::Conditional(Section& section, bool active, std::string_view condition)
    : binder_(*section.binder_), active_(active || section.binder_->every_branch()) {
  binder_.push(section.full_path(condition), active_);
}

Section::Conditional::~Conditional() {
  binder_.pop(active_);
}

}  // namespace floe::config
