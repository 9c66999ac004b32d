// SPDX-License-Identifier: MIT
#pragma once

#include "base/lanes.h"
#include "random/lane_stream.h"

namespace floe::lattice {

/// Fills a block with exponential deviates of the given mean, one uniform each: P(E > x) = exp(-x / mean). An event of
/// probability exp(-x) happens where x < E, which lets kernels do without an exponential per decision.
void fill_exponential(Block<double>& block, random::LaneStream& random, double mean = 1);

}  // namespace floe::lattice
