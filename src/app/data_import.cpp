// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "app/data.h"
#include "app/data_options.h"
#include "app/session.h"
#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/signals.h"
#include "io/dataset.h"
#include "io/readers/convert.h"
#include "io/readers/source.h"

namespace floe::app {
namespace {

struct ImportWords {
  SessionOptions session;
  SourceWords source;
  std::string file;
  std::string output;
  std::string precision = "as stored";
  int deflate = 0;
  bool force = false;
  bool allow_non_finite = false;
  bool dry_run = false;
};

io::DatasetDescription describe(const io::Source& source, const ImportWords& words) {
  io::DatasetDescription description = io::import_description(
      source, words.file, io::make_provenance(command_line(), source.description().provenance.config));
  if (words.precision != "as stored") {
    const auto type = words.precision == "float32" ? io::ElementType::float32 : io::ElementType::float64;
    for (io::Field& field : description.inputs) field.type = type;
    for (io::Field& field : description.outputs) field.type = type;
  }
  return description;
}

int import(const ImportWords& words) {
  start_session(words.session);
  require_one_rank("floe data import");
  if (words.precision != "as stored" && words.precision != "float32" && words.precision != "float64") {
    throw ConfigError(fmt::format(
        "--precision {} cannot be used (it is float32 or float64); choose one, or leave it out", words.precision));
  }
  const std::unique_ptr<io::Source> source = io::open_source(words.file, words.source.options());
  const io::DatasetDescription description = describe(*source, words);
  if (words.dry_run) {
    fmt::print("{}: {} samples of\n{}", source->format(), source->samples(), fields_in_words(description, "  "));
    return exit_complete;
  }
  if (words.output.empty()) throw ConfigError("no file was named (the samples have to go somewhere); give it with -o");
  std::error_code ignored;
  if (!words.force && std::filesystem::exists(words.output, ignored)) {
    throw ConfigError(
        fmt::format("'{}' exists (it would be replaced); say --force, or choose another output", words.output));
  }
  const StopSignal stop;
  io::DatasetWriter writer(words.output, description,
                           {.deflate = words.deflate, .expected_samples = source->samples()});
  Progress progress("import", static_cast<std::int64_t>(source->samples()));
  io::ConvertOptions convert;
  if (words.allow_non_finite) convert.non_finite = io::NonFinite::allow;
  std::size_t shown = 0;
  convert.progress = [&](std::size_t done, std::size_t) {
    progress.tick(static_cast<std::int64_t>(done - shown));
    shown = done;
    return !stop.requested();
  };
  if (io::convert(*source, writer, convert) < source->samples()) {
    logging::warning("stopped, and nothing was written; give the command again to start over");
    return exit_stopped;
  }
  writer.finalise();
  logging::info("{}: {} samples, read as {}", words.output, source->samples(), source->format());
  return exit_complete;
}

}  // namespace

void add_data_import(CLI::App& data, int& exit_code) {
  auto words = std::make_shared<ImportWords>();
  CLI::App* command = data.add_subcommand("import", "Turn a file of another format into a floe-dataset");
  command->add_option("file", words->file, "a file of any known format, or a folder of one that has folders")
      ->required();
  command->add_option("-o,--output", words->output, "the HDF5 file to write");
  add_source_options(*command, words->source);
  command->add_option("--precision", words->precision, "float32 or float64")->capture_default_str();
  command->add_option("--deflate", words->deflate, "compression, 0 (none) to 9")->capture_default_str();
  command->add_flag("--allow-non-finite", words->allow_non_finite, "take NaN and infinities over instead of refusing");
  command->add_flag("--force", words->force, "replace a file that is there");
  command->add_flag("--dry-run", words->dry_run, "print what would be written");
  add_session_options(*command, words->session);
  command->callback([words, &exit_code] { exit_code = import(*words); });
}

}  // namespace floe::app
