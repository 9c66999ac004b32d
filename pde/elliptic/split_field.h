// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <cstddef>

namespace floe::pde {

/// Where the points of a rectangle lie when the even and the odd columns of each row are kept apart, so that the points
/// of one colour of a checkerboard, and those that a coarser grid keeps, are contiguous. Column 2k is element k of the
/// even half, column 2k + 1 element k of the odd half; the neighbours of element k of half p are the elements k + p - 1
/// (west) and k + p (east) of the other half. Halves are padded to `count` elements and by a guard, and there is a row
/// below and one above; all these hold zeros, so that loops need neither ends nor remainders.
class SplitLayout final {
 public:
  static constexpr std::ptrdiff_t width = 16;

  SplitLayout(std::ptrdiff_t columns, std::ptrdiff_t rows)
      : nx(columns), ny(rows), count(((columns + 1) / 2 + width - 1) / width * width), stride(count + width) {}

  std::ptrdiff_t nx, ny;
  std::ptrdiff_t count;   ///< elements of a half to loop over
  std::ptrdiff_t stride;  ///< from one half to the next

  std::ptrdiff_t size() const { return 2 * stride * (ny + 2); }
  /// Rows -1 to ny.
  std::ptrdiff_t half(std::ptrdiff_t row, int parity) const { return (2 * (row + 1) + parity) * stride; }
  std::ptrdiff_t element(std::ptrdiff_t column, std::ptrdiff_t row) const {
    return half(row, static_cast<int>(column % 2)) + column / 2;
  }
};

template <class T>
using SplitField = Eigen::Array<T, Eigen::Dynamic, 1>;

/// A split field from a row-major one; padding is left alone.
template <class T>
void split(const SplitLayout& layout, const double* rows, T* field) {
  for (std::ptrdiff_t j = 0; j < layout.ny; ++j) {
    T* even = field + layout.half(j, 0);
    T* odd = field + layout.half(j, 1);
    const double* row = rows + j * layout.nx;
    for (std::ptrdiff_t k = 0; k < layout.nx / 2; ++k) {
      even[k] = static_cast<T>(row[2 * k]);
      odd[k] = static_cast<T>(row[2 * k + 1]);
    }
    if (layout.nx % 2 == 1) even[layout.nx / 2] = static_cast<T>(row[layout.nx - 1]);
  }
}

/// The opposite.
template <class T>
void join(const SplitLayout& layout, const T* field, double* rows) {
  for (std::ptrdiff_t j = 0; j < layout.ny; ++j) {
    const T* even = field + layout.half(j, 0);
    const T* odd = field + layout.half(j, 1);
    double* row = rows + j * layout.nx;
    for (std::ptrdiff_t k = 0; k < layout.nx / 2; ++k) {
      row[2 * k] = static_cast<double>(even[k]);
      row[2 * k + 1] = static_cast<double>(odd[k]);
    }
    if (layout.nx % 2 == 1) row[layout.nx - 1] = static_cast<double>(even[layout.nx / 2]);
  }
}

}  // namespace floe::pde
