// SPDX-License-Identifier: MIT
#pragma once

#include <boost/numeric/odeint/stepper/symplectic_euler.hpp>
#include <boost/numeric/odeint/stepper/symplectic_rkn_sb3a_mclachlan.hpp>
#include <functional>
#include <type_traits>
#include <utility>

#include "ode/algebra.h"
#include "ode/options.h"
#include "ode/state.h"

namespace floe::ode {

/// The symplectic methods of molecular dynamics.
enum class SymplecticMethod {
  leapfrog,     ///< second order (Stoermer, Verlet); one force per step and one more per trajectory
  fourth_order  ///< McLachlan's SB3A (SIAM J. Sci. Comput. 16 (1995) 151); six forces per step
};

/// The velocity of unit mass, dq/dt = p.
struct UnitMass {};

/// Molecular dynamics of H = K(p) + S(q): dq/dt = velocity(p) = dK/dp, dp/dt = force(q) = -dS/dq. Keeps its storage
/// from one trajectory to the next, so that a chain of them allocates nothing.
///
/// force(const S& q, S& dpdt) and velocity(const S& p, S& dqdt) write into their second argument; without a velocity
/// the mass is one. Leapfrog is kick-drift-kick with neighbouring kicks merged. Both methods are time-reversible:
/// changing the sign of p and integrating again returns to the start up to rounding.
template <State S>
class HamiltonianIntegrator final {
 public:
  explicit HamiltonianIntegrator(SymplecticMethod method = SymplecticMethod::leapfrog) : method_(method) {}

  /// Advances q and p by the trajectory length in equal steps. Throws ConfigError for steps < 1 or a length that is not
  /// finite.
  template <class Force, class Velocity = UnitMass>
  Stats operator()(Force&& force, S& q, S& p, double length, int steps, Velocity&& velocity = {}) {
    detail::check_hamiltonian(length, steps, StateTraits<S>::same_shape(q, p));
    Stats stats;
    stats.accepted = steps;
    const auto counted = [&](const S& position, S& dpdt) {
      ++stats.nfe;
      force(position, dpdt);
    };
    if constexpr (std::is_same_v<std::remove_cvref_t<Velocity>, UnitMass>) {
      const auto drift = [](S& position, const S& momentum, double h) { add(position, h, momentum); };
      run(counted, drift, counted, q, p, length / steps, steps);
    } else {
      const auto drift = [&](S& position, const S& momentum, double h) {
        fit(scratch_, momentum);
        velocity(momentum, scratch_);
        add(position, h, scratch_);
      };
      const auto drift_rate = [&](const S& momentum, S& dqdt) { velocity(momentum, dqdt); };
      run(std::pair{drift_rate, counted}, drift, counted, q, p, length / steps, steps);
    }
    return stats;
  }

 private:
  using Euler = boost::numeric::odeint::symplectic_euler<S, S, double, S, S, double, detail::Algebra,
                                                         detail::Operations, boost::numeric::odeint::always_resizer>;
  using FourthOrder =
      boost::numeric::odeint::symplectic_rkn_sb3a_mclachlan<S, S, double, S, S, double, detail::Algebra,
                                                            detail::Operations, boost::numeric::odeint::always_resizer>;

  static void fit(S& a, const S& b) {
    if (!StateTraits<S>::same_shape(a, b)) StateTraits<S>::resize_like(a, b);
  }
  static void add(S& y, double h, const S& x) {
    const double c[2] = {1, h};
    StateTraits<S>::combine(y, c, y, x);
  }

  /// Leapfrog: the steps of the symplectic Euler method between two half kicks.
  template <class System, class Drift, class Force>
  void run(const System& system, const Drift& drift, const Force& force, S& q, S& p, double h, int steps) {
    const auto state = std::make_pair(std::ref(q), std::ref(p));
    if (method_ == SymplecticMethod::fourth_order) {
      for (int i = 0; i < steps; ++i) fourth_order_.do_step(system, state, i * h, h);
      return;
    }
    fit(force_, q);
    force(q, force_);
    add(p, h / 2, force_);
    for (int i = 0; i + 1 < steps; ++i) euler_.do_step(system, state, i * h, h);
    drift(q, p, h);
    force(q, force_);
    add(p, h / 2, force_);
  }

  SymplecticMethod method_;
  Euler euler_;
  FourthOrder fourth_order_;
  S force_, scratch_;
};

/// One trajectory; see HamiltonianIntegrator, which to keep for many.
template <class Force, State S, class Velocity = UnitMass>
Stats integrate_hamiltonian(Force&& force, S& q, S& p, double length, int steps,
                            SymplecticMethod method = SymplecticMethod::leapfrog, Velocity&& velocity = {}) {
  return HamiltonianIntegrator<S>(method)(force, q, p, length, steps, velocity);
}

}  // namespace floe::ode
