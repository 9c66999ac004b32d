// SPDX-License-Identifier: MIT
#pragma once

#include "config/section.h"
#include "lattice/monte_carlo.h"

namespace floe::lattice {

/// The keys of a simulation, for a section such as [monte_carlo]; found by argument-dependent lookup.
void bind(config::Section& section, MonteCarloOptions& options);

}  // namespace floe::lattice
