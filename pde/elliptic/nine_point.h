// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "pde/elliptic/split_field.h"

namespace floe::pde::detail {

/// A symmetric operator whose points are coupled to their eight neighbours, or to four (`nine` false: the diagonal
/// directions are left out). (A u)(i, j) = diagonal u(i, j) - sum of coupling times neighbour; a coupling is stored
/// with the point that is further south, or west of the other.
template <class T>
struct NinePoint {
  NinePoint(const SplitLayout& of, bool nine_points)
      : layout(of), nine(nine_points), diagonal(zero()), inverse(zero()), east(zero()), north(zero()) {
    if (nine) {
      north_east = zero();
      north_west = zero();
    }
  }
  SplitField<T> zero() const { return SplitField<T>::Zero(layout.size()); }

  SplitLayout layout;
  bool nine;
  SplitField<T> diagonal, inverse;  ///< inverse: one over the diagonal, zero in the padding
  SplitField<T> east, north, north_east, north_west;
};

/// The couplings of the points of one half of one row, element by element.
template <bool nine, class T>
struct Couplings {
  Couplings(const NinePoint<T>& a, std::ptrdiff_t row, int p)
      : west_of(a.east.data() + a.layout.half(row, 1 - p) + p - 1),
        east_of(a.east.data() + a.layout.half(row, p)),
        north_of(a.north.data() + a.layout.half(row, p)),
        south_of(a.north.data() + a.layout.half(row - 1, p)) {
    if constexpr (nine) {
      north_east_of = a.north_east.data() + a.layout.half(row, p);
      north_west_of = a.north_west.data() + a.layout.half(row, p);
      south_west_of = a.north_east.data() + a.layout.half(row - 1, 1 - p) + p - 1;
      south_east_of = a.north_west.data() + a.layout.half(row - 1, 1 - p) + p;
    }
  }
  T west(std::ptrdiff_t k) const { return west_of[k]; }
  T east(std::ptrdiff_t k) const { return east_of[k]; }
  T north(std::ptrdiff_t k) const { return north_of[k]; }
  T south(std::ptrdiff_t k) const { return south_of[k]; }
  T north_east(std::ptrdiff_t k) const { return diagonal(north_east_of, k); }
  T north_west(std::ptrdiff_t k) const { return diagonal(north_west_of, k); }
  T south_east(std::ptrdiff_t k) const { return diagonal(south_east_of, k); }
  T south_west(std::ptrdiff_t k) const { return diagonal(south_west_of, k); }

  static T diagonal(const T* values, std::ptrdiff_t k) {
    if constexpr (nine) {
      return values[k];
    } else {
      return T(0);
    }
  }

  const T *west_of, *east_of, *north_of, *south_of;
  const T *north_east_of = nullptr, *north_west_of = nullptr, *south_west_of = nullptr, *south_east_of = nullptr;
};

/// Calls body(k, sum of coupling times neighbour in u) for the points of one half of one row. The body may write to
/// that half of u.
template <bool nine, class T, class Body>
inline void for_half_row(const NinePoint<T>& a, const T* u, std::ptrdiff_t row, int p, const Body& body) {
  const SplitLayout& at = a.layout;
  const Couplings<nine, T> c(a, row, p);
  const T* other = u + at.half(row, 1 - p) + p;
  const T* above = u + at.half(row + 1, p);
  const T* below = u + at.half(row - 1, p);
  const T* above_other = u + at.half(row + 1, 1 - p) + p;
  const T* below_other = u + at.half(row - 1, 1 - p) + p;
  const std::ptrdiff_t count = at.count;
#pragma GCC ivdep
  for (std::ptrdiff_t k = 0; k < count; ++k) {
    T sum = c.west_of[k] * other[k - 1] + c.east_of[k] * other[k] + c.north_of[k] * above[k] + c.south_of[k] * below[k];
    if constexpr (nine) {
      sum += c.north_east_of[k] * above_other[k] + c.north_west_of[k] * above_other[k - 1] +
             c.south_east_of[k] * below_other[k] + c.south_west_of[k] * below_other[k - 1];
    }
    body(k, sum);
  }
}

}  // namespace floe::pde::detail
