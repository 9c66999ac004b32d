// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <memory>

#include "app/data.h"
#include "app/session.h"
#include "io/inspect.h"

namespace floe::app {

void add_data_inspect(CLI::App& data, int& exit_code) {
  auto path = std::make_shared<std::string>();
  CLI::App* command =
      data.add_subcommand("inspect", "Print what an HDF5 file holds: fields, shapes, units, where it is from");
  command->add_option("file", *path, "the HDF5 file")->required();
  command->callback([path, &exit_code] {
    fmt::print("{}", io::inspect(*path));
    exit_code = exit_complete;
  });
}

}  // namespace floe::app
