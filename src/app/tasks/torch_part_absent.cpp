// SPDX-License-Identifier: MIT
#include "app/tasks/operator_entry.h"
#include "app/tasks/torch_part.h"

namespace floe::app {
namespace {

std::unique_ptr<Task> make_operator_task() {
  throw NeedsTorch("task = \"operator\"");
}

}  // namespace

std::string torch_version() {
  return {};
}

void prepare_torch(int) {}

const std::vector<TaskEntry>& torch_tasks() {
  static const std::vector<TaskEntry> entries{{operator_task_name, operator_task_description, make_operator_task}};
  return entries;
}

std::vector<ModelRow> model_rows() {
  throw NeedsTorch("the list of models");
}

config::Declaration declare_model(const std::string&, bool) {
  throw NeedsTorch("the description of a model");
}

}  // namespace floe::app
