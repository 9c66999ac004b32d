// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "pde/problem.h"

namespace floe::pde {

/// Waves of one frequency in a random medium: (-Laplace - omega^2 / c^2) u = 0 on the unit square, du/dn = 1 on the
/// part |x - 1/2| <= 0.15 of the upper side and 0 elsewhere on the boundary; c = 20 + tanh of a Gaussian field.
///
///     inputs/wave_speed (y, x)    outputs/solution (y, x)
///
/// de Hoop, Huang, Qian, Stuart, "The cost-accuracy trade-off in operator learning with neural networks", J. Mach.
/// Learn. 1 (2022) 299.
std::unique_ptr<Problem> make_helmholtz_problem();

}  // namespace floe::pde
