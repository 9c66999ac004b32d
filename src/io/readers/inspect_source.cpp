// SPDX-License-Identifier: MIT
#include "io/readers/inspect_source.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "io/readers/formats.h"

namespace floe::io {

namespace {

constexpr std::size_t max_listed = 60;

std::string fields_text(const char* group, const DatasetDescription& description, const std::vector<Field>& fields) {
  std::string text;
  for (const Field& field : fields) {
    text += fmt::format("  {}/{}  {} {} ({})", group, field.name, to_string(description.sample_shape(field)),
                        to_string(field.type), fmt::join(field.axes, ", "));
    if (field.unit != "1" && !field.unit.empty()) text += " in " + field.unit;
    text += "\n";
  }
  return text;
}

std::string axis_text(const Axis& axis) {
  std::string text = fmt::format("  {}  {} points", axis.name, axis.values.size());
  if (!axis.values.empty()) text += fmt::format(" from {:.6g} to {:.6g}", axis.values.front(), axis.values.back());
  if (axis.boundary_condition != "none" && !axis.boundary_condition.empty()) text += ", " + axis.boundary_condition;
  return text + "\n";
}

std::string source_text(const Source& source) {
  const DatasetDescription& description = source.description();
  std::string text = fmt::format("samples   {}\nfields of one sample\n", source.samples());
  text += fields_text("inputs", description, description.inputs);
  text += fields_text("outputs", description, description.outputs);
  for (const Parameter& parameter : description.parameters) {
    text += fmt::format("  parameters/{}  {}\n", parameter.name, to_string(parameter.type));
  }
  if (!description.axes.empty()) text += "axes\n";
  for (const Axis& axis : description.axes) text += axis_text(axis);
  return text;
}

std::string arrays_text(const ArrayFile& file) {
  std::string text = fmt::format("arrays    {}\n", file.arrays().size());
  std::size_t listed = 0;
  for (const ArrayInfo& info : file.arrays()) {
    if (listed++ == max_listed) {
      text += fmt::format("  ... and {} more\n", file.arrays().size() - max_listed);
      break;
    }
    text += fmt::format("  {}  {} {}\n", info.name, to_string(info.shape), info.type_name);
  }
  return text;
}

}  // namespace

std::string inspect_source(const std::filesystem::path& path, const SourceOptions& options) {
  options.validate();
  const Candidate candidate = make_candidate(path);
  std::string text;
  if (candidate.arrays) text += fmt::format("container {}\n", candidate.arrays->container());
  for (const Format& format : formats()) {
    if (options.format == "auto" ? !format.recognises(candidate) : format.name != options.format) continue;
    text += fmt::format("format    {}: {}\n", format.name, format.summary);
    try {
      text += source_text(*format.open(candidate, options));
    } catch (const ConfigError& error) {
      text += fmt::format("to be told by options: {}\n", error.what());
    } catch (const Error& error) {
      text += fmt::format("NOT USABLE: {}\n", error.what());
    }
    if (candidate.arrays && format.name != "floe-dataset") text += arrays_text(*candidate.arrays);
    return text;
  }
  if (!candidate.folder) open_array_file(path);  // says what it is not
  throw DataError(fmt::format("{} is of no known format; convert it to HDF5, MAT, NPY or NPZ", path.string()));
}

}  // namespace floe::io
