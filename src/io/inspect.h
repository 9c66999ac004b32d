// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "io/hdf5_file.h"

namespace floe::io {

/// What one pass over the values of a dataset finds. min and max are over finite values, NaN if there is none.
struct Statistics {
  double min = 0.0;
  double max = 0.0;
  double mean = 0.0;
  std::size_t count = 0;
  std::size_t nan = 0;
  std::size_t infinite = 0;
};

/// Statistics of a dataset of numbers, read in blocks of a few megabytes whatever its size. Throws DataError if it is
/// none or cannot be read.
Statistics statistics(const hdf5::Dataset& dataset);

/// What `floe data inspect` prints: for any HDF5 file its datasets with shape, type, chunks, filters, units, range and
/// counts of NaN, and its attributes; for a floe-dataset also its schema, samples and provenance; and whether it can be
/// used as one. What cannot be read is said in its line. Throws IoError or DataError if the file cannot be opened.
std::string inspect(const std::filesystem::path& path);

}  // namespace floe::io
