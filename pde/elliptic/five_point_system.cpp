// SPDX-License-Identifier: MIT
#include "pde/elliptic/five_point_system.h"

namespace floe::pde {

void FivePointSystem::apply(const std::vector<double>& u, std::vector<double>& out) const {
  out.resize(points());
  for (std::size_t j = 0; j < ny; ++j) {
    for (std::size_t i = 0; i < nx; ++i) {
      const std::size_t at = index(i, j);
      double sum = diagonal[at] * u[at];
      if (i + 1 < nx) sum -= east[at] * u[at + 1];
      if (i > 0) sum -= east[at - 1] * u[at - 1];
      if (j + 1 < ny) sum -= north[at] * u[at + nx];
      if (j > 0) sum -= north[at - nx] * u[at - nx];
      out[at] = sum;
    }
  }
}

}  // namespace floe::pde
