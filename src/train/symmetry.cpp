// SPDX-License-Identifier: MIT
#include "train/symmetry.h"

#include <fmt/format.h>

#include <vector>

#include "base/error.h"
#include "random/stream.h"

namespace floe::train {

using torch::Tensor;

namespace {

void require_grid(const Examples& batch, SymmetryKind kind) {
  const Inputs& in = batch.inputs;
  const bool grid = in.fields.defined() && !in.queries.defined() && !in.points.defined() &&
                    in.fields.sizes().slice(2) == batch.outputs.sizes().slice(2) && !batch.geometry.periodic.empty();
  if (!grid) {
    throw ConfigError(fmt::format(
        "train.symmetry does not suit samples with inputs of shape {} and outputs of shape {} (fields on one "
        "grid can be reflected); leave it out",
        shape_text(in.fields), shape_text(batch.outputs)));
  }
  if (kind == SymmetryKind::square && (batch.outputs.dim() != 4 || batch.outputs.size(2) != batch.outputs.size(3))) {
    throw ConfigError(
        fmt::format("train.symmetry = \"square\" does not suit fields of shape {} (their grid is no square); choose "
                    "\"reflections\"",
                    shape_text(batch.outputs)));
  }
}

}  // namespace

Examples transformed(const Examples& batch, SymmetryKind kind, std::uint64_t seed, std::int64_t step) {
  if (kind == SymmetryKind::none) return batch;
  require_grid(batch, kind);
  random::Stream stream(random::make_key(seed, "symmetry"), static_cast<std::uint64_t>(step));
  std::vector<std::int64_t> reflected, periodic;
  for (std::size_t a = 0; a < batch.geometry.periodic.size(); ++a) {
    if (stream.below(2) == 0) continue;
    const std::int64_t axis = static_cast<std::int64_t>(a) + 2;
    reflected.push_back(axis);
    if (batch.geometry.periodic[a]) periodic.push_back(axis);
  }
  const bool exchanged = kind == SymmetryKind::square && stream.below(2) == 1;
  const auto change = [&](const Tensor& fields) {
    Tensor changed = exchanged ? fields.transpose(2, 3) : fields;
    if (!reflected.empty()) changed = changed.flip(reflected);
    if (!periodic.empty()) changed = changed.roll(std::vector<std::int64_t>(periodic.size(), 1), periodic);
    return changed.contiguous();
  };
  Examples result = batch;
  result.inputs.fields = change(batch.inputs.fields);
  result.outputs = change(batch.outputs);
  if (batch.mask.defined()) result.mask = change(batch.mask);
  return result;
}

}  // namespace floe::train
