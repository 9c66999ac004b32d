// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "io/dataset.h"
#include "io/hdf5_scales.h"

namespace floe::io {

namespace {

constexpr std::size_t chunk_target_bytes = std::size_t{256} << 10;
// Keeps short datasets short: the last chunk is stored whole.
constexpr std::size_t max_chunk_samples = 1024;

Shape chunk_of(const Shape& sample_shape, ElementType type, const DatasetOptions& options) {
  const std::size_t sample_bytes = element_size(type) * std::max<std::size_t>(element_count(sample_shape), 1);
  std::size_t rows = std::min(chunk_target_bytes / sample_bytes, max_chunk_samples);
  if (options.expected_samples > 0) {
    rows = std::min(rows, options.expected_samples);
  }
  Shape chunk = sample_shape;
  chunk.insert(chunk.begin(), std::max<std::size_t>(rows, 1));
  return chunk;
}

hdf5::Dataset create_extendible(hdf5::Group& root, const std::string& path, ElementType type, const Shape& sample_shape,
                                const DatasetOptions& options) {
  hdf5::DatasetSpec spec;
  spec.type = type;
  spec.shape = sample_shape;
  spec.shape.insert(spec.shape.begin(), 0);
  spec.extendible = true;
  // Beyond this a row is split by the automatic choice, since HDF5 limits a chunk to 4 GiB.
  if (element_count(sample_shape) * element_size(type) < (std::size_t{1} << 31)) {
    spec.chunk = chunk_of(sample_shape, type, options);
  }
  spec.deflate = options.deflate;
  return root.create_dataset(path, spec);
}

void set_text(hdf5::Attributes attributes, const std::string& name, const std::string& text) {
  if (!text.empty()) {
    attributes.set(name, text);
  }
}

void write_provenance(hdf5::Attributes attributes, const DatasetDescription& description) {
  attributes.set("schema", std::string(schema_name));
  attributes.set("schema_version", schema_version);
  attributes.set("complete", std::int64_t{0});
  set_text(attributes, "title", description.title);
  set_text(attributes, "generator", description.generator);
  attributes.set("seed", description.seed);
  const Provenance& provenance = description.provenance;
  set_text(attributes, "software", provenance.software);
  set_text(attributes, "software_version", provenance.version);
  set_text(attributes, "git", provenance.git);
  set_text(attributes, "command_line", provenance.command_line);
  set_text(attributes, "created", provenance.created);
  set_text(attributes, "config", provenance.config);
  for (const auto& [name, value] : description.attributes) {
    attributes.set(name, value);
  }
}

std::size_t size_of(const Column& column) {
  return std::visit([](const auto& values) { return values.size(); }, column.values);
}

ElementType type_of(const Column& column) {
  return std::visit(
      [](const auto& values) { return element_type_of<typename std::decay_t<decltype(values)>::value_type>; },
      column.values);
}

}  // namespace

void DatasetOptions::validate() const {
  hdf5::DatasetSpec spec;
  spec.deflate = deflate;
  spec.validate();
}

DatasetWriter::DatasetWriter(const std::filesystem::path& path, DatasetDescription description,
                             const DatasetOptions& options)
    : description_((description.validate(), options.validate(), std::move(description))),
      place_(path),
      file_(hdf5::File::create(place_.path())) {
  hdf5::Group root = file_.root();
  write_provenance(root.attributes(), description_);

  std::map<std::string, hdf5::Dataset> scales;
  sample_ = create_extendible(root, "/coordinates/sample", ElementType::int64, {}, options);
  hdf5::make_scale(*sample_, std::string(sample_axis));
  sample_->attributes().set("long_name", "sample index");
  for (const Axis& axis : description_.axes) {
    hdf5::Dataset scale = root.write<double>("/coordinates/" + axis.name, {axis.values.size()}, axis.values);
    hdf5::make_scale(scale, axis.name);
    scale.attributes().set("units", axis.unit);
    scale.attributes().set("boundary_condition", axis.boundary_condition);
    scales.emplace(axis.name, std::move(scale));
  }

  // Each group holds its coordinates under their names as well, since netCDF looks for dimensions there and above.
  const auto link = [&](const std::string& group, const std::string& axis) {
    const std::string name = fmt::format("/{}/{}", group, axis);
    if (!root.contains(name)) {
      root.link("/coordinates/" + axis, name);
    }
  };
  const auto add = [&](const std::string& group, const Field& field) {
    const Shape shape = description_.sample_shape(field);
    const std::string name = group + "/" + field.name;
    hdf5::Dataset dataset = create_extendible(root, "/" + name, field.type, shape, options);
    dataset.attributes().set("units", field.unit);
    set_text(dataset.attributes(), "long_name", field.long_name);
    link(group, std::string(sample_axis));
    hdf5::attach_scale(dataset, 0, *sample_, std::string(sample_axis));
    for (std::size_t axis = 0; axis < field.axes.size(); ++axis) {
      link(group, field.axes[axis]);
      hdf5::attach_scale(dataset, axis + 1, scales.at(field.axes[axis]), field.axes[axis]);
    }
    targets_.push_back({name, std::move(dataset), element_count(shape)});
  };
  for (const Field& field : description_.inputs) {
    add("inputs", field);
  }
  for (const Field& field : description_.outputs) {
    add("outputs", field);
  }
  for (const Parameter& parameter : description_.parameters) {
    add("parameters", {parameter.name, {}, parameter.type, parameter.unit, parameter.long_name});
  }
}

void DatasetWriter::append(std::size_t samples, std::span<const Column> columns) {
  const auto column_of = [&](const std::string& path) {
    return std::find_if(columns.begin(), columns.end(), [&](const Column& column) { return column.path == path; });
  };
  // All is checked before anything is written: the datasets never differ in length.
  for (const Column& column : columns) {
    if (std::none_of(targets_.begin(), targets_.end(),
                     [&](const Target& target) { return target.path == column.path; })) {
      throw DataError(
          fmt::format("samples for '{}' of {} (the description has no such field or parameter); describe it first",
                      column.path, place_.target().string()));
    }
  }
  for (const Target& target : targets_) {
    const auto column = column_of(target.path);
    if (column == columns.end()) {
      throw DataError(
          fmt::format("samples without '{}' for {} (every field and parameter needs its values); add the column",
                      target.path, place_.target().string()));
    }
    if (size_of(*column) != samples * target.values_per_sample) {
      throw ShapeError(fmt::format("{} values of '{}' for {} samples of {} values (they do not fit); give {}",
                                   size_of(*column), target.path, samples, target.values_per_sample,
                                   samples * target.values_per_sample));
    }
    const bool integer = type_of(*column) == ElementType::int64;
    if (integer != (target.dataset.type() == ElementType::int64)) {
      throw DataError(fmt::format("{} values of '{}' (it is stored as {}); give values of that kind",
                                  to_string(type_of(*column)), target.path, to_string(target.dataset.type())));
    }
  }
  for (Target& target : targets_) {
    std::visit([&](const auto& values) { target.dataset.append(values); }, column_of(target.path)->values);
  }
  std::vector<std::int64_t> indices(samples);
  std::iota(indices.begin(), indices.end(), static_cast<std::int64_t>(samples_));
  sample_->append<std::int64_t>(indices);
  samples_ += samples;
}

void DatasetWriter::set_attribute(const std::string& name, const hdf5::AttributeValue& value) {
  DatasetDescription changed = description_;
  changed.attributes[name] = value;
  changed.validate();
  file_.attributes().set(name, value);
  description_ = std::move(changed);
}

void DatasetWriter::flush() {
  file_.flush();
}

void DatasetWriter::finalise() {
  file_.attributes().set("complete", std::int64_t{1});
  targets_.clear();
  sample_.reset();
  file_.close();
  place_.commit();
}

}  // namespace floe::io
