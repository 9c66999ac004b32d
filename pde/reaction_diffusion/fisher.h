// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <memory>
#include <span>

#include "pde/problem.h"

namespace floe::pde {

/// Coefficients of u, u^2, u^3, u^4 in a reaction f(u).
using ReactionCoefficients = std::array<double, 4>;

/// a u (1 - u).
ReactionCoefficients fisher_reaction(double a);
/// a u (1 - u^2).
ReactionCoefficients newell_whitehead_reaction(double a);
/// a u (1 - u) exp(-b (1 - u)) with exp(b u) to second order in b u:
/// a e^-b [1, b - 1, b (b / 2 - 1), -b^2 / 2].
ReactionCoefficients zeldovich_reaction(double a, double b);
/// Overwrites u by f(u).
void react(const ReactionCoefficients& coefficients, std::span<double> u);

/// Equations of the Fisher-KPP family on the unit interval without flux through the ends, one operator for several
/// reactions, as Kumar et al., "Synergistic learning with multi-task DeepONet" (arXiv 2408.02198):
///
///   u_t = D u_xx + f(u),   f(u) = c_1 u + c_2 u^2 + c_3 u^3 + c_4 u^4
///
///     inputs/u (x)            the initial state, in (0, 1)
///     inputs/reaction (term)  c_1 ... c_4
///     outputs/u (time, x)     the states after it
///     parameters/family       0 Fisher, 1 Newell-Whitehead, 2 Zeldovich; parameters/a, parameters/b
std::unique_ptr<Problem> make_fisher_problem();

}  // namespace floe::pde
