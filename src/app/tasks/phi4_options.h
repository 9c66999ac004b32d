// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "config/section.h"
#include "lattice/phi4.h"

namespace floe::app {

/// The section [target]: the action whose weight exp(-S) is sampled.
struct TargetOptions {
  std::string kind = "phi4";
  lattice::Phi4 phi4{.mass_squared = -4, .coupling = 6.975};

  /// Throws ConfigError.
  void validate() const { phi4.validate(); }
};

void bind(config::Section& section, TargetOptions& options);

/// Its couplings alone: legal while the section's kind is "phi4".
void bind_couplings(config::Section& section, TargetOptions& options);

}  // namespace floe::app
