// SPDX-License-Identifier: MIT
#include "app/tasks/registry.h"

#include <fmt/format.h>

#include "app/tasks/dataset.h"
#include "app/tasks/ensemble.h"
#include "app/tasks/flow.h"
#include "app/tasks/torch_part.h"
#include "base/error.h"
#include "base/nearest.h"

namespace floe::app {

const std::vector<TaskEntry>& tasks() {
  static const std::vector<TaskEntry> entries = [] {
    std::vector<TaskEntry> all{
        {"dataset", "make datasets of a PDE problem, on all threads and ranks", make_dataset_task},
        {"ensemble", "sample a lattice field theory by Monte Carlo, measure it, and write the configurations",
         make_ensemble_task},
        {"flow", "train a flow that samples a lattice field theory, and judge it on lattices of any size",
         make_flow_task},
    };
    all.insert(all.end(), torch_tasks().begin(), torch_tasks().end());
    return all;
  }();
  return entries;
}

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const TaskEntry& entry : tasks()) names.push_back(entry.name);
  return names;
}

std::unique_ptr<Task> make_task(const std::string& name) {
  for (const TaskEntry& entry : tasks()) {
    if (entry.name == name) return entry.make();
  }
  throw ConfigError(fmt::format("there is no task '{}' (the tasks are listed by: floe list); {}", name,
                                suggestion(name, task_names())));
}

}  // namespace floe::app
