// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/readers/array_file.h"
#include "io/readers/bytes.h"
#include "io/readers/numbers.h"
#include "io/shape.h"

namespace floe::io {

/// How the numbers of an array lie in bytes: one after the other from `offset` on, the last axis fastest, or with
/// `fortran_order` the first.
struct StoredArray {
  std::shared_ptr<const Bytes> bytes;
  std::uint64_t offset = 0;
  Shape shape;
  bool fortran_order = false;
  NumberFormat format;
};

/// The bytes an array of this shape takes. Throws DataError, naming `label`, for more than 32 axes or for extents whose
/// product does not fit 63 bits (with axes of no extent counted as one).
std::uint64_t stored_size(const std::string& label, const Shape& shape, Number number);

/// Reads the selected elements in C order. Reads runs along the fastest axis of the file, joined where the gaps between
/// them are small; needs at most 1 MiB beside `values`. Throws ShapeError for a selection beyond the shape or another
/// number of values, DataError, IoError.
void read_stored(const StoredArray& array, const Selection& selection, std::span<double> values);
void read_stored(const StoredArray& array, const Selection& selection, std::span<float> values);

/// An array of a file with where its numbers lie; without, it is listed but cannot be read, and `obstacle` says why.
struct StoredEntry {
  ArrayInfo info;
  std::optional<StoredArray> stored;
  std::string obstacle = {};
};

/// A file of such arrays, sorted by name here.
std::unique_ptr<ArrayFile> make_stored_file(std::string container, std::string path, std::vector<StoredEntry> entries);

}  // namespace floe::io
