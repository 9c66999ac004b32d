// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <complex>

namespace floe::ode {

/// phi_0 ... phi_3 of exponential integrators at z:
///
///   phi_0(z) = exp(z),   phi_{k+1}(z) = (phi_k(z) - 1/k!) / z,   phi_k(0) = 1/k!
///
/// The recurrence cancels where z is small, which made the first exponential methods inaccurate (Kassam, Trefethen,
/// SIAM J. Sci. Comput. 26 (2005) 1214): for |z| < 1 the Taylor series of phi_3 is summed to full precision and the
/// others follow from phi_k(z) = 1/k! + z phi_{k+1}(z), which does not cancel; for |z| >= 1 the recurrence loses a
/// digit at most.
std::array<double, 4> phi_functions(double z);
std::array<std::complex<double>, 4> phi_functions(std::complex<double> z);

}  // namespace floe::ode
