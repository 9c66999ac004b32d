// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "io/description.h"

namespace floe::io {

/// What a path of a source means: the number of a field or parameter within its group.
struct SampleRequest {
  enum class Group { inputs, outputs, parameters };
  Group group = Group::inputs;
  std::size_t number = 0;
  std::size_t per_sample = 1;
};

/// Checks a call of Source::read() for a source of `samples` samples in `file`. Throws DataError, naming what there is,
/// for a path that is not there, ShapeError beyond the last sample or for another number of values than asked for.
SampleRequest check_request(const std::string& file, const DatasetDescription& description, std::size_t samples,
                            const std::string& path, std::size_t first, std::size_t count, std::size_t values);

}  // namespace floe::io
