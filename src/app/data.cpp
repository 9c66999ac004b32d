// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <memory>

#include "app/commands.h"
#include "app/session.h"
#include "io/inspect.h"

namespace floe::app {
namespace {

int inspect(const std::string& path) {
  fmt::print("{}", io::inspect(path));
  return exit_complete;
}

}  // namespace

void add_data(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("data", "Look into datasets");
  command->require_subcommand(1);
  auto path = std::make_shared<std::string>();
  CLI::App* inspect_command =
      command->add_subcommand("inspect", "Print what an HDF5 file holds: fields, shapes, units, where it is from");
  inspect_command->add_option("file", *path, "the HDF5 file")->required();
  inspect_command->callback([path, &exit_code] { exit_code = inspect(*path); });
}

}  // namespace floe::app
