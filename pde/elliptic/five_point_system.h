// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

namespace floe::pde {

/// A symmetric positive definite system on a rectangle of nx by ny points, each coupled to its four neighbours, as
/// finite volumes give it for -div(a grad u) = f:
///
///     diagonal(i, j) u(i, j) - east(i, j) u(i+1, j) - east(i-1, j) u(i-1, j)
///                            - north(i, j) u(i, j+1) - north(i, j-1) u(i, j-1) = right-hand side(i, j)
///
/// Arrays are row-major, index j * nx + i. What couples to a boundary value of zero stands in the diagonal only: east
/// is zero in the last column, north in the last row. A point that is no unknown (outside of a domain) has the diagonal
/// 1 and no couplings.
struct FivePointSystem {
  FivePointSystem(std::size_t columns, std::size_t rows)
      : nx(columns), ny(rows), diagonal(nx * ny), east(nx * ny), north(nx * ny) {}

  std::size_t nx, ny;
  std::vector<double> diagonal, east, north;

  std::size_t points() const { return nx * ny; }
  std::size_t index(std::size_t i, std::size_t j) const { return j * nx + i; }

  /// out = A u, the plain way.
  void apply(const std::vector<double>& u, std::vector<double>& out) const;
};

}  // namespace floe::pde
