// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "pde/problem.h"

namespace floe::pde {

/// Forced two-dimensional flow on the unit torus as the data of Li et al., "Fourier neural operator" (ICLR 2021):
///
///   w_t + u . grad w = nu Lap w + A (sin 2 pi (x + y) + cos 2 pi (x + y)),   w(0) ~ N(0, sigma^2 (-Lap +
///   tau^2)^-alpha)
///
///     inputs/vorticity (y, x)   w(0)        outputs/vorticity (time, y, x)   w at the snapshots
///
/// solved by VorticitySolver and stored on a grid that takes every k-th point.
std::unique_ptr<Problem> make_navier_stokes_problem();

}  // namespace floe::pde
