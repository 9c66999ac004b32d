// SPDX-License-Identifier: MIT
#include "ode/hamiltonian.h"

#include <algorithm>
#include <boost/numeric/odeint/stepper/symplectic_rkn_sb3a_mclachlan.hpp>
#include <vector>

namespace floe::ode::detail {

const Composition& fourth_order_composition() {
  static const Composition composition = [] {
    const boost::numeric::odeint::symplectic_rkn_sb3a_mclachlan<std::vector<double>> stepper;
    Composition result;
    std::copy(stepper.coef_a().begin(), stepper.coef_a().end(), result.drift.begin());
    std::copy(stepper.coef_b().begin(), stepper.coef_b().end(), result.kick.begin());
    return result;
  }();
  return composition;
}

}  // namespace floe::ode::detail
