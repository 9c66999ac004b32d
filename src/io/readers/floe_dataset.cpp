// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include "base/error.h"
#include "io/dataset.h"
#include "io/readers/formats.h"
#include "io/readers/layout.h"

namespace floe::io {

namespace {

LayoutAxis::Role role_of(const std::string& axis) {
  return axis == "t" || axis == "time" ? LayoutAxis::Role::time : LayoutAxis::Role::space;
}

}  // namespace

bool is_floe_dataset(const Candidate& candidate) {
  if (!candidate.arrays) return false;
  const auto attributes = candidate.arrays->attributes();
  const auto schema = attributes.find("schema");
  return schema != attributes.end() && hdf5::to_string(schema->second) == schema_name;
}

std::unique_ptr<Source> open_floe_dataset(const Candidate& candidate, const SourceOptions& options) {
  if (options.sample_axis && *options.sample_axis != 0) {
    throw ConfigError(fmt::format("sample_axis = {} for {} (the samples of a floe-dataset come first); leave it out",
                                  *options.sample_axis, candidate.path.string()));
  }
  const DatasetReader reader(candidate.path);
  Layout layout;
  layout.format = schema_name;
  layout.samples = reader.samples();
  layout.about = reader.description();
  layout.input_frames = 0;
  for (const Axis& axis : layout.about.axes) layout.axes.push_back({axis, role_of(axis.name)});
  const auto add = [&](const std::vector<Field>& fields, const std::string& group, std::vector<std::string>& keys) {
    for (const Field& field : fields) {
      const std::string key = group + "/" + field.name;
      Quantity quantity{key, field.name, {key}, {AxisUse::sample()}, field.type, field.unit, field.long_name};
      for (const std::string& axis : field.axes) quantity.axes.push_back(AxisUse::field(axis));
      layout.fields.push_back(std::move(quantity));
      keys.push_back(key);
    }
  };
  add(layout.about.inputs, "inputs", layout.inputs);
  add(layout.about.outputs, "outputs", layout.outputs);
  for (const Parameter& parameter : layout.about.parameters) {
    const std::string key = "parameters/" + parameter.name;
    layout.parameters.push_back(
        {key, parameter.name, {key}, {AxisUse::sample()}, parameter.type, parameter.unit, parameter.long_name});
  }
  return make_array_source(candidate.arrays, std::move(layout), options);
}

}  // namespace floe::io
