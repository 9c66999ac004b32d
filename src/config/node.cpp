// SPDX-License-Identifier: MIT
#include "config/node.h"

#include "config/literal.h"

namespace floe::config {
namespace {

std::string literal(const Node& node) {
  switch (node.type) {
    case Node::Type::boolean:
      return to_literal(node.boolean);
    case Node::Type::integer:
      return to_literal(node.integer);
    case Node::Type::real:
      return to_literal(node.real);
    case Node::Type::text:
      return to_literal(node.text);
    case Node::Type::date:
      return node.text;
    case Node::Type::list: {
      std::string text = "[";
      for (const Node& element : node.list) text += (text.size() > 1 ? ", " : "") + literal(element);
      return text + "]";
    }
    case Node::Type::table:
      break;
  }
  return "{...}";
}

}  // namespace

Node::Node() = default;
Node::Node(const Node&) = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(const Node&) = default;
Node& Node::operator=(Node&&) noexcept = default;
Node::~Node() = default;

const Node* Node::find(std::string_view name) const {
  for (const auto& [key, value] : table) {
    if (key == name) return &value;
  }
  return nullptr;
}

Node* Node::find(std::string_view name) {
  return const_cast<Node*>(std::as_const(*this).find(name));
}

std::string_view type_in_words(Node::Type type) {
  switch (type) {
    case Node::Type::boolean:
      return "a boolean";
    case Node::Type::integer:
      return "an integer";
    case Node::Type::real:
      return "a number";
    case Node::Type::text:
      return "a string";
    case Node::Type::date:
      return "a date";
    case Node::Type::list:
      return "a list";
    case Node::Type::table:
      break;
  }
  return "a table";
}

std::string value_in_words(const Node& node) {
  std::string text = literal(node);
  constexpr std::size_t most = 60;
  if (text.size() > most) text = text.substr(0, most - 3) + "...";
  return text;
}

}  // namespace floe::config
