// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "io/checkpoint.h"
#include "lattice/flow/phi4_flow.h"

namespace floe::app {

/// A trained flow, or one in training, in checkpoints/flow.h5, written atomically with the previous one kept. Throws
/// IoError.
void save_flow(const std::filesystem::path& path, const lattice::Phi4TrainingStart& state);

/// Coefficients as the tensor (node, coefficient) of a checkpoint, and back.
void set_spline(io::Checkpoint& file, const std::string& name, const flow::TimeSpline& spline);
flow::TimeSpline get_spline(const io::Checkpoint& file, const std::string& name);

/// Whether there is one: the file or, when a run was killed between two renames, the one before it.
bool flow_exists(const std::filesystem::path& path);

/// Throws IoError or DataError.
lattice::Phi4TrainingStart load_flow(const std::filesystem::path& path);

}  // namespace floe::app
