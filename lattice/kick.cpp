// SPDX-License-Identifier: MIT
#include "lattice/kick.h"

#include <fmt/format.h>

#include "base/error.h"
#include "lattice/lane_mask.h"

namespace floe::lattice {
namespace {

using Site = Vector<double>;

// The neighbouring rows along the other axes; never empty.
template <int Count>
struct Rows {
  const Site* row[Count + 1];
};

// factor * dS/dphi = phi (linear + cubic phi^2) + hopping * (sum of neighbours), coefficients of each chain.
struct Coefficients {
  Site linear, cubic, hopping;
};

template <int Axes>
void kick_row(const Coefficients& c, const Site* row, const Rows<2 * Axes>& adjacent, int length, Site* momentum) {
  const Site linear = c.linear, cubic = c.cubic, hopping = c.hopping;
  const auto site = [&](int i, const Site& left, const Site& x, const Site& right) {
    Site neighbours = left + right;
    for (int n = 0; n < 2 * Axes; ++n) neighbours += adjacent.row[n][i];
    momentum[i] += x * (linear + cubic * (x * x)) + hopping * neighbours;
  };
  Site left = row[length - 1];
  Site x = row[0];
#pragma GCC unroll 4
  for (int i = 0; i < length - 1; ++i) {
    const Site right = row[i + 1];
    site(i, left, x, right);
    left = x;
    x = right;
  }
  site(length - 1, left, x, row[0]);
}

template <int Axes>
void kick(const Geometry& geometry, const Coefficients& coefficients, const Site* phi, Site* momentum) {
  const int length = geometry.row_length();
  for (int row = 0; row < geometry.row_count(); ++row) {
    const int* const neighbours = geometry.row_neighbours(row);
    Rows<2 * Axes> adjacent;
    for (int n = 0; n < 2 * Axes; ++n) {
      adjacent.row[n] = phi + static_cast<std::ptrdiff_t>(neighbours[n]) * length;
    }
    const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(row) * length;
    kick_row<Axes>(coefficients, phi + first, adjacent, length, momentum + first);
  }
}

}  // namespace

void add_action_gradient(const Geometry& geometry, const Phi4& phi4, const Block<double>& phi,
                         const Lanes<double>& factor, Block<double>& momentum) {
  if (phi.cols() != geometry.volume() || momentum.cols() != geometry.volume()) {
    throw ShapeError(
        fmt::format("blocks of {} and {} sites on the lattice {} (which has {} sites); pass a field and a "
                    "momentum of this lattice",
                    phi.cols(), momentum.cols(), to_string(geometry), geometry.volume()));
  }
  const Site f = as_vector(factor);
  const Coefficients c{f * (2 * (phi4.mass_squared + 2 * geometry.dimension())), f * (4 * phi4.coupling), f * -2.0};
  switch (geometry.dimension()) {
    case 1:
      return kick<0>(geometry, c, sites(phi), sites(momentum));
    case 2:
      return kick<1>(geometry, c, sites(phi), sites(momentum));
    case 3:
      return kick<2>(geometry, c, sites(phi), sites(momentum));
    default:
      return kick<3>(geometry, c, sites(phi), sites(momentum));
  }
}

}  // namespace floe::lattice
