// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>

#include "pde/problem.h"

namespace floe::pde {

/// The reaction of FitzHugh and Nagumo, fields (u, v): u <- u - u^3 - k - v, v <- u - v.
void fitzhugh_nagumo_reaction(double k, std::span<double> fields);

/// Two species on the square (-1, 1)^2 without flux through its sides, as PDEBench's 2-D diffusion-reaction data
/// (Takamoto et al., NeurIPS 2022):
///
///   u_t = D_u Lap u + u - u^3 - k - v,   v_t = D_v Lap v + u - v,   u(0), v(0) ~ N(0, 1) in each cell
///
///     inputs/u (y, x), inputs/v (y, x)   the initial noise
///     outputs/u (time, y, x), outputs/v (time, y, x)
///
/// Diffusion is that of five-point differences on cells, as there: the noise has no other meaning than on its grid.
std::unique_ptr<Problem> make_diffusion_reaction_problem();

}  // namespace floe::pde
