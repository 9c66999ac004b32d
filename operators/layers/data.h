// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "operators/registry.h"

namespace floe::operators {

/// The signature of a model from fields to fields. Throws ConfigError, naming the model, unless the data are fields
/// with `least` to `most` axes and nothing else, on a grid that is not below grids.smallest.
Signature field_signature(const std::string& model, const DataShape& data, GridRules grids, std::int64_t least,
                          std::int64_t most);

/// The signature of a model from context points and queries to values. Throws ConfigError, naming the model, unless the
/// data are points.
Signature point_signature(const std::string& model, const DataShape& data);

}  // namespace floe::operators
