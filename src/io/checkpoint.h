// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "io/hdf5_file.h"
#include "io/shape.h"

namespace floe::io {

/// An array of numbers with its shape, C order.
struct Tensor {
  Shape shape;
  std::variant<std::vector<double>, std::vector<float>, std::vector<std::int64_t>> values;

  ElementType type() const;
};

/// The state of something: named arrays and a few words. Names may have parts, "optimiser/step".
struct Checkpoint {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> attributes;

  void set(const std::string& name, Shape shape, std::vector<double> values);
  void set(const std::string& name, Shape shape, std::vector<float> values);
  void set(const std::string& name, Shape shape, std::vector<std::int64_t> values);

  /// The values of the tensor as T (double, float, std::int64_t). Throws DataError if there is none of that name and
  /// type.
  template <class T>
  const std::vector<T>& get(const std::string& name) const;
  /// Throws DataError if there is none of that name.
  const Shape& shape(const std::string& name) const;
  const std::string& attribute(const std::string& name) const;
};

/// Stands in TensorSpec::shape for an extent that the file decides.
inline constexpr std::size_t any_extent = std::numeric_limits<std::size_t>::max();

/// One tensor that a reader expects.
struct TensorSpec {
  std::string name;
  ElementType type = ElementType::float64;
  Shape shape;
};

/// Throws DataError naming every tensor that is missing, not expected, or of another shape or type, with what was found
/// and what was expected. `source` names the file in the message.
void require_tensors(const Checkpoint& checkpoint, std::span<const TensorSpec> expected, std::string_view source);

/// Writes the checkpoint in place of the one before, which is kept as `<path>.previous`; a process killed at any moment
/// leaves at least one of the two whole. `kind` says what it is of ("flow"); a reader asks for the same. Every array is
/// stored with a checksum, bit for bit.
/// Throws IoError, ShapeError if a tensor's values do not fill its shape.
void save_checkpoint(const std::filesystem::path& path, std::string_view kind, const Checkpoint& checkpoint);

/// Reads a checkpoint of this kind. If the file is damaged or missing and `<path>.previous` is whole, that one is read
/// and the log says so. Throws IoError if there is neither, DataError if both are damaged or the kind is another one.
Checkpoint load_checkpoint(const std::filesystem::path& path, std::string_view kind);

/// As above, and then require_tensors().
Checkpoint load_checkpoint(const std::filesystem::path& path, std::string_view kind,
                           std::span<const TensorSpec> expected);

/// `<path>.previous`.
std::filesystem::path previous_checkpoint(const std::filesystem::path& path);

}  // namespace floe::io
