// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>

#include "io/dataset.h"
#include "io/readers/source.h"

namespace floe::io {

struct ConvertOptions {
  NonFinite non_finite = NonFinite::refuse;
  /// Bytes of values that are in memory at a time, at least one sample.
  std::size_t block_bytes = std::size_t{64} << 20;
  /// Called after every block; false stops.
  std::function<bool(std::size_t done, std::size_t samples)> progress{};
};

/// What a floe-dataset made of the source says about itself: the source's description with provenance, the generator
/// "import" where it names none, and the attributes source_file and source_format.
DatasetDescription import_description(const Source& source, const std::filesystem::path& path, Provenance provenance);

/// Copies every sample in blocks. The description of the writer must be that of the source, or import_description().
/// Returns the number of samples copied, fewer than the source has only if `progress` stopped it; finalise() is the
/// caller's. Throws DataError for values that are not finite, and for parameters of integers that are none.
std::size_t convert(const Source& source, DatasetWriter& writer, const ConvertOptions& options = {});

}  // namespace floe::io
