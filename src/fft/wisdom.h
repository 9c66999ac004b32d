// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

namespace floe::fft {

/// Writes what FFTW has measured (Effort::measure) in both precisions, through a temporary file beside the path that
/// then takes its place. Throws IoError.
void save_wisdom(const std::filesystem::path& path);

/// Adds the measurements of a file of save_wisdom to this process's. Throws IoError when the file cannot be read,
/// DataError when it is damaged or comes from another version or build of FFTW.
void load_wisdom(const std::filesystem::path& path);

}  // namespace floe::fft
