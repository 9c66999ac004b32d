// SPDX-License-Identifier: MIT
#include "app/tasks/dataset_config.h"

#include <fmt/format.h>

#include "base/error.h"
#include "config/read.h"
#include "pde/registry.h"

namespace floe::app {

void bind(config::Section& section, DatasetConfig& dataset) {
  section.choice("problem", dataset.problem_name, pde::problem_names(), "what is solved");
  if (!dataset.problem) dataset.problem = pde::make_problem(dataset.problem_name);
  bind(section, dataset.options);
  dataset.problem->bind(section);
}

config::Declaration DatasetConfig::declaration() const {
  // What is bound to nothing keeps its values; only the name and the options are copied.
  std::string name = problem_name;
  pde::GenerateOptions copy = options;
  return config::read(config::Document(), config::BindFunction([&](config::Section& section) {
                        section.choice("problem", name, pde::problem_names(), "what is solved");
                        bind(section, copy);
                        problem->bind(section);
                      }));
}

std::string DatasetConfig::text() const {
  return config::to_toml(declaration(), config::Comments::none);
}

DatasetConfig read_dataset(const config::Document& document) {
  const config::Node* const name = document.root().find("problem");
  if (!name) {
    throw ConfigError("no problem was named (floe data generate needs one); choose one that floe list problems prints");
  }
  if (name->type == config::Node::Type::text) pde::make_problem(name->text);  // says where they are listed
  DatasetConfig dataset;
  config::read(document, config::BindFunction([&](config::Section& root) { bind(root, dataset); }));
  dataset.problem->validate();
  return dataset;
}

config::Declaration declare_problem(const std::string& name, bool every_branch) {
  const std::unique_ptr<pde::Problem> problem = pde::make_problem(name);
  const config::BindFunction bind_keys = [&](config::Section& root) { problem->bind(root); };
  return every_branch ? config::declare_all(bind_keys) : config::read(config::Document(), bind_keys);
}

}  // namespace floe::app
