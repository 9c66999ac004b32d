// SPDX-License-Identifier: MIT
#pragma once

#include "base/lanes.h"
#include "lattice/geometry.h"
#include "lattice/phi4.h"

namespace floe::lattice {

/// momentum += factor * dS/dphi, with a factor for each chain: one half of a step of molecular dynamics, in one pass
/// over both fields. Throws ShapeError when the blocks have other than volume() sites.
void add_action_gradient(const Geometry& geometry, const Phi4& phi4, const Block<double>& phi,
                         const Lanes<double>& factor, Block<double>& momentum);

}  // namespace floe::lattice
