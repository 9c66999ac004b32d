// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

namespace floe::io {

/// What numbers a file may hold.
enum class Number { boolean, int8, uint8, int16, uint16, int32, uint32, int64, uint64, float16, float32, float64 };

/// A kind of number and the order of its bytes.
struct NumberFormat {
  Number number = Number::float64;
  bool big_endian = false;
};

/// Bytes of one number.
std::size_t size_of(Number number);
/// As numpy names it: "float32", "bool".
std::string to_string(Number number);

/// Turns `count` numbers, `source_step` bytes apart, into values `value_step` apart. float16 follows IEEE 754 binary16
/// with subnormal numbers, infinities and NaN; integers beyond 2^53 (2^24 for float) are rounded to the nearest.
void convert(NumberFormat format, const std::byte* source, std::size_t source_step, double* values,
             std::size_t value_step, std::size_t count);
void convert(NumberFormat format, const std::byte* source, std::size_t source_step, float* values,
             std::size_t value_step, std::size_t count);

}  // namespace floe::io
