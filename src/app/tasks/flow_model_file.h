// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "lattice/flow/phi4_flow.h"

namespace floe::app {

/// A trained flow in checkpoints/flow.h5, written atomically with the previous one kept; `stage` counts finished stages
/// of training (see Phi4TrainingHooks). Throws IoError.
void save_flow(const std::filesystem::path& path, const lattice::Phi4FlowModel& model, int stage);

/// Throws IoError or DataError.
lattice::Phi4TrainingStart load_flow(const std::filesystem::path& path);

}  // namespace floe::app
