// SPDX-License-Identifier: MIT
#include "ode/options.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "base/error.h"

namespace floe::ode {
namespace {

constexpr std::array<std::pair<Method, std::string_view>, 5> names{{{Method::euler, "euler"},
                                                                    {Method::midpoint, "midpoint"},
                                                                    {Method::heun, "heun"},
                                                                    {Method::rk4, "rk4"},
                                                                    {Method::dopri5, "dopri5"}}};

}  // namespace

std::string_view to_string(Method method) {
  for (const auto& [value, name] : names) {
    if (value == method) return name;
  }
  throw ConfigError(fmt::format("unknown integration method (number {}); use a named one", static_cast<int>(method)));
}

Method method_from_string(std::string_view name) {
  std::string known;
  for (const auto& [value, text] : names) {
    if (text == name) return value;
    known += (known.empty() ? "" : ", ") + std::string(text);
  }
  throw ConfigError(fmt::format("unknown integration method '{}' (no such stepper); use one of {}", name, known));
}

int order(Method method) {
  switch (method) {
    case Method::euler:
      return 1;
    case Method::midpoint:
      return 2;
    case Method::heun:
      return 2;
    case Method::rk4:
      return 4;
    case Method::dopri5:
      return 5;
  }
  throw ConfigError(fmt::format("unknown integration method (number {}); use a named one", static_cast<int>(method)));
}

void Options::validate() const {
  if (method != Method::dopri5 && steps < 1)
    throw ConfigError(fmt::format("invalid steps={} of method {} (must be at least 1); give the number of equal steps",
                                  steps, to_string(method)));
  for (const auto& [value, name] :
       {std::pair{relative_tolerance, "relative_tolerance"}, std::pair{absolute_tolerance, "absolute_tolerance"}}) {
    if (!(value > 0) || !std::isfinite(value))
      throw ConfigError(fmt::format("invalid {}={} (must be positive); 1e-6 is a usual value", name, value));
  }
  for (const auto& [value, name] : {std::pair{initial_step, "initial_step"}, std::pair{max_step, "max_step"}}) {
    if (!(value >= 0) || !std::isfinite(value))
      throw ConfigError(
          fmt::format("invalid {}={} (is an absolute value); give a positive number, or 0 for automatic", name, value));
  }
  if (max_evaluations < 1)
    throw ConfigError(
        fmt::format("invalid max_evaluations={} (must be at least 1); 1000000 is the default", max_evaluations));
}

namespace detail {

void check_times(double t0, double t1) {
  if (!std::isfinite(t0) || !std::isfinite(t1))
    throw ConfigError(
        fmt::format("cannot integrate from t={} to t={} (times must be finite); check the limits", t0, t1));
}

void throw_not_finite(const char* what, double t) {
  throw NumericalError(fmt::format(
      "the {} is not finite at t={} (the system blew up or returned NaN); check it there, or take smaller steps", what,
      t));
}

void throw_too_many_evaluations(std::int64_t limit, double t) {
  throw NumericalError(fmt::format(
      "integration stopped at t={} after {} evaluations (max_evaluations is reached: the problem may be stiff); raise "
      "max_evaluations or loosen the tolerances",
      t, limit));
}

void throw_step_underflow(double step, double t, bool finite) {
  if (!finite) throw_not_finite("right-hand side", t);
  throw NumericalError(
      fmt::format("the step size fell to {} at t={} (the error stays above the tolerance); loosen the tolerances or "
                  "check the system "
                  "for a singularity",
                  step, t));
}

void throw_outside(double t, double t0, double t1) {
  throw ConfigError(fmt::format("dense output asked at t={} (the solution covers {} to {}); stay inside", t, t0, t1));
}

void throw_shape_changed(double t) {
  throw ShapeError(
      fmt::format("the right-hand side at t={} has another shape than the state (dx/dt must fit x); write into dxdt "
                  "without resizing it",
                  t));
}

void check_hamiltonian(double length, int steps, bool same_shape) {
  if (!same_shape)
    throw ShapeError("positions and momenta differ in shape (each site has one of each); resize the momenta");
  if (steps < 1)
    throw ConfigError(
        fmt::format("invalid steps={} of a trajectory (must be at least 1); give the number of steps", steps));
  if (!std::isfinite(length))
    throw ConfigError(fmt::format("invalid trajectory length {} (must be finite); 1 is a usual value", length));
}

}  // namespace detail
}  // namespace floe::ode
