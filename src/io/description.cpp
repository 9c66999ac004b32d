// SPDX-License-Identifier: MIT
#include "io/description.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <set>

#include "base/error.h"
#include "base/version.h"

namespace floe::io {

namespace {

// Attributes of the root that the schema itself writes.
const std::set<std::string, std::less<>> reserved_attributes = {
    "schema",   "schema_version",   "complete", "title",        "generator", "seed",
    "software", "software_version", "git",      "command_line", "created",   "config"};

void check_name(const std::string& what, const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos) {
    throw ConfigError(
        fmt::format("{} named '{}' (a name is a non-empty part of a path in the file); choose another", what, name));
  }
}

void check_field(const DatasetDescription& description, const Field& field, const std::string& group) {
  check_name(group + " field", field.name);
  if (field.type != ElementType::float32 && field.type != ElementType::float64) {
    throw ConfigError(fmt::format("field {}/{} of type {} (fields are float32 or float64); choose one of these", group,
                                  field.name, to_string(field.type)));
  }
  for (const std::string& axis : field.axes) {
    if (std::none_of(description.axes.begin(), description.axes.end(), [&](const Axis& a) { return a.name == axis; })) {
      throw ConfigError(fmt::format("field {}/{} has an axis '{}' (no such axis is described); describe it", group,
                                    field.name, axis));
    }
  }
  if (std::set<std::string>(field.axes.begin(), field.axes.end()).size() != field.axes.size()) {
    throw ConfigError(fmt::format("field {}/{} has one axis twice (each axis is one dimension); describe a second axis",
                                  group, field.name));
  }
}

void check_distinct(const std::string& group, std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end()) {
    throw ConfigError(fmt::format(
        "the name '{}' stands twice in {} (coordinates have their names there too); choose another", *twice, group));
  }
}

}  // namespace

bool is_schema_attribute(std::string_view name) {
  return reserved_attributes.contains(name);
}

Provenance make_provenance(std::string_view command_line, std::string_view config) {
  Provenance provenance;
  provenance.version = build_info().version;
  provenance.git = build_info().git;
  provenance.command_line = command_line;
  provenance.config = config;
  std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH"); epoch != nullptr && *epoch != '\0') {
    now = static_cast<std::time_t>(std::strtoll(epoch, nullptr, 10));
  }
  provenance.created = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
  return provenance;
}

void DatasetDescription::validate() const {
  std::vector<std::string> names = {std::string(sample_axis)};
  for (const Axis& axis : axes) {
    check_name("an axis", axis.name);
    if (axis.values.empty()) {
      throw ConfigError(
          fmt::format("axis '{}' has no points (an axis has at least one); give its coordinates", axis.name));
    }
    names.push_back(axis.name);
  }
  check_distinct("/coordinates", names);
  for (const auto& [group, fields] : {std::pair{"inputs", &inputs}, std::pair{"outputs", &outputs}}) {
    std::vector<std::string> group_names = names;
    for (const Field& field : *fields) {
      check_field(*this, field, group);
      group_names.push_back(field.name);
    }
    check_distinct(fmt::format("/{}", group), group_names);
  }
  std::vector<std::string> parameter_names = {std::string(sample_axis)};
  for (const Parameter& parameter : parameters) {
    check_name("a parameter", parameter.name);
    if (element_size(parameter.type) == 0) {
      throw ConfigError(
          fmt::format("parameter '{}' of type {} (float32, float64 and int64 are stored); choose one of these",
                      parameter.name, to_string(parameter.type)));
    }
    parameter_names.push_back(parameter.name);
  }
  check_distinct("/parameters", parameter_names);
  if (inputs.empty() && outputs.empty()) {
    throw ConfigError("a dataset without fields (there is nothing to store); describe an input or an output");
  }
  for (const auto& [name, value] : attributes) {
    check_name("an attribute", name);
    if (is_schema_attribute(name)) {
      throw ConfigError(
          fmt::format("an attribute named '{}' (the schema uses that name itself); choose another", name));
    }
  }
}

const Axis& DatasetDescription::axis(std::string_view name) const {
  const auto found = std::find_if(axes.begin(), axes.end(), [&](const Axis& axis) { return axis.name == name; });
  if (found == axes.end()) {
    throw DataError(fmt::format("no axis '{}' (the dataset does not describe it); check the name", name));
  }
  return *found;
}

Shape DatasetDescription::sample_shape(const Field& field) const {
  Shape shape;
  for (const std::string& name : field.axes) {
    shape.push_back(axis(name).values.size());
  }
  return shape;
}

}  // namespace floe::io
