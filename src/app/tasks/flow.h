// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "app/tasks/task.h"

namespace floe::app {

/// task = "flow": trains a continuous normalizing flow from a free field to a lattice field theory, evaluates it on
/// lattices of any size from both sides, and compares with Monte Carlo there. Writes checkpoints/flow.h5, metrics.csv,
/// and results.h5 with the log-weights.
std::unique_ptr<Task> make_flow_task();

}  // namespace floe::app
