// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>

#include "ode/options.h"
#include "ode/state.h"

namespace floe::ode {

/// The symplectic methods of molecular dynamics.
enum class SymplecticMethod {
  leapfrog,     ///< second order (Stoermer, Verlet); one force per step and one more per trajectory
  fourth_order  ///< McLachlan's SB3A (SIAM J. Sci. Comput. 16 (1995) 151); five forces per step
};

/// The velocity of unit mass, dq/dt = p.
struct UnitMass {};

namespace detail {
/// Drifts and kicks of one step, in units of the step, in this order: drift[0], kick[0], drift[1], ...
struct Composition {
  std::array<double, 6> drift;
  std::array<double, 6> kick;
};
/// SB3A with the coefficients of Boost.Odeint's symplectic_rkn_sb3a_mclachlan; its last kick is none.
const Composition& fourth_order_composition();
}  // namespace detail

/// A force that kicks: force(q, p, h) adds h F(q) to p. It spares writing the force and reading it back.
template <class Force, class S>
concept Kick = requires(Force& force, const S& q, S& p, double h) {
  force(q, p, h);
};

/// Molecular dynamics of H = K(p) + S(q): dq/dt = velocity(p) = dK/dp, dp/dt = F(q) = -dS/dq. Keeps its storage from
/// one trajectory to the next, so that a chain of them allocates nothing.
///
/// The force is force(const S& q, S& dpdt), which writes F(q), or a Kick, force(const S& q, S& p, double h), which adds
/// h F(q) to p; velocity(const S& p, S& dqdt) writes into its second argument, and without one the mass is one.
/// Leapfrog is kick-drift-kick. Neighbouring kicks (drifts) of consecutive steps are merged. Passes over memory of one
/// leapfrog step: the drift's three (read q, p, write q), and with a Kick its three (read q, p, write p), else five.
///
/// Both methods are time-reversible: changing the sign of p and integrating again returns to the start up to rounding.
template <State S>
class HamiltonianIntegrator final {
 public:
  explicit HamiltonianIntegrator(SymplecticMethod method = SymplecticMethod::leapfrog) : method_(method) {}

  /// Advances q and p by the trajectory length in equal steps. Throws ConfigError for steps < 1 or a length that is not
  /// finite, ShapeError when q and p differ in shape.
  template <class Force, class Velocity = UnitMass>
  Stats operator()(Force&& force, S& q, S& p, double length, int steps, Velocity&& velocity = {}) {
    detail::check_hamiltonian(length, steps, StateTraits<S>::same_shape(q, p));
    Stats stats;
    stats.accepted = steps;
    const auto kick = [&](double h) {
      ++stats.nfe;
      if constexpr (Kick<Force, S>) {
        force(q, p, h);
      } else {
        fit(rate_, q);
        force(q, rate_);
        add(p, h, rate_);
      }
    };
    const auto drift = [&](double h) {
      if constexpr (std::is_same_v<std::remove_cvref_t<Velocity>, UnitMass>) {
        add(q, h, p);
      } else {
        fit(rate_, p);
        velocity(p, rate_);
        add(q, h, rate_);
      }
    };
    const double h = length / steps;
    if (method_ == SymplecticMethod::leapfrog) {
      kick(h / 2);
      for (int i = 0; i < steps; ++i) {
        drift(h);
        kick(i + 1 < steps ? h : h / 2);
      }
    } else {
      const auto& [a, b] = detail::fourth_order_composition();
      for (int i = 0; i < steps; ++i) {
        drift((i == 0 ? a.front() : a.front() + a.back()) * h);
        kick(b[0] * h);
        for (std::size_t l = 1; l + 1 < a.size(); ++l) {
          drift(a[l] * h);
          kick(b[l] * h);
        }
      }
      drift(a.back() * h);
    }
    return stats;
  }

 private:
  static void fit(S& a, const S& b) {
    if (!StateTraits<S>::same_shape(a, b)) StateTraits<S>::resize_like(a, b);
  }
  static void add(S& y, double h, const S& x) {
    const double c[2] = {1, h};
    StateTraits<S>::combine(y, c, y, x);
  }

  SymplecticMethod method_;
  S rate_;
};

/// One trajectory; see HamiltonianIntegrator, which to keep for many.
template <class Force, State S, class Velocity = UnitMass>
Stats integrate_hamiltonian(Force&& force, S& q, S& p, double length, int steps,
                            SymplecticMethod method = SymplecticMethod::leapfrog, Velocity&& velocity = {}) {
  return HamiltonianIntegrator<S>(method)(force, q, p, length, steps, velocity);
}

}  // namespace floe::ode
