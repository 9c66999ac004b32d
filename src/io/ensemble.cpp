// SPDX-License-Identifier: MIT
#include "io/ensemble.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace floe::io {

DatasetDescription ensemble_description(const EnsembleInfo& info) {
  if (info.sizes.empty() || std::any_of(info.sizes.begin(), info.sizes.end(), [](int size) { return size < 1; })) {
    throw ConfigError(fmt::format("an ensemble on a lattice of {} axes (each needs a positive size); give its sizes",
                                  info.sizes.size()));
  }
  DatasetDescription description;
  description.title = info.title;
  description.generator = info.generator;
  description.seed = info.seed;
  description.attributes = info.attributes;
  description.attributes["action"] = info.action;
  description.parameters = info.parameters;
  description.provenance = info.provenance;
  Field phi{"phi", {}, info.type, "lattice", "scalar field"};
  for (std::size_t axis = 0; axis < info.sizes.size(); ++axis) {
    std::vector<double> values(static_cast<std::size_t>(info.sizes[axis]));
    std::iota(values.begin(), values.end(), 0.0);
    description.axes.push_back({fmt::format("x{}", axis), std::move(values), "lattice", "periodic"});
    phi.axes.push_back(description.axes.back().name);
  }
  description.outputs.push_back(std::move(phi));
  return description;
}

void write_ensemble(const std::filesystem::path& path, const EnsembleInfo& info, std::span<const double> rows,
                    std::span<const Column> parameters, const DatasetOptions& options) {
  DatasetDescription description = ensemble_description(info);
  const std::size_t sites = element_count(description.sample_shape(description.outputs.front()));
  if (rows.size() % sites != 0) {
    throw ShapeError(
        fmt::format("{} numbers for configurations of {} sites (they are no whole number of rows); give whole rows",
                    rows.size(), sites));
  }
  DatasetOptions sized = options;
  sized.expected_samples = rows.size() / sites;
  DatasetWriter writer(path, std::move(description), sized);
  std::vector<Column> columns(parameters.begin(), parameters.end());
  columns.push_back({"outputs/phi", rows});
  writer.append(rows.size() / sites, columns);
  writer.finalise();
}

double Ensemble::number(const std::string& name) const {
  const auto found = description.attributes.find(name);
  if (found != description.attributes.end()) {
    if (const auto* value = std::get_if<double>(&found->second)) {
      return *value;
    }
    if (const auto* value = std::get_if<std::int64_t>(&found->second)) {
      return static_cast<double>(*value);
    }
  }
  throw DataError(fmt::format(
      "the ensemble has no number '{}' among its attributes (the action needs it); use another file", name));
}

Ensemble read_ensemble(const std::filesystem::path& path, std::size_t limit) {
  const DatasetReader reader(path);
  Ensemble ensemble;
  ensemble.description = reader.description();
  if (!reader.contains("outputs/phi")) {
    throw DataError(fmt::format("{} is no ensemble (it has no /outputs/phi); look at it with: floe data inspect {}",
                                reader.path(), reader.path()));
  }
  const Shape shape = reader.sample_shape("outputs/phi");
  if (shape.empty()) {
    throw DataError(fmt::format(
        "{}:/outputs/phi has no lattice axes (a configuration has at least one); use another file", reader.path()));
  }
  ensemble.sizes.assign(shape.begin(), shape.end());
  ensemble.sites = element_count(shape);
  ensemble.configurations = std::min(limit, reader.samples());
  ensemble.rows = reader.read<double>("outputs/phi", 0, ensemble.configurations);
  return ensemble;
}

}  // namespace floe::io
