// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace floe::ode {

/// The Runge-Kutta methods, with order and evaluations of the right-hand side per step.
enum class Method {
  euler,     ///< order 1, one evaluation
  midpoint,  ///< order 2, two evaluations
  heun,      ///< order 2, two evaluations, the trapezoid rule made explicit
  rk4,       ///< order 4, four evaluations, the classic method
  dopri5     ///< Dormand-Prince 5(4), six evaluations per step, step size by error control
};

/// The name an experiment file gives a method: "euler", "midpoint", "heun", "rk4", "dopri5".
std::string_view to_string(Method method);

/// The method of a name. Throws ConfigError with all names otherwise.
Method method_from_string(std::string_view name);

/// The order of convergence of a method.
int order(Method method);

/// How to integrate. Times have the unit of the system's t.
struct Options {
  Method method = Method::rk4;
  int steps = 20;                          ///< equal steps of the methods without error control
  double relative_tolerance = 1e-6;        ///< dopri5: against |x| + |h dx/dt|
  double absolute_tolerance = 1e-6;        ///< dopri5: in the unit of x
  double initial_step = 0;                 ///< dopri5: |h| of the first try, 0 estimates it (one more evaluation)
  double max_step = 0;                     ///< dopri5: bound of |h|, 0 for none
  bool dense_output = false;               ///< keep what is needed to evaluate the solution between the nodes
  std::int64_t max_evaluations = 1000000;  ///< evaluations of the right-hand side before giving up

  /// Throws ConfigError when a value makes no sense.
  void validate() const;
};

/// What an integration cost.
struct Stats {
  std::int64_t nfe = 0;       ///< evaluations of the right-hand side
  std::int64_t accepted = 0;  ///< steps
  std::int64_t rejected = 0;  ///< steps that the error control repeated with a smaller one
};

namespace detail {
// The errors of the integrators, out of line: the templates stay small.
void check_times(double t0, double t1);
[[noreturn]] void throw_not_finite(const char* what, double t);
[[noreturn]] void throw_too_many_evaluations(std::int64_t limit, double t);
[[noreturn]] void throw_step_underflow(double step, double t, bool finite);
[[noreturn]] void throw_outside(double t, double t0, double t1);
[[noreturn]] void throw_shape_changed(double t);
void check_hamiltonian(double length, int steps, bool same_shape);
}  // namespace detail

}  // namespace floe::ode
