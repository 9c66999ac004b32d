// SPDX-License-Identifier: MIT
#include "app/tasks/phi4_options.h"

namespace floe::app {

void bind(config::Section& section, TargetOptions& options) {
  section.choice("kind", options.kind, {"phi4"}, "the theory");
  bind_couplings(section, options);
}

void bind_couplings(config::Section& section, TargetOptions& options) {
  section.when(options.kind == "phi4", "kind = \"phi4\"", [&] {
    section.key("mass_squared", options.phi4.mass_squared,
                "m^2 in sum (phi_{x+mu} - phi_x)^2 + m^2 phi^2 + lambda phi^4");
    section.key("coupling", options.phi4.coupling, "lambda; 0 with positive m^2 is the free field",
                config::at_least(0));
  });
}

}  // namespace floe::app
