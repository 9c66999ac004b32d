// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "app/tasks/record.h"
#include "io/ensemble.h"
#include "lattice/phi4.h"

namespace floe::app {

/// Throws DataError unless the configurations were drawn from this theory.
void require_theory(const io::Ensemble& ensemble, const std::filesystem::path& path, const lattice::Phi4& phi4);

/// The observables of the configurations in a file; its parameter `chain`, if there is one, tells the chains apart,
/// otherwise they count as one.
Record measure_ensemble(const std::filesystem::path& path, const lattice::Phi4& phi4);

}  // namespace floe::app
