// SPDX-License-Identifier: MIT
#pragma once

#include "base/lanes.h"
#include "lattice/geometry.h"

namespace floe::lattice {

/// The couplings of phi^4 theory in the convention
///
///     S = sum_x [ sum_mu (phi_{x+mu} - phi_x)^2 + m^2 phi_x^2 + lambda phi_x^4 ],     weight exp(-S),
///
/// of Albergo et al. (1904.12072) and Gerdes et al. (2207.00283). Coupling 0 with m^2 > 0 is the free field.
struct Phi4 {
  double mass_squared = 1;  ///< m^2, lattice units, any sign when lambda > 0.
  double coupling = 0;      ///< lambda >= 0.

  /// Throws ConfigError unless exp(-S) can be normalised: lambda > 0, or lambda = 0 and m^2 > 0.
  void validate() const;
};

/// The action S of every sample of a block, (lane, site). Sums over sites are accumulated in double; of floats, short
/// runs of sites are added in float first. Throws ShapeError when the block has other than volume() sites.
template <class T>
LaneSums<T> action(const Geometry& geometry, const Phi4& phi4, const Block<T>& phi);

/// dS/dphi_x = 2 (m^2 + 2 d) phi_x - 2 sum_mu (phi_{x+mu} + phi_{x-mu}) + 4 lambda phi_x^3, the negative force.
/// `gradient` is resized when needed; it must not be `phi` itself. Throws ShapeError.
template <class T>
void action_gradient(const Geometry& geometry, const Phi4& phi4, const Block<T>& phi, Block<T>& gradient);

extern template LaneSums<float> action(const Geometry&, const Phi4&, const Block<float>&);
extern template LaneSums<double> action(const Geometry&, const Phi4&, const Block<double>&);
extern template void action_gradient(const Geometry&, const Phi4&, const Block<float>&, Block<float>&);
extern template void action_gradient(const Geometry&, const Phi4&, const Block<double>&, Block<double>&);

}  // namespace floe::lattice
