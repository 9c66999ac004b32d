// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "app/tasks/task.h"

namespace floe::app {

/// task = "operator": trains a model of operators/registry.h on a dataset and judges it.
std::unique_ptr<Task> make_operator_task();

}  // namespace floe::app
