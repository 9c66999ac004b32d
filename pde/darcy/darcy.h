// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "pde/problem.h"

namespace floe::pde {

/// Darcy flow, -div(a grad u) = f on the unit square with constant f and u = 0 on the boundary: the map from the
/// coefficient to the solution.
///
///     inputs/coefficient (y, x)    outputs/solution (y, x)
///
/// Finite volumes (darcy_system.h), solved to a relative residual of 1e-10 by multigrid-preconditioned conjugate
/// gradients. Li et al., "Fourier neural operator for parametric partial differential equations", ICLR 2021.
std::unique_ptr<Problem> make_darcy_problem();

}  // namespace floe::pde
