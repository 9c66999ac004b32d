// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "io/readers/source.h"

namespace floe::io {

/// What floe makes of a file or folder: the format found, and under it the samples, inputs, outputs and parameters as
/// open_source() gives them with these options, or what options would have to say; and, of files of arrays, the arrays.
/// Reads no values. Throws IoError or DataError only if the file cannot be opened at all.
std::string inspect_source(const std::filesystem::path& path, const SourceOptions& options = {});

}  // namespace floe::io
