// SPDX-License-Identifier: MIT
#include "io/shape.h"

#include <fmt/core.h>

#include <limits>

#include "base/error.h"

namespace floe::io {

std::string to_string(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return "float32";
    case ElementType::float64:
      return "float64";
    case ElementType::int64:
      return "int64";
    case ElementType::string:
      return "string";
    case ElementType::other:
      break;
  }
  return "other";
}

std::string to_string(const Shape& shape) {
  std::string text = "(";
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    text += fmt::format("{}{}", axis == 0 ? "" : ", ", shape[axis]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

std::size_t element_size(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return 4;
    case ElementType::float64:
    case ElementType::int64:
      return 8;
    default:
      return 0;
  }
}

std::size_t element_count(const Shape& shape) {
  constexpr std::size_t limit = std::numeric_limits<std::int64_t>::max();
  std::size_t count = 1;
  for (const std::size_t extent : shape) {
    if (extent == 0) {
      return 0;
    }
    if (count > limit / extent) {
      throw ShapeError(fmt::format(
          "the shape {} is impossible (it has more elements than 63 bits can count); check the file or the sizes",
          to_string(shape)));
    }
    count *= extent;
  }
  return count;
}

}  // namespace floe::io
