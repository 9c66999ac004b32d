// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <vector>

namespace floe::lattice {

/// The mean of one site in the field J of its neighbours,
///
///     m(J) = int dphi phi w(phi) / int dphi w(phi),   w = exp(-quadratic phi^2 - quartic phi^4 + 2 J phi).
///
/// With J_x = sum_mu (phi_{x+mu} + phi_{x-mu}) and quadratic = m^2 + 2 d this is <phi_x> given all other sites of phi^4
/// theory. Replacing phi_x by it leaves <phi_x J_x> as it is and takes away the part of its variance that the site
/// itself brings: Parisi, Petronzio, Rapuano, Phys. Lett. B 128 (1983) 418.
class SiteMean final {
 public:
  /// Tabulates m for |J| <= largest; beyond, each call is a quadrature. Throws ConfigError when w does not decay.
  SiteMean(double quadratic, double quartic, double largest);

  /// m(J), odd in J; inside the table by cubic interpolation.
  double operator()(double source) const;

 private:
  struct Moments {
    double mean;
    double slope;  // dm/dJ, twice the variance
  };
  Moments integrate(double source) const;

  double quadratic_;
  double quartic_;
  double step_;
  double per_step_;
  std::vector<std::array<double, 4>> table_;  // cubic Hermite, in powers of the position within an interval
};

}  // namespace floe::lattice
