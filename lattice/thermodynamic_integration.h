// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "lattice/error_analysis.h"
#include "lattice/geometry.h"
#include "lattice/monte_carlo.h"
#include "lattice/phi4.h"

namespace floe::lattice {

struct ThermodynamicIntegrationOptions {
  int nodes = 12;            ///< Gauss-Legendre nodes in the hopping strength, at least 1.
  MonteCarloOptions chains;  ///< The simulation at each node.

  /// Throws ConfigError.
  void validate() const;
};

struct LogZEstimate {
  double value = 0;
  double error = 0;                 ///< Statistical; the error of the quadrature is not in it.
  double log_z_0 = 0;               ///< Without hopping, exact.
  std::vector<double> hopping;      ///< The nodes a.
  std::vector<Estimate> integrand;  ///< d log Z / da at the nodes.
};

/// log Z of phi^4 theory, Z = int prod dphi exp(-S), by integrating from independent sites to the full theory:
///
///     S_a = sum_x [ (m^2 + 2 d) phi^2 + lambda phi^4 ] - 2 a sum_{x,mu} phi_x phi_{x+mu},
///     log Z = log Z_0 + int_0^1 da < 2 sum_{x,mu} phi_x phi_{x+mu} >_a,
///     log Z_0 = V log int dphi exp(-(m^2 + 2 d) phi^2 - lambda phi^4).
///
/// The integrand is measured with each phi_x replaced by its mean given its neighbours (SiteMean), which divides the
/// variance by two to many. Each node is a simulation of its own, with its own seed derived from `seed`; phi = chi /
/// sqrt(a) brings S_a to the form of Phi4. `stop` is polled as in MonteCarlo::run; when it ends the run the result is
/// that of a DataError. Throws ConfigError also for a free field with m^2 + 2 d <= 0.
LogZEstimate integrate_log_z(const Geometry& geometry, const Phi4& phi4, const ThermodynamicIntegrationOptions& options,
                             std::uint64_t seed, const std::function<bool()>& stop = {});

/// log int dphi exp(-quadratic phi^2 - quartic phi^4), to rounding. Throws ConfigError when the integral diverges.
double log_site_integral(double quadratic, double quartic);

}  // namespace floe::lattice
