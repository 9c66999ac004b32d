// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "pde/problem.h"

namespace floe::pde {

/// Burgers' equation on the unit circle from random states, as the data of Li et al. (ICLR 2021):
///
///   u_t + (u^2 / 2)_x = nu u_xx,   u(0) ~ N(0, sigma^2 (-Lap + tau^2)^-alpha)
///
///     inputs/u (x)   u(0)        outputs/u (time, x)   u at the snapshots; one, t = 1, by default
std::unique_ptr<Problem> make_burgers_problem();

}  // namespace floe::pde
