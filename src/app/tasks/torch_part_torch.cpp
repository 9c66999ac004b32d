// SPDX-License-Identifier: MIT
#include <torch/version.h>

#include "app/tasks/operator_entry.h"
#include "app/tasks/operator_task_torch.h"
#include "app/tasks/torch_part.h"
#include "config/read.h"
#include "operators/registry.h"
#include "train/process.h"

namespace floe::app {

std::string torch_version() {
  return TORCH_VERSION;
}

void prepare_torch(int threads) {
  train::prepare_process(threads);
}

const std::vector<TaskEntry>& torch_tasks() {
  static const std::vector<TaskEntry> entries{{operator_task_name, operator_task_description, make_operator_task}};
  return entries;
}

std::vector<ModelRow> model_rows() {
  std::vector<ModelRow> rows;
  for (const operators::ModelEntry& entry : operators::models()) rows.push_back({entry.name, entry.description});
  return rows;
}

config::Declaration declare_model(const std::string& name, bool every_branch) {
  const std::unique_ptr<operators::Model> model = operators::make_model(name);
  const config::BindFunction bind_keys = [&](config::Section& root) {
    config::Section section = root.enter("model", "the model");
    model->bind(section);
  };
  return every_branch ? config::declare_all(bind_keys) : config::read(config::Document(), bind_keys);
}

}  // namespace floe::app
