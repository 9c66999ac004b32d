// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "pde/problem.h"

namespace floe::pde {

/// Poisson's equation -Laplace u = f on the unit interval, square or cube with a Gaussian random right-hand side
/// f ~ N(0, sigma^2 (-Laplace + tau^2)^-alpha): forcing to solution.
///
///     inputs/forcing (x[, y[, z]])   outputs/solution (x[, y[, z]])
///
/// In one dimension with Dirichlet ends u(x) = int G(x, y) f(y) dy, G = min(x, y) (1 - max(x, y)): what a linear
/// operator must learn.
std::unique_ptr<Problem> make_poisson_problem();

}  // namespace floe::pde
