// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "app/commands.h"
#include "app/experiment.h"
#include "app/session.h"
#include "app/tasks/dataset_config.h"
#include "app/tasks/registry.h"
#include "app/tasks/torch_part.h"
#include "base/error.h"
#include "base/files.h"
#include "base/nearest.h"
#include "config/declaration.h"
#include "config/read.h"
#include "pde/registry.h"

namespace floe::app {
namespace {

void print_keys(const config::Declaration& declaration) {
  for (const config::KeyInfo& key : declaration.keys) {
    fmt::print("{} = {}\n    {} ({}{}{})\n", key.path, key.required ? "..." : key.initial, key.help, key.type,
               key.range.empty() ? "" : ", " + key.range, key.condition.empty() ? "" : ", with " + key.condition);
  }
}

void describe_task(const TaskEntry& task) {
  const config::Declaration declaration = declare_task(task.name, true);
  fmt::print("{}: {}\n\n", task.name, task.description);
  print_keys(declaration);
}

void describe_model(const ModelRow& model) {
  const config::Declaration declaration = declare_model(model.name, true);
  fmt::print("{}: {}\n\n", model.name, model.description);
  print_keys(declaration);
}

/// The fields of a problem with the shapes that its defaults give.
std::string fields_of(const std::string& name) {
  const std::unique_ptr<pde::Problem> problem = pde::make_problem(name);
  config::read(config::Document(), config::BindFunction([&](config::Section& root) { problem->bind(root); }));
  const io::DatasetDescription description = problem->description();
  std::string text;
  const auto add = [&](const char* group, const std::vector<io::Field>& fields) {
    for (const io::Field& field : fields) {
      text += fmt::format("{}/{}  {}  ({}){}{}\n", group, field.name, io::to_string(description.sample_shape(field)),
                          fmt::join(field.axes, ", "), field.long_name.empty() ? "" : "  ", field.long_name);
    }
  };
  add("inputs", description.inputs);
  add("outputs", description.outputs);
  for (const io::Parameter& parameter : description.parameters) {
    text += fmt::format("parameters/{}{}{}\n", parameter.name, parameter.long_name.empty() ? "" : "  ",
                        parameter.long_name);
  }
  return text;
}

void describe_problem(const pde::ProblemEntry& problem) {
  fmt::print("{}: {}\n\n", problem.name, problem.description);
  print_keys(declare_problem(problem.name, true));
  fmt::print(
      "\nFields of a sample, with the shapes that the defaults give:\n\n{}\nMake it with: floe data generate {} "
      "key=value ... -o {}.h5\n",
      fields_of(problem.name), problem.name, problem.name);
}

/// docs/problems.md: every key of every problem.
void print_problem_reference() {
  fmt::print(
      "# Reference of the problems\n\nWritten by `floe describe problems --reference`; do not edit. Keys of "
      "`floe data generate <problem>` and, in an experiment\nfile with task = \"dataset\", of its section `[problem]`. "
      "`pde/README.md` has the recipes.\n");
  for (const pde::ProblemEntry& problem : pde::problems()) {
    fmt::print("\n## {}\n\n{}\n\n{}\n```\n{}```\n", problem.name, problem.description,
               config::to_markdown(declare_problem(problem.name, true)), fields_of(problem.name));
  }
}

/// docs/config.md: every key of every task.
void print_reference() {
  std::string sections;  // first, since another program may have to do it
  for (const TaskEntry& task : tasks()) {
    config::Declaration declaration = declare_task(task.name, true);
    const bool datasets =
        std::erase_if(declaration.keys, [](const auto& key) { return key.path.starts_with("problem."); }) > 0;
    sections += fmt::format("\n## task = \"{}\"\n\nThe task is to {}.\n\n{}", task.name, task.description,
                            config::to_markdown(declaration));
    if (datasets) {
      sections +=
          "\nThe section `[problem]` holds `kind`, the name of a problem, and the keys of that problem: see "
          "[their reference](problems.md).\n";
    }
  }
  fmt::print(
      "# Configuration reference\n\nWritten by `floe describe --reference`; do not edit. Keys of an experiment file, "
      "by task. "
      "The column *used with* names the\nonly setting with which a key is legal.\n");
  fmt::print("{}", sections);
}

void describe_experiment(const ExperimentFile& file) {
  const std::filesystem::path readme = file.path.parent_path() / "README.md";
  std::error_code ignored;
  if (std::filesystem::is_regular_file(readme, ignored)) fmt::print("{}\n", read_file(readme));
  fmt::print("# {}\n{}", file.path.string(), read_file(file.path));
}

int describe(const std::string& name, bool reference) {
  if (reference) {
    name == "problems" ? print_problem_reference() : print_reference();
    return exit_complete;
  }
  if (name.empty())
    throw ConfigError(
        "nothing was named (floe describe needs a task, a model, a problem or an experiment); choose one that floe "
        "list prints");
  for (const TaskEntry& task : tasks()) {
    if (task.name == name) {
      describe_task(task);
      return exit_complete;
    }
  }
  for (const pde::ProblemEntry& problem : pde::problems()) {
    if (problem.name == name) {
      describe_problem(problem);
      return exit_complete;
    }
  }
  std::error_code ignored;
  std::vector<std::string> names = task_names();
  for (const ExperimentFile& file : list_experiments()) names.push_back(file.name);
  if (std::filesystem::exists(name, ignored) || std::filesystem::exists(name + ".toml", ignored) ||
      std::find(names.begin(), names.end(), name) != names.end()) {
    describe_experiment(find_experiment(name));
    return exit_complete;
  }
  for (const std::string& problem : pde::problem_names()) names.push_back(problem);
  const auto unknown = [&] {
    return fmt::format(
        "there is no task, model, problem or experiment '{}' (they are listed by floe list and floe list "
        "models); {}",
        name, suggestion(name, names));
  };
  try {
    for (const ModelRow& model : model_rows()) {
      if (model.name == name) {
        describe_model(model);
        return exit_complete;
      }
      names.push_back(model.name);
    }
  } catch (const NeedsTorch& need) {
    throw NeedsTorch(need.what(), unknown());
  }
  throw ConfigError(unknown());
}

}  // namespace

void add_describe(CLI::App& app, int& exit_code) {
  struct Options {
    std::string name;
    bool reference = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("describe", "Explain a task, a model or a problem with its keys, or an experiment");
  command->add_option("name", options->name, "a task, a model, a problem or an experiment (see floe list)");
  command->add_flag("--reference", options->reference,
                    "print the reference of all keys as Markdown; with the name problems, that of the problems");
  command->callback([options, &exit_code] { exit_code = describe(options->name, options->reference); });
}

}  // namespace floe::app
