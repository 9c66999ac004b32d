// SPDX-License-Identifier: MIT
#include "input_file.h"
#include "io/inspect.h"
#include "io/readers/source.h"

namespace {

void read_first(const floe::io::Source& source, const std::string& path, std::size_t values) {
  floe::test::attempt([&] {
    if (source.samples() > 0 && values <= 65536) {
      std::vector<double> sample(values);
      source.read(path, 0, 1, std::span<double>(sample), floe::io::NonFinite::allow);
      source.read(path, source.samples() - 1, 1, std::span<double>(sample));
    }
  });
}

}  // namespace

// The first byte chooses the format, 0 the one that the file seems to be of.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const floe::test::InputFile file(data + 1, size - 1);
  floe::test::attempt([&] {
    const std::vector<std::string> formats = floe::io::source_formats();
    floe::io::SourceOptions options;
    if (const std::size_t choice = data[0] % (formats.size() + 1); choice > 0) {
      options.format = formats[choice - 1];
    }
    const auto source = floe::io::open_source(file.path(), options);
    const floe::io::DatasetDescription& description = source->description();
    for (const floe::io::Field& field : description.inputs) {
      read_first(*source, "inputs/" + field.name, floe::io::element_count(description.sample_shape(field)));
    }
    for (const floe::io::Field& field : description.outputs) {
      read_first(*source, "outputs/" + field.name, floe::io::element_count(description.sample_shape(field)));
    }
    for (const floe::io::Parameter& parameter : description.parameters) {
      read_first(*source, "parameters/" + parameter.name, 1);
    }
  });
  return 0;
}
