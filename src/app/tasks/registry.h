// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/tasks/task.h"

namespace floe::app {

struct TaskEntry {
  std::string name;
  std::string description;
  std::unique_ptr<Task> (*make)();
};

/// Every task, in the order in which they are listed: the one place to add one.
const std::vector<TaskEntry>& tasks();

std::vector<std::string> task_names();

/// Throws ConfigError for a name that is none.
std::unique_ptr<Task> make_task(const std::string& name);

}  // namespace floe::app
