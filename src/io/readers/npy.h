// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "io/readers/array_file.h"
#include "io/readers/bytes.h"
#include "io/readers/stored_array.h"

namespace floe::io {

/// An array of an NPY file, format versions 1 to 3: booleans, integers of 8 to 64 bits, float16 to float64, both byte
/// orders, C and Fortran order. Others (complex numbers, text, records, Python objects) are listed only.
/// `bytes` begins with the header. Throws DataError unless the header is well formed and the numbers it speaks of are
/// exactly what follows it.
StoredEntry read_npy_header(std::shared_ptr<const Bytes> bytes, std::string name);

/// As above for bytes that are not all at hand: `start` holds the first of them (all, or 65,546, the longest header
/// that is accepted), `total` is how many there are. The array is given without `bytes`.
StoredEntry read_npy_start(const Bytes& start, std::uint64_t total, std::string name);

/// The longest header that is accepted, with what precedes it.
inline constexpr std::uint64_t longest_npy_start = 65536 + 12;

/// A file with one array, named as the file is without its ending. Throws IoError, DataError.
std::unique_ptr<ArrayFile> open_npy(const std::filesystem::path& path);

}  // namespace floe::io
