// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

#include "app/commands.h"
#include "app/experiment.h"
#include "app/session.h"
#include "app/tasks/registry.h"
#include "app/tasks/torch_part.h"
#include "base/error.h"
#include "base/nearest.h"
#include "pde/registry.h"

namespace floe::app {
namespace {

struct Row {
  std::string name;
  std::string description;
};

/// The description in an experiment file, or what is wrong with the file.
std::string describe(const ExperimentFile& file) {
  try {
    const config::Document document = config::Document::from_file(file.path);
    const config::Node* description = document.root().find("description");
    return description ? description->text : std::string();
  } catch (const Error& error) {
    return fmt::format("(cannot be read: {})", error.what());
  }
}

void print(const std::string& title, const std::vector<Row>& rows) {
  std::size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.name.size());
  fmt::print("{}:\n", title);
  for (const Row& row : rows) fmt::print("  {:<{}}  {}\n", row.name, width, row.description);
  if (rows.empty()) fmt::print("  (none)\n");
}

int list(const std::string& what) {
  const std::vector<std::string> kinds{"experiments", "models", "problems", "tasks"};
  if (!what.empty() && std::find(kinds.begin(), kinds.end(), what) == kinds.end()) {
    throw ConfigError(fmt::format("there is no list of '{}' (there are {}); {}", what, fmt::join(kinds, ", "),
                                  suggestion(what, kinds)));
  }
  if (what.empty() || what == "experiments") {
    std::vector<Row> rows;
    for (const ExperimentFile& file : list_experiments()) rows.push_back({file.name, describe(file)});
    print("experiments", rows);
  }
  if (what == "models") {
    std::vector<Row> rows;
    for (const ModelRow& model : model_rows()) rows.push_back({model.name, model.description});
    print("models", rows);
  }
  if (what.empty() || what == "problems") {
    std::vector<Row> rows;
    for (const pde::ProblemEntry& problem : pde::problems()) rows.push_back({problem.name, problem.description});
    print("problems", rows);
  }
  if (what.empty() || what == "tasks") {
    std::vector<Row> rows;
    for (const TaskEntry& task : tasks()) rows.push_back({task.name, task.description});
    print("tasks", rows);
  }
  if (what.empty()) fmt::print("models: see floe list models\n");  // they are in the program that loads LibTorch
  return exit_complete;
}

}  // namespace

void add_list(CLI::App& app, int& exit_code) {
  auto what = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("list", "List experiments, models, problems and tasks");
  command->add_option("what", *what, "experiments, models, problems or tasks (all but models if left out)");
  command->callback([what, &exit_code] { exit_code = list(*what); });
}

}  // namespace floe::app
