// SPDX-License-Identifier: MIT
#pragma once

#include "lattice/phi4.h"

namespace floe::lattice {

/// A theory in the convention of phi4.h together with the map of its field: chi = field_scale * phi, where chi is the
/// field of the other convention. Actions are equal, S_other(chi) = S(phi); densities and partition functions carry
/// the Jacobian of the rescaling.
struct Rescaled {
  Phi4 phi4;
  double field_scale = 1;

  /// log Z of the other convention, integrated over chi, minus log Z integrated over phi: V log(field_scale).
  double log_z_offset(int volume) const;
};

/// S = sum_x [ -2 kappa sum_mu chi_x chi_{x+mu} + (1 - 2 lambda) chi^2 + lambda chi^4 ], without the constant lambda of
/// (chi^2 - 1)^2. m^2 = (1 - 2 lambda) / kappa - 2 d, coupling = lambda / kappa^2, phi = sqrt(kappa) chi.
struct Hopping {
  double kappa = 0;   ///< > 0
  double lambda = 0;  ///< >= 0
};

/// S = sum_x [ sum_mu (chi_{x+mu} - chi_x)^2 / 2 + m^2 chi^2 / 2 + lambda chi^4 / 24 ], chi = sqrt(2) phi, lambda = 6
/// coupling: the textbook normalisation of a scalar field, used by neumc (Bialas et al.).
struct HalfConvention {
  double mass_squared = 1;
  double lambda = 0;
};

/// S = sum_x [ sum_mu (chi_{x+mu} - chi_x)^2 / 2 + mu_0^2 chi^2 / 2 + lambda chi^4 / 4 ], chi = sqrt(2) phi: Schaich
/// and Loinaz (0902.0045). Both parameters keep their values.
struct SchaichLoinaz {
  double mu_squared = 1;
  double lambda = 0;
};

/// A quantum-mechanical particle in a double well on a circle of Euclidean time, as in Mate and Fleuret (2301.07388):
///
///     f(x) = dt sum_i [ lambda x_i^4 / 4 - m x_i^2 / 2 + (m / 2) (x_i - x_{i-1})^2 / dt^2 ],   dt = time / sites.
///
/// One-dimensional phi^4 with x = sqrt(2 dt / m) phi, m^2 = -dt^2, coupling = lambda dt^3 / m^2.
struct DoubleWell {
  double mass = 1.5;  ///< m > 0
  double lambda = 1;  ///< > 0
  double time = 4;    ///< circumference, > 0
};

/// Each throws ConfigError when the parameters are outside the ranges above.
Rescaled to_phi4(const Hopping& theory, int dimension);
Rescaled to_phi4(const HalfConvention& theory);
Rescaled to_phi4(const SchaichLoinaz& theory);
Rescaled to_phi4(const DoubleWell& theory, int sites);

/// The inverse maps.
Hopping to_hopping(const Phi4& phi4, int dimension);
HalfConvention to_half(const Phi4& phi4);
SchaichLoinaz to_schaich_loinaz(const Phi4& phi4);

}  // namespace floe::lattice
