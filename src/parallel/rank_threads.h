// SPDX-License-Identifier: MIT
#pragma once

namespace floe::parallel {

/// How many threads a rank takes that may run on `own` processors, where `ranks` ranks share `node` processors: all of
/// its own, but no more than its part of the node; at least one.
int fair_threads(int own, int node, int ranks);

/// That number for this rank, from the processors that it and the other ranks of this machine may run on. Collective.
int fair_threads();

}  // namespace floe::parallel
