// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <new>

#include "base/error.h"
#include "io/dataset.h"
#include "io/finite.h"
#include "io/hdf5_scales.h"

namespace floe::io {

namespace {

constexpr std::size_t max_axis_points = std::size_t{1} << 28;

std::string text_or_empty(const hdf5::Attributes& attributes, const std::string& name) {
  return attributes.contains(name) ? attributes.get<std::string>(name) : "";
}

}  // namespace

DatasetReader::DatasetReader(const std::filesystem::path& path) : file_(hdf5::File::open(path)) {
  describe_provenance();
  describe_axes();
  description_.inputs = describe_fields("inputs");
  description_.outputs = describe_fields("outputs");
  describe_parameters();
  if (description_.inputs.empty() && description_.outputs.empty()) {
    throw DataError(fmt::format(
        "{} has no fields (a dataset has at least one in /inputs or /outputs); use another file", file_.path()));
  }
}

void DatasetReader::describe_provenance() {
  const hdf5::Attributes attributes = file_.attributes();
  if (!attributes.contains("schema") || attributes.get<std::string>("schema") != schema_name) {
    throw DataError(
        fmt::format("{} is no {} (its root has no attribute schema = \"{}\"); look at it with: floe data inspect {}",
                    file_.path(), schema_name, schema_name, file_.path()));
  }
  const auto version = attributes.get<std::int64_t>("schema_version");
  if (version != schema_version) {
    throw DataError(fmt::format(
        "{} has version {} of {} (this floe reads version {}); use the floe that wrote it, or write it again",
        file_.path(), version, schema_name, schema_version));
  }
  if (attributes.get<std::int64_t>("complete") != 1) {
    throw DataError(fmt::format("{} is incomplete (the run that wrote it was stopped); run it again", file_.path()));
  }
  description_.title = text_or_empty(attributes, "title");
  description_.generator = text_or_empty(attributes, "generator");
  description_.seed = attributes.get<std::uint64_t>("seed");
  description_.provenance = {text_or_empty(attributes, "software"), text_or_empty(attributes, "software_version"),
                             text_or_empty(attributes, "git"),      text_or_empty(attributes, "command_line"),
                             text_or_empty(attributes, "created"),  text_or_empty(attributes, "config")};
  for (const std::string& name : attributes.names()) {
    if (!is_schema_attribute(name)) {
      description_.attributes.emplace(name, attributes.get(name));
    }
  }
}

void DatasetReader::describe_axes() {
  for (const hdf5::Entry& entry : file_.root().group("/coordinates").entries()) {
    if (entry.kind != hdf5::Entry::Kind::dataset) {
      continue;
    }
    const hdf5::Dataset dataset = file_.root().dataset("/coordinates/" + entry.name);
    if (dataset.shape().size() != 1 || dataset.shape()[0] > max_axis_points) {
      throw DataError(
          fmt::format("{}:{} has shape {} (a coordinate has one axis of at most {} points); write the file again",
                      file_.path(), dataset.path(), to_string(dataset.shape()), max_axis_points));
    }
    if (entry.name == sample_axis) {
      samples_ = dataset.shape()[0];
      continue;
    }
    const hdf5::Attributes attributes = dataset.attributes();
    description_.axes.push_back({entry.name, dataset.read<double>(), text_or_empty(attributes, "units"),
                                 text_or_empty(attributes, "boundary_condition")});
  }
}

std::vector<Field> DatasetReader::describe_fields(const std::string& group) {
  std::vector<Field> fields;
  if (!file_.root().contains("/" + group)) {
    return fields;
  }
  for (const hdf5::Entry& entry : file_.root().group("/" + group).entries()) {
    if (entry.kind != hdf5::Entry::Kind::dataset) {
      continue;
    }
    const std::string path = group + "/" + entry.name;
    hdf5::Dataset dataset = file_.root().dataset("/" + path);
    if (hdf5::is_scale(dataset)) {
      continue;
    }
    if (!dataset.floating()) {
      throw DataError(fmt::format("{}:/{} holds {} (fields are float32 or float64); write the file again", file_.path(),
                                  path, dataset.type_name()));
    }
    std::vector<std::string> axes = hdf5::axis_labels(dataset);
    Shape expected = {samples_};
    if (axes.empty() || axes.front() != sample_axis) {
      throw DataError(fmt::format("{}:/{} has axes ({}) (the first must be '{}'); write the file again", file_.path(),
                                  path, fmt::join(axes, ", "), sample_axis));
    }
    axes.erase(axes.begin());
    for (const std::string& axis : axes) {
      expected.push_back(description_.axis(axis).values.size());
    }
    dataset.require_shape(expected);
    const hdf5::Attributes attributes = dataset.attributes();
    fields.push_back({entry.name, std::move(axes), dataset.type(), text_or_empty(attributes, "units"),
                      text_or_empty(attributes, "long_name")});
    datasets_.emplace(path, std::move(dataset));
  }
  return fields;
}

void DatasetReader::describe_parameters() {
  if (!file_.root().contains("/parameters")) {
    return;
  }
  for (const hdf5::Entry& entry : file_.root().group("/parameters").entries()) {
    if (entry.kind != hdf5::Entry::Kind::dataset) {
      continue;
    }
    const std::string path = "parameters/" + entry.name;
    hdf5::Dataset dataset = file_.root().dataset("/" + path);
    if (hdf5::is_scale(dataset)) {
      continue;
    }
    if (!dataset.numeric()) {
      throw DataError(fmt::format("{}:/{} holds {} (parameters are numbers); write the file again", file_.path(), path,
                                  dataset.type_name()));
    }
    dataset.require_shape({samples_});
    const hdf5::Attributes attributes = dataset.attributes();
    description_.parameters.push_back(
        {entry.name, dataset.type(), text_or_empty(attributes, "units"), text_or_empty(attributes, "long_name")});
    datasets_.emplace(path, std::move(dataset));
  }
}

bool DatasetReader::contains(const std::string& path) const {
  return datasets_.contains(path);
}

const hdf5::Dataset& DatasetReader::dataset(const std::string& path) const {
  const auto found = datasets_.find(path);
  if (found == datasets_.end()) {
    std::vector<std::string> names;
    for (const auto& [name, value] : datasets_) {
      names.push_back(name);
    }
    throw DataError(fmt::format("no field or parameter '{}' in {} (it has {}); name one of these", path, file_.path(),
                                fmt::join(names, ", ")));
  }
  return found->second;
}

Shape DatasetReader::sample_shape(const std::string& path) const {
  Shape shape = dataset(path).shape();
  shape.erase(shape.begin());
  return shape;
}

void DatasetReader::require_sample_shape(const std::string& path, const Shape& expected) const {
  if (const Shape shape = sample_shape(path); shape != expected) {
    throw ShapeError(fmt::format("{}:/{} has samples of shape {} (expected {}); give a file whose sizes fit",
                                 file_.path(), path, to_string(shape), to_string(expected)));
  }
}

template <class T>
std::vector<T> DatasetReader::read(const std::string& path, std::size_t first, std::size_t count,
                                   NonFinite non_finite) const {
  const hdf5::Dataset& source = dataset(path);
  std::vector<T> values = source.read_rows<T>(first, count);
  if (non_finite == NonFinite::refuse) {
    check_finite<T>(file_.path(), path, first, element_count(sample_shape(path)), values);
  }
  return values;
}

template <class T>
void DatasetReader::read_into(const std::string& path, std::size_t first, std::size_t count, std::span<T> values,
                              NonFinite non_finite) const {
  const hdf5::Dataset& source = dataset(path);
  Shape start(source.shape().size(), 0);
  start[0] = first;
  Shape extents = source.shape();
  extents[0] = count;
  source.read_block<T>(start, extents, values);
  if (non_finite == NonFinite::refuse) {
    check_finite<T>(file_.path(), path, first, element_count(sample_shape(path)), values);
  }
}

template std::vector<float> DatasetReader::read(const std::string&, std::size_t, std::size_t, NonFinite) const;
template std::vector<double> DatasetReader::read(const std::string&, std::size_t, std::size_t, NonFinite) const;
template std::vector<std::int64_t> DatasetReader::read(const std::string&, std::size_t, std::size_t, NonFinite) const;
template void DatasetReader::read_into(const std::string&, std::size_t, std::size_t, std::span<float>, NonFinite) const;
template void DatasetReader::read_into(const std::string&, std::size_t, std::size_t, std::span<double>,
                                       NonFinite) const;
template void DatasetReader::read_into(const std::string&, std::size_t, std::size_t, std::span<std::int64_t>,
                                       NonFinite) const;

}  // namespace floe::io
