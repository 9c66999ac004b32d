// SPDX-License-Identifier: MIT
#include "app/command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <new>

#include "app/commands.h"
#include "app/session.h"
#include "app/tasks/torch_part.h"
#include "app/versions.h"
#include "base/error.h"
#include "base/log.h"
#include "base/nearest.h"
#include "parallel/communicator.h"
#include "parallel/session.h"

namespace floe::app {
namespace {

constexpr const char* help_end =
    "Examples:\n"
    "  floe list                                      what there is to run\n"
    "  floe run phi4_generalization                   train a flow on 8x8, sample up to 32x32\n"
    "  floe run phi4_generalization --quick train.nodes=10\n"
    "  floe evaluate runs/phi4_generalization --size 48\n"
    "  floe data inspect samples.h5\n"
    "\n"
    "Exit codes: 0 complete, 1 error, 2 stopped early with a checkpoint, 64 wrong usage or configuration.";

std::vector<std::string> subcommand_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// The innermost subcommand that was recognised.
const CLI::App& chosen(const CLI::App& app) {
  const auto commands = app.get_subcommands();
  return commands.empty() ? app : chosen(*commands.front());
}

std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent ? full_name(*parent) + " " + command.get_name() : command.get_name();
}

/// Throws ConfigError where a subcommand should stand and another word does.
void check_subcommand(const CLI::App& app, int argc, const char* const* argv, int position = 1) {
  const std::vector<std::string> names = subcommand_names(app);
  if (position >= argc || names.empty() || argv[position][0] == '-') return;
  const std::string word = argv[position];
  if (std::find(names.begin(), names.end(), word) == names.end()) {
    throw ConfigError(fmt::format("unknown subcommand '{}' (there are {}); {}", word, fmt::join(names, ", "),
                                  suggestion(word, names)));
  }
  check_subcommand(*app.get_subcommand(word), argc, argv, position + 1);
}

/// One line for what the parser did not understand.
std::string usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = chosen(app);
  const std::string name = full_name(command);
  if (dynamic_cast<const CLI::ExtrasError*>(&error)) {
    const std::vector<std::string> extras = app.remaining(true);
    const std::string word = extras.empty() ? std::string() : extras.front().substr(0, extras.front().find('='));
    const std::vector<std::string> options = option_names(command);
    if (word.starts_with("-")) {
      if (std::find(options.begin(), options.end(), word) != options.end()) {
        return fmt::format("option '{}' stands in the wrong place (it belongs to {}); write it after the subcommand",
                           word, name);
      }
      const std::string near = nearest(word, options);
      return fmt::format("unknown option '{}' ({} does not have it); {}", word, name,
                         near.empty() ? fmt::format("see {} --help", name) : fmt::format("did you mean '{}'?", near));
    }
    return fmt::format("unexpected argument '{}' ({} takes no more); see {} --help", word, name, name);
  }
  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (text.ends_with(' ') || text.ends_with('.')) text.pop_back();
  return fmt::format("{} (wrong usage of {}); see {} --help", text, name, name);
}

int parse_and_run(int argc, const char* const* argv) {
  CLI::App app("floe: flows and operators, from energies and equations", "floe");
  app.footer(help_end);
  app.require_subcommand(0, 1);
  int exit_code = exit_complete;
  bool version = false;
  bool config = false;
  app.add_flag("--version", version, "Print the version and those of the libraries in use");
  app.add_flag("--config", config, "Print the options of the build as JSON");
  add_run(app, exit_code);
  add_sample(app, exit_code);
  add_evaluate(app, exit_code);
  add_predict(app, exit_code);
  add_data(app, exit_code);
  add_list(app, exit_code);
  add_describe(app, exit_code);

  check_subcommand(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", chosen(app).help());
    return exit_complete;
  } catch (const CLI::ParseError& error) {
    throw ConfigError(usage_error(app, error));
  }
  if (version) {
    fmt::print("{}", version_text());
  } else if (config) {
    fmt::print("{}", build_config_json());
  } else if (argc < 2) {
    fmt::print("{}", app.help());
  }
  return exit_code;
}

}  // namespace

namespace {

/// What a command ended with; the text is empty if it went well.
struct Outcome {
  int exit_code = exit_complete;
  std::string error;
};

/// Becomes floe-torch, which lies beside this program and takes the same words. Returns only if it cannot.
Outcome become_torch(const NeedsTorch& need, const char* const* argv) {
  const parallel::Communicator ranks;
  if (ranks.size() > 1) {
    return {exit_usage,
            fmt::format("{} processes were started for {} (it works in one process, on all its threads); start "
                        "it without mpirun",
                        ranks.size(), need.what())};
  }
  if (parallel::launched()) {
    return {
        exit_usage,
        fmt::format("{} needs the program floe-torch (floe cannot become it under mpirun or srun, which have set up "
                    "MPI); start floe-torch itself, with the same words",
                    need.what())};
  }
  std::error_code ignored;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const std::filesystem::path other = self.parent_path() / "floe-torch";
  std::fflush(nullptr);
  ::execv(other.c_str(), const_cast<char* const*>(argv));
  if (!need.without().empty()) return {exit_usage, need.without()};
  return {exit_usage,
          fmt::format("{} needs the program floe-torch (there is no '{}': it comes with a floe that was built with "
                      "LibTorch); install LibTorch and build floe again",
                      need.what(), other.string())};
}

Outcome run_guarded(int argc, const char* const* argv) {
  try {
    return {parse_and_run(argc, argv), {}};
  } catch (const NeedsTorch& need) {
    return become_torch(need, argv);
  } catch (const ConfigError& error) {
    return {exit_usage, error.what()};
  } catch (const Error& error) {
    return {exit_error, error.what()};
  } catch (const std::bad_alloc&) {
    return {exit_error, "there is not enough memory (an allocation failed); choose smaller lattices or fewer samples"};
  } catch (const std::exception& error) {
    return {exit_error, fmt::format("{} (an error that floe did not foresee); please report it", error.what())};
  }
}

}  // namespace

int run_command(int argc, const char* const* argv) {
  set_command_line(argc, argv);
  try {
    parallel::Session ranks;
    // Results are printed once.
    if (!ranks.communicator().root() && !std::freopen("/dev/null", "w", stdout)) return exit_error;
    const Outcome outcome = run_guarded(argc, argv);
    const parallel::Session::Ending ending = ranks.conclude(outcome.error);
    if (ending != parallel::Session::Ending::silent) logging::fatal(outcome.error);
    if (ending == parallel::Session::Ending::print_and_abort) parallel::Session::abort(outcome.exit_code);
    return outcome.exit_code;
  } catch (const Error& error) {
    logging::fatal(error.what());
    return exit_usage;
  }
}

}  // namespace floe::app
