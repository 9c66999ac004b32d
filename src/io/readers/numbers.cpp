// SPDX-License-Identifier: MIT
#include "io/readers/numbers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace floe::io {

namespace {

struct Half {
  std::uint16_t bits;
};

struct Boolean {
  std::uint8_t bits;
};

float value_of(Half half) {
  const bool negative = (half.bits & 0x8000U) != 0;
  const int exponent = (half.bits >> 10) & 0x1F;
  const int fraction = half.bits & 0x3FF;
  float magnitude = 0;
  if (exponent == 0x1F) {
    magnitude = fraction == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(fraction), -24);
  } else {
    magnitude = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  }
  return negative ? -magnitude : magnitude;
}

int value_of(Boolean boolean) {
  return boolean.bits != 0 ? 1 : 0;
}

template <class Stored>
Stored value_of(Stored stored) {
  return stored;
}

template <class Stored, bool swapped>
Stored load(const std::byte* source) {
  std::array<std::byte, sizeof(Stored)> bytes;
  std::memcpy(bytes.data(), source, sizeof(Stored));
  if constexpr (swapped && sizeof(Stored) > 1) {
    std::reverse(bytes.begin(), bytes.end());
  }
  return std::bit_cast<Stored>(bytes);
}

template <class Stored, bool swapped, class T>
void convert_all(const std::byte* source, std::size_t source_step, T* values, std::size_t value_step,
                 std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    values[i * value_step] = static_cast<T>(value_of(load<Stored, swapped>(source + i * source_step)));
  }
}

template <class Stored, class T>
void convert_stored(bool swapped, const std::byte* source, std::size_t source_step, T* values, std::size_t value_step,
                    std::size_t count) {
  if (swapped) {
    convert_all<Stored, true>(source, source_step, values, value_step, count);
  } else {
    convert_all<Stored, false>(source, source_step, values, value_step, count);
  }
}

template <class T>
void convert_any(NumberFormat format, const std::byte* source, std::size_t source_step, T* values,
                 std::size_t value_step, std::size_t count) {
  const bool swapped = format.big_endian != (std::endian::native == std::endian::big);
  const auto run = [&]<class Stored>(Stored) {
    convert_stored<Stored>(swapped, source, source_step, values, value_step, count);
  };
  switch (format.number) {
    case Number::boolean:
      return run(Boolean{});
    case Number::int8:
      return run(std::int8_t{});
    case Number::uint8:
      return run(std::uint8_t{});
    case Number::int16:
      return run(std::int16_t{});
    case Number::uint16:
      return run(std::uint16_t{});
    case Number::int32:
      return run(std::int32_t{});
    case Number::uint32:
      return run(std::uint32_t{});
    case Number::int64:
      return run(std::int64_t{});
    case Number::uint64:
      return run(std::uint64_t{});
    case Number::float16:
      return run(Half{});
    case Number::float32:
      return run(float{});
    case Number::float64:
      return run(double{});
  }
}

}  // namespace

std::size_t size_of(Number number) {
  switch (number) {
    case Number::boolean:
    case Number::int8:
    case Number::uint8:
      return 1;
    case Number::int16:
    case Number::uint16:
    case Number::float16:
      return 2;
    case Number::int32:
    case Number::uint32:
    case Number::float32:
      return 4;
    case Number::int64:
    case Number::uint64:
    case Number::float64:
      break;
  }
  return 8;
}

std::string to_string(Number number) {
  switch (number) {
    case Number::boolean:
      return "bool";
    case Number::int8:
      return "int8";
    case Number::uint8:
      return "uint8";
    case Number::int16:
      return "int16";
    case Number::uint16:
      return "uint16";
    case Number::int32:
      return "int32";
    case Number::uint32:
      return "uint32";
    case Number::int64:
      return "int64";
    case Number::uint64:
      return "uint64";
    case Number::float16:
      return "float16";
    case Number::float32:
      return "float32";
    case Number::float64:
      break;
  }
  return "float64";
}

void convert(NumberFormat format, const std::byte* source, std::size_t source_step, double* values,
             std::size_t value_step, std::size_t count) {
  convert_any(format, source, source_step, values, value_step, count);
}

void convert(NumberFormat format, const std::byte* source, std::size_t source_step, float* values,
             std::size_t value_step, std::size_t count) {
  convert_any(format, source, source_step, values, value_step, count);
}

}  // namespace floe::io
