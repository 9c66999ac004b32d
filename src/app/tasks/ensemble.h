// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "app/tasks/task.h"

namespace floe::app {

/// task = "ensemble": Monte Carlo of a lattice field theory on one or several lattices. Measures during the run, writes
/// the configurations to ensemble_<size>.h5 and, on request, finds log Z by thermodynamic integration.
std::unique_ptr<Task> make_ensemble_task();

}  // namespace floe::app
