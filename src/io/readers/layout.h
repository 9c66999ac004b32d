// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/description.h"
#include "io/readers/array_file.h"
#include "io/readers/source.h"

namespace floe::io {

/// An axis of fields. Stride applies to `space`, the range of times to `time`.
struct LayoutAxis {
  enum class Role { space, time, other };
  Axis axis;
  Role role = Role::space;
};

/// What an axis of a stored array is: it counts samples, it is taken at one index, or it is an axis of the field.
struct AxisUse {
  enum class Kind { sample, fixed, field };
  Kind kind = Kind::field;
  std::size_t index = 0;  ///< where `fixed` stands, or `field` begins
  std::size_t step = 1;   ///< of `field`
  bool whole = true;      ///< whether `field` is all of the stored axis
  std::string name{};     ///< of `field`: an axis of the layout

  static AxisUse sample() { return {Kind::sample, 0, 1, true, {}}; }
  static AxisUse fixed(std::size_t index) { return {Kind::fixed, index, 1, true, {}}; }
  static AxisUse field(std::string name) { return {Kind::field, 0, 1, true, std::move(name)}; }
  static AxisUse part(std::string name, std::size_t first, std::size_t step) {
    return {Kind::field, first, step, false, std::move(name)};
  }
};

/// A field, or with no axis but that of the samples a parameter, and where it is stored.
struct Quantity {
  std::string key;   ///< what options call it
  std::string name;  ///< of the field
  /// One array; or one for each sample, all of one shape, whose axes then do not count samples. One array without an
  /// axis of samples is the same for every sample.
  std::vector<std::string> arrays;
  std::vector<AxisUse> axes;  ///< one for each axis of the array, as the file orders them
  ElementType type = ElementType::float64;
  std::string unit = "1";
  std::string long_name{};
};

/// How a file is to be understood. A format finds it; make_array_source() applies the options.
struct Layout {
  std::string format;
  std::size_t samples = 0;
  std::vector<LayoutAxis> axes;
  std::vector<Quantity> fields;
  std::vector<Quantity> parameters;
  /// Keys of the fields that are inputs and outputs where options name none.
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::size_t input_frames = 1;
  /// Title, generator, seed, attributes and provenance; fields, axes and parameters are filled in.
  DatasetDescription about;
};

/// float32 for what fits into it (float16, float32, bool, integers up to 16 bits), otherwise float64.
ElementType field_type(const std::string& type_name);
/// int64 for integers, otherwise as field_type().
ElementType parameter_type(const std::string& type_name);

/// The numbers first, first + stride, ... of a range of an axis of `size` entries.
struct ResolvedRange {
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t stride = 1;
};
/// Throws ConfigError, calling the range `what`, if it is empty or leaves the axis.
ResolvedRange resolve(const Range& range, std::size_t size, const std::string& what);

/// The samples of a file of arrays. Throws ConfigError for options that do not suit it and DataError if the arrays are
/// not what the layout says.
std::unique_ptr<Source> make_array_source(std::shared_ptr<const ArrayFile> file, Layout layout,
                                          const SourceOptions& options);

}  // namespace floe::io
