// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>

#include "io/readers/array_file.h"

namespace floe::io {

/// The arrays of an NPZ file (numpy.savez and numpy.savez_compressed): the members of a ZIP archive that end in ".npy",
/// named without it. Stored arrays are read in place. A compressed one is expanded with its first read, as inflate.h
/// says: up to 32 MiB in memory, otherwise in a temporary file. Throws IoError, DataError.
std::unique_ptr<ArrayFile> open_npz(const std::filesystem::path& path);

}  // namespace floe::io
