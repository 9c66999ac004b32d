// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "pde/problem.h"

namespace floe::pde {

/// Darcy flow on one of several domains inside the unit square, -div(K grad u) = f with constant f, u = 0 on the
/// boundary of the domain, K = exp of a Gaussian field on the whole square.
///
///     inputs/coefficient (y, x), or inputs/log_coefficient      inputs/mask (y, x)
///     outputs/solution (y, x), zero outside                     parameters/domain
///
/// After Kumar, Goswami, Kontolati, Shields, Karniadakis, Neural Networks 184 (2025) 107113, whose data come from a
/// finite element program with other boundary points.
std::unique_ptr<Problem> make_masked_darcy_problem();

}  // namespace floe::pde
