// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "pde/problem.h"

namespace floe::pde {

/// The Allen-Cahn equation on the unit circle or torus,
///
///   u_t = D Lap u + r (u - u^3),   u(0) ~ N(0, sigma^2 (-Lap + tau^2)^-alpha):
///
/// the gradient flow of E = integral of D/2 |grad u|^2 + r/4 (1 - u^2)^2, whose phases u = 1 and -1 meet in fronts
/// tanh(x / (epsilon sqrt 2)), epsilon^2 = D / r.
///
///     inputs/u (x) or (y, x)        outputs/u (time, x) or (time, y, x)
std::unique_ptr<Problem> make_allen_cahn_problem();

}  // namespace floe::pde
