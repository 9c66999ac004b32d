// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "lattice/flow/phi4_flow.h"

namespace floe::app {

/// A trained flow, or one in training, in checkpoints/flow.h5, written atomically with the previous one kept. Throws
/// IoError.
void save_flow(const std::filesystem::path& path, const lattice::Phi4TrainingStart& state);

/// Whether there is one: the file or, when a run was killed between two renames, the one before it.
bool flow_exists(const std::filesystem::path& path);

/// Throws IoError or DataError.
lattice::Phi4TrainingStart load_flow(const std::filesystem::path& path);

}  // namespace floe::app
