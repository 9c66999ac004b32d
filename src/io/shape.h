// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace floe::io {

/// The extents of an array, slowest axis first (C order).
using Shape = std::vector<std::size_t>;

/// What the elements of a stored array are. `other` is everything floe does not write itself.
enum class ElementType { float32, float64, int64, string, other };

template <class T>
struct ElementTypeOf;
template <>
struct ElementTypeOf<float> {
  static constexpr ElementType value = ElementType::float32;
};
template <>
struct ElementTypeOf<double> {
  static constexpr ElementType value = ElementType::float64;
};
template <>
struct ElementTypeOf<std::int64_t> {
  static constexpr ElementType value = ElementType::int64;
};

/// The element type of a C++ type: float, double or std::int64_t.
template <class T>
inline constexpr ElementType element_type_of = ElementTypeOf<T>::value;

/// "float32", "float64", "int64", "string", "other".
std::string to_string(ElementType type);

/// "(300, 8, 8)"; "()" for a scalar.
std::string to_string(const Shape& shape);

/// Bytes of one element; 0 for string and other.
std::size_t element_size(ElementType type);

/// The product of the extents, 1 for a scalar.
/// Throws ShapeError if it does not fit 63 bits.
std::size_t element_count(const Shape& shape);

}  // namespace floe::io
