// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>

#include "io/readers/array_file.h"

namespace floe::io {

/// The arrays of a MAT file of version 5 (MATLAB's save -v6 and -v7, scipy.io.savemat): full real arrays of numbers and
/// logical ones, in the byte order of the file, whatever narrower type MATLAB stored them in. Structures, cells, sparse
/// and complex arrays, text and objects are listed only.
///
/// An array of extents (n1, n2, n3) is given as such; in the file its first axis is the fastest. Arrays that are not
/// compressed (-v6) are read in place. A compressed one (-v7, the usual) is expanded with its first read, as inflate.h
/// says: up to 32 MiB in memory, otherwise in a temporary file as large as the array.
///
/// Floe reads this format itself: matio has a history of memory errors on damaged files, so that every header would have
/// to be checked before it sees one, and it expands a compressed array whole, or from its beginning for every part.
/// Throws IoError, DataError.
std::unique_ptr<ArrayFile> open_mat5(const std::filesystem::path& path);

}  // namespace floe::io
