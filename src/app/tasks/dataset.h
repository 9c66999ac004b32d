// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "app/tasks/task.h"

namespace floe::app {

/// task = "dataset": makes datasets of one PDE problem, `<run>/<name>.h5` for each table [files.<name>], which gives
/// count and seed. Stopped and killed runs go on where they were. The results have, for each file, the time per sample
/// and the range and mean of each field.
std::unique_ptr<Task> make_dataset_task();

}  // namespace floe::app
