// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/hdf5_file.h"
#include "io/shape.h"

namespace floe::io {

/// An array as a file of any container format names it. `shape` is in C order (slowest axis first), whatever the order
/// in the file: a MATLAB array of size (n1, n2, n3) appears as it does in MATLAB, (n1, n2, n3), and is transposed while
/// it is read.
struct ArrayInfo {
  std::string name;  ///< a path for containers with groups: "tensor", "t0_fields/density", "0003/data"
  Shape shape;
  std::string type_name;  ///< as numpy names it: "float32", "uint8", "bool", "complex128", "string"
  std::map<std::string, hdf5::AttributeValue> attributes = {};
};

/// Which elements of an array: along axis a those at start[a] + i stride[a], i = 0 ... count[a] - 1.
struct Selection {
  Shape start;
  Shape count;
  Shape stride;  ///< at least 1 each

  static Selection all(const Shape& shape);
  /// How many elements it selects.
  std::size_t size() const { return element_count(count); }
  /// Throws ShapeError unless it lies within the shape.
  void validate(const Shape& shape) const;
};

/// A file (or folder) of named arrays: HDF5, MAT v5, MAT v7.3, NPY, NPZ. Opening reads names and shapes only; reading
/// takes memory in proportion to the selection (formats compressed as a whole state what they hold beside it).
/// Extents are checked against what the file can hold before memory is taken.
class ArrayFile {
 public:
  virtual ~ArrayFile() = default;

  /// "HDF5", "MAT 5", "MAT 7.3", "NPY", "NPZ".
  virtual std::string container() const = 0;
  virtual const std::string& path() const = 0;
  /// All arrays, in the order of their names.
  virtual const std::vector<ArrayInfo>& arrays() const = 0;
  /// Attributes of the file as a whole ("") or of a group in it ("t0_fields"); none where there is no such group.
  virtual std::map<std::string, hdf5::AttributeValue> attributes(const std::string& group = "") const;

  /// The selected elements in C order as float64 or float32; real numbers of every width, integers and booleans are
  /// converted. Throws DataError for an array that is not there (naming those that are), that is of another type
  /// (complex, text), or that is damaged; ShapeError for a selection beyond its shape.
  /// Several threads may read at once.
  virtual void read(const std::string& name, const Selection& selection, std::span<double> values) const = 0;
  virtual void read(const std::string& name, const Selection& selection, std::span<float> values) const = 0;

  /// Throws DataError, naming those that are there, if there is none of this name.
  const ArrayInfo& array(const std::string& name) const;
  /// The array of this name, or nullptr.
  const ArrayInfo* find(const std::string& name) const;
  /// All elements, for small arrays such as coordinates. Throws DataError for more than `max_elements`.
  std::vector<double> read_all(const std::string& name, std::size_t max_elements = std::size_t{1} << 24) const;
};

/// Whether arrays of this type are read as numbers: floats, integers and "bool".
bool is_real_type(const std::string& type_name);

/// Whether open_array_file() knows the file by its first bytes. No error for a file that cannot be opened.
bool is_array_file(const std::filesystem::path& path);

/// Opens a file by what it holds, not by its ending: HDF5 (also netCDF-4), MAT v5, MAT v7.3, NPY, NPZ. Throws IoError
/// or DataError.
std::unique_ptr<ArrayFile> open_array_file(const std::filesystem::path& path);

}  // namespace floe::io
