// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>

#include "io/readers/array_file.h"

namespace floe::io {

/// Opens an HDF5 file (netCDF-4 is HDF5) or a MAT file of version 7.3, which is HDF5 with a preface and the axes of
/// every array reversed: they appear here as in MATLAB.
///
/// Listed are the datasets that hard and soft links inside the file lead to; links into other files are not followed,
/// and groups that contain themselves are entered once. At most one selection and one chunk of each of a few datasets
/// are in memory. Throws IoError or DataError.
std::unique_ptr<ArrayFile> open_hdf5_array_file(const std::filesystem::path& path);

}  // namespace floe::io
