// SPDX-License-Identifier: MIT
#include "io/readers/convert.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace floe::io {

namespace {

// Integers up to here are doubles exactly.
constexpr double exact_integers = 9007199254740992.0;

/// The values of one field in a block, and where they are read to.
struct Buffer {
  std::string path;
  ElementType type;
  std::size_t per_sample;
  std::vector<float> singles;
  std::vector<double> doubles;
  std::vector<std::int64_t> integers;

  Column read(const Source& source, std::size_t first, std::size_t count, NonFinite non_finite) {
    if (type == ElementType::float32) {
      singles.resize(count * per_sample);
      source.read(path, first, count, std::span<float>(singles), non_finite);
      return {path, std::span<const float>(singles)};
    }
    doubles.resize(count * per_sample);
    source.read(path, first, count, std::span<double>(doubles), non_finite);
    if (type != ElementType::int64) return {path, std::span<const double>(doubles)};
    integers.resize(doubles.size());
    for (std::size_t i = 0; i < doubles.size(); ++i) {
      if (std::abs(doubles[i]) > exact_integers || doubles[i] != std::round(doubles[i])) {
        throw DataError(fmt::format("{} of sample {} is {} (an integer below 2^53 is expected); the file is damaged",
                                    path, first + i, doubles[i]));
      }
      integers[i] = static_cast<std::int64_t>(doubles[i]);
    }
    return {path, std::span<const std::int64_t>(integers)};
  }
};

std::vector<Buffer> buffers_of(const DatasetDescription& description) {
  std::vector<Buffer> buffers;
  const auto add = [&](const std::string& path, ElementType type, std::size_t per_sample) {
    buffers.push_back({path, type, per_sample, {}, {}, {}});
  };
  for (const Field& field : description.inputs) {
    add("inputs/" + field.name, field.type, element_count(description.sample_shape(field)));
  }
  for (const Field& field : description.outputs) {
    add("outputs/" + field.name, field.type, element_count(description.sample_shape(field)));
  }
  for (const Parameter& parameter : description.parameters) add("parameters/" + parameter.name, parameter.type, 1);
  return buffers;
}

}  // namespace

DatasetDescription import_description(const Source& source, const std::filesystem::path& path, Provenance provenance) {
  DatasetDescription description = source.description();
  if (description.generator.empty()) description.generator = "import";
  if (description.title.empty()) description.title = path.filename().string();
  description.attributes["source_file"] = path.filename().string();
  description.attributes["source_format"] = source.format();
  description.provenance = std::move(provenance);
  return description;
}

std::size_t convert(const Source& source, DatasetWriter& writer, const ConvertOptions& options) {
  std::vector<Buffer> buffers = buffers_of(source.description());
  std::size_t bytes = 0;
  for (const Buffer& buffer : buffers) bytes += buffer.per_sample * element_size(buffer.type);
  const std::size_t block = std::max<std::size_t>(options.block_bytes / std::max<std::size_t>(bytes, 1), 1);
  std::size_t done = 0;
  while (done < source.samples()) {
    const std::size_t count = std::min(block, source.samples() - done);
    std::vector<Column> columns;
    for (Buffer& buffer : buffers) columns.push_back(buffer.read(source, done, count, options.non_finite));
    writer.append(count, columns);
    done += count;
    if (options.progress && !options.progress(done, source.samples())) break;
  }
  return done;
}

}  // namespace floe::io
