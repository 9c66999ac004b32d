// SPDX-License-Identifier: MIT
#include "operators/layers/data.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace floe::operators {

Signature field_signature(const std::string& model, const DataShape& data, GridRules grids, std::int64_t least,
                          std::int64_t most) {
  if (data.axes() < least || data.axes() > most || data.field_channels < 1 || data.parameters > 0 ||
      data.value_channels > 0 || data.out_channels < 1) {
    throw ConfigError(fmt::format(
        "the model {} does not suit the data ({} channels on {} axes, {} numbers per sample, {} values at points; it "
        "takes fields with {} axes and nothing else); choose other inputs or another model",
        model, data.field_channels, data.axes(), data.parameters, data.value_channels,
        least == most ? fmt::format("{}", least) : fmt::format("{} to {}", least, most)));
  }
  if (!grids.smallest.empty()) {
    const std::int64_t least_points = *std::max_element(grids.smallest.begin(), grids.smallest.end());
    if (*std::min_element(data.grid.begin(), data.grid.end()) < least_points) {
      throw ConfigError(fmt::format(
          "{}: a grid of {} points is too small (its levels need {} points on every axis); give fewer levels, or finer "
          "data",
          model, fmt::join(data.grid, "x"), least_points));
    }
  }
  Signature signature;
  signature.axes = data.axes();
  signature.field_channels = data.field_channels;
  signature.out_channels = data.out_channels;
  signature.grids = std::move(grids);
  return signature;
}

Signature point_signature(const std::string& model, const DataShape& data) {
  if (data.value_channels < 1 || data.dimension < 1 || data.axes() > 0 || data.parameters > 0 ||
      data.out_channels < 1) {
    throw ConfigError(fmt::format(
        "the model {} does not suit the data ({} values at points in {} dimensions, {} axes, {} numbers per sample; it "
        "takes values at points and nothing else); choose other inputs or another model",
        model, data.value_channels, data.dimension, data.axes(), data.parameters));
  }
  Signature signature;
  signature.value_channels = data.value_channels;
  signature.dimension = data.dimension;
  signature.out_channels = data.out_channels;
  signature.queries = Signature::Queries::required;
  return signature;
}

}  // namespace floe::operators
