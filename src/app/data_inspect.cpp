// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "app/data.h"
#include "app/data_options.h"
#include "app/session.h"
#include "io/inspect.h"
#include "io/readers/array_file.h"
#include "io/readers/inspect_source.h"

namespace floe::app {
namespace {

/// HDF5 files in full detail; then how the loader understands the file, unless it is a floe-dataset read as it is.
int inspect(const std::string& path, const io::SourceOptions& options) {
  std::error_code ignored;
  const bool text = !std::filesystem::is_directory(path, ignored) && !io::is_array_file(path);
  std::string container;
  bool dataset = false;
  if (!text && !std::filesystem::is_directory(path, ignored)) {
    const std::unique_ptr<io::ArrayFile> file = io::open_array_file(path);
    container = file->container();
    dataset = file->attributes().contains("schema");
  }
  const bool hdf5 = container == "HDF5" || container == "MAT 7.3";
  std::string found = hdf5 ? io::inspect(path) : "";
  if (!dataset) found += (hdf5 ? "\n" : "") + io::inspect_source(path, options);
  fmt::print("{}", found);
  return exit_complete;
}

}  // namespace

void add_data_inspect(CLI::App& data, int& exit_code) {
  auto path = std::make_shared<std::string>();
  auto words = std::make_shared<SourceWords>();
  CLI::App* command = data.add_subcommand(
      "inspect", "Print what a file holds, fields, shapes, units, where it is from, and how it would be read");
  command->add_option("file", *path, "a file of any known format, or a folder of one that has folders")->required();
  add_source_options(*command, *words);
  command->callback([path, words, &exit_code] { exit_code = inspect(*path, words->options()); });
}

}  // namespace floe::app
