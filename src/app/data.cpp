// SPDX-License-Identifier: MIT
#include "app/data.h"

#include "app/commands.h"

namespace floe::app {

void add_data(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("data", "Make datasets, take them over from other formats, and look into them");
  command->require_subcommand(1);
  add_data_generate(*command, exit_code);
  add_data_import(*command, exit_code);
  add_data_inspect(*command, exit_code);
}

}  // namespace floe::app
