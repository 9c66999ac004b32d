// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/hdf5_file.h"
#include "io/shape.h"

namespace floe::io {

/// Where a file comes from.
struct Provenance {
  std::string software = "floe";
  std::string version;       ///< for example "0.1.0"
  std::string git;           ///< `git describe` of the sources, "unknown" outside a repository
  std::string command_line;  ///< what the user typed
  std::string created;       ///< UTC, ISO 8601: "2025-02-01T12:00:00Z"
  std::string config;        ///< the experiment file as it was read, word for word
};

/// The provenance of a file written now by this library. The time is that of SOURCE_DATE_EPOCH where it is set, so that
/// a file can be made again byte for byte.
Provenance make_provenance(std::string_view command_line = "", std::string_view config = "");

/// An axis of the fields with the coordinates of its points.
struct Axis {
  std::string name;
  std::vector<double> values;
  std::string unit = "1";
  /// "periodic", "dirichlet", "neumann", "none".
  std::string boundary_condition = "none";
};

/// An array with one entry per sample: shape (samples, axes...).
struct Field {
  std::string name;
  std::vector<std::string> axes;  ///< names of the axes after the sample, slowest first
  ElementType type = ElementType::float64;
  std::string unit = "1";
  std::string long_name = {};
};

/// One number per sample.
struct Parameter {
  std::string name;
  ElementType type = ElementType::float64;
  std::string unit = "1";
  std::string long_name = {};
};

/// Everything a dataset says about itself (docs/dataset-format.md).
struct DatasetDescription {
  std::string title;
  std::string generator;  ///< what made the samples: "wolff", "darcy"
  std::uint64_t seed = 0;
  std::vector<Axis> axes;
  std::vector<Field> inputs;
  std::vector<Field> outputs;
  std::vector<Parameter> parameters;
  std::map<std::string, hdf5::AttributeValue> attributes;  ///< of the root, for example the couplings of an action
  Provenance provenance;

  /// Throws ConfigError for names that are empty, twice, reserved or hold a '/', axes that do not exist or have no
  /// points, and element types other than float32, float64 (fields) and int64 (parameters as well).
  void validate() const;

  /// Throws DataError if there is no such axis.
  const Axis& axis(std::string_view name) const;
  /// The shape of one sample of the field.
  Shape sample_shape(const Field& field) const;
};

inline constexpr std::string_view schema_name = "floe-dataset";
inline constexpr std::int64_t schema_version = 1;
/// Whether the schema itself writes this attribute of the root.
bool is_schema_attribute(std::string_view name);
/// The name of the first axis of every field and parameter.
inline constexpr std::string_view sample_axis = "sample";

}  // namespace floe::io
