// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <boost/array.hpp>
#include <boost/fusion/include/make_vector.hpp>
#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/euler.hpp>
#include <boost/numeric/odeint/stepper/explicit_generic_rk.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta4_classic.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "ode/algebra.h"
#include "ode/dense_output.h"
#include "ode/options.h"
#include "ode/state.h"

namespace floe::ode {

/// The result of an integration.
template <State S>
struct Solution {
  S state;                              ///< at t1
  Stats stats;                          ///< what it cost
  std::optional<DenseOutput<S>> dense;  ///< the solution in between, when Options::dense_output asks for it
};

/// The observer that sees nothing.
struct NoObserver {
  template <class S>
  void operator()(const S&, double) const {}
};

namespace detail {

namespace odeint = boost::numeric::odeint;

template <class S>
using Euler = odeint::euler<S, double, S, double, Algebra, Operations, odeint::always_resizer>;
template <class S>
using Rk4 = odeint::runge_kutta4_classic<S, double, S, double, Algebra, Operations, odeint::always_resizer>;
template <class S>
using Dopri5 = odeint::runge_kutta_dopri5<S, double, S, double, Algebra, Operations, odeint::always_resizer>;

/// The methods of two stages and second order: midpoint (c = 1/2) and Heun (c = 1), by their tableau.
template <class S>
class TwoStage final
    : public odeint::explicit_generic_rk<2, 2, S, double, S, double, Algebra, Operations, odeint::always_resizer> {
  using Base = odeint::explicit_generic_rk<2, 2, S, double, S, double, Algebra, Operations, odeint::always_resizer>;

 public:
  explicit TwoStage(double c)
      : Base(boost::fusion::make_vector(boost::array<double, 1>{{c}}),
             boost::array<double, 2>{{1 - 1 / (2 * c), 1 / (2 * c)}}, boost::array<double, 2>{{0, c}}) {}
};

/// The right-hand side with its evaluations counted. A handle: copies share one count.
template <class System, class S>
class Counted final {
 public:
  Counted(System& system, std::int64_t& count, std::int64_t limit) : system_(&system), count_(&count), limit_(limit) {}
  void operator()(const S& x, S& dxdt, double t) const {
    if (++*count_ > limit_) throw_too_many_evaluations(limit_, t);
    (*system_)(x, dxdt, t);
    if (!StateTraits<S>::same_shape(x, dxdt)) throw_shape_changed(t);
  }

 private:
  System* system_;
  std::int64_t* count_;
  std::int64_t limit_;
};

template <class S>
S empty_like(const S& x) {
  S out;
  StateTraits<S>::resize_like(out, x);
  return out;
}

template <class S>
void fit(S& a, const S& b) {
  if (!StateTraits<S>::same_shape(a, b)) StateTraits<S>::resize_like(a, b);
}

template <class S>
void copy_into(S& to, const S& from) {
  odeint::copy_impl<S, S>::copy(from, to);
}

template <class S>
typename DenseOutput<S>::Node make_node(double t, const S& state, const S& derivative) {
  typename DenseOutput<S>::Node node{t, empty_like(state), empty_like(state), S(), false};
  copy_into(node.state, state);
  copy_into(node.derivative, derivative);
  return node;
}

/// Equal steps; the nodes are t0 + i (t1 - t0) / steps, computed and not accumulated.
template <class Stepper, class System, class S, class Observer>
void run_fixed(Stepper& stepper, S& derivative, const System& system, Solution<S>& solution, double t0, double t1,
               const Options& options, Observer& observer) {
  S& x = solution.state;
  const double h = (t1 - t0) / options.steps;
  const auto node = [&](int i) { return i == options.steps ? t1 : t0 + i * h; };
  observer(std::as_const(x), t0);
  for (int i = 0; i < options.steps; ++i) {
    const double t = node(i);
    system(x, derivative, t);
    if (solution.dense) solution.dense->add(make_node(t, x, derivative));
    stepper.do_step(system, x, derivative, t, h);
    if (!StateTraits<S>::all_finite(x)) throw_not_finite("state", node(i + 1));
    ++solution.stats.accepted;
    observer(std::as_const(x), node(i + 1));
  }
  if (solution.dense) {
    system(x, derivative, t1);
    solution.dense->add(make_node(t1, x, derivative));
  }
}

/// Tolerances, and whether the last error was a number.
struct ErrorControl {
  double absolute = 0;
  double relative = 0;
  bool finite = true;
};

/// Boost.Odeint's error checker with a norm per sample. What is not finite counts as a large error, so that a try that
/// left the domain is repeated with a smaller step.
struct ErrorPerSample {
  ErrorControl* control;
  template <class S>
  double error(const Algebra&, const S& x, const S& dxdt, const S& error, double h) const {
    const double norm = StateTraits<S>::error_norm(error, x, dxdt, h, control->absolute, control->relative);
    control->finite = std::isfinite(norm);
    return control->finite ? norm : 1e30;
  }
};

/// The first step after Hairer, Norsett and Wanner I, II.4: one evaluation more.
template <class System, class S>
double estimate_step(const System& system, const S& x, const S& derivative, S& x_try, S& derivative_try, double t0,
                     double t1, const Options& options) {
  const auto norm = [&](const S& v) {
    return StateTraits<S>::error_norm(v, x, derivative, 0, options.absolute_tolerance, options.relative_tolerance);
  };
  const double span = std::abs(t1 - t0);
  const double direction = t1 > t0 ? 1 : -1;
  const double d0 = norm(x);
  const double d1 = norm(derivative);
  const double h0 = std::min(d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1, span);
  const double step[2] = {1, direction * h0};
  StateTraits<S>::combine(x_try, step, x, derivative);
  system(x_try, derivative_try, t0 + direction * h0);
  const double difference[2] = {1 / h0, -1 / h0};
  StateTraits<S>::combine(x_try, difference, derivative_try, derivative);
  const double d2 = norm(x_try);
  if (!std::isfinite(d2)) return h0;
  const double largest = std::max(d1, d2);
  const double h1 = largest < 1e-15 ? std::max(1e-6, 1e-3 * h0) : std::pow(0.01 / largest, 0.2);
  return std::min({100 * h0, h1, span});
}

template <class S>
using ControlledDopri5 = odeint::controlled_runge_kutta<Dopri5<S>, ErrorPerSample>;

template <class System, class S, class Observer>
void run_controlled(ControlledDopri5<S>& stepper, const ErrorControl& control, S& derivative, S& x_new,
                    S& derivative_new, const System& system, Solution<S>& solution, double t0, double t1,
                    const Options& options, Observer& observer) {
  S& x = solution.state;
  observer(std::as_const(x), t0);
  system(x, derivative, t0);
  if (!StateTraits<S>::all_finite(derivative)) throw_not_finite("right-hand side", t0);
  if (solution.dense) solution.dense->add(make_node(t0, x, derivative));

  const double direction = t1 > t0 ? 1 : -1;
  const double max_step = options.max_step > 0 ? options.max_step : std::abs(t1 - t0);
  const double initial = options.initial_step > 0
                             ? options.initial_step
                             : estimate_step(system, x, derivative, x_new, derivative_new, t0, t1, options);
  double h = direction * std::min(initial, max_step);
  double t = t0;
  while (t != t1) {
    if (std::abs(h) > max_step) h = direction * max_step;
    // The last step lands on t1, the last two share what is less than two steps.
    const double remaining = t1 - t;
    const bool last = std::abs(h) >= std::abs(remaining) * (1 - 1e-12);
    double tried = last ? remaining : std::abs(h) > std::abs(remaining) / 2 ? remaining / 2 : h;
    const double step = tried;
    double time = t;
    if (stepper.try_step(system, x, derivative, time, x_new, derivative_new, tried) == odeint::success) {
      const double reached = last ? t1 : time;
      if (solution.dense) {
        auto node = make_node(reached, x_new, derivative_new);
        node.middle = empty_like(x);
        stepper.stepper().calc_state(t + step / 2, node.middle, x, derivative, t, x_new, derivative_new, t + step);
        node.has_middle = true;
        solution.dense->add(std::move(node));
      }
      using std::swap;
      swap(x, x_new);
      swap(derivative, derivative_new);
      t = reached;
      ++solution.stats.accepted;
      observer(std::as_const(x), t);
    } else {
      ++solution.stats.rejected;
      if (std::abs(tried) <= 16 * std::numeric_limits<double>::epsilon() * std::max(std::abs(t), std::abs(t1 - t0)))
        throw_step_underflow(tried, t, control.finite);
    }
    h = tried;
  }
}

}  // namespace detail

/// Integrates with storage that it keeps from one call to the next, whatever the method; for many short integrations.
/// One object per thread. See integrate.
template <State S>
class Integrator final {
 public:
  template <class System, class Observer = NoObserver>
  Solution<S> operator()(System&& system, S state, double t0, double t1, const Options& options = {},
                         Observer&& observer = {}) {
    options.validate();
    detail::check_times(t0, t1);
    Solution<S> solution{std::move(state), {}, {}};
    if (options.dense_output) solution.dense.emplace();
    const detail::Counted<std::remove_reference_t<System>, S> counted(system, solution.stats.nfe,
                                                                      options.max_evaluations);
    detail::fit(derivative_, solution.state);
    if (t0 == t1) {
      if (solution.dense) {
        counted(solution.state, derivative_, t0);
        solution.dense->add(detail::make_node(t0, solution.state, derivative_));
      }
      observer(std::as_const(solution.state), t0);
      return solution;
    }
    const auto fixed = [&](auto& stepper) {
      detail::run_fixed(stepper, derivative_, counted, solution, t0, t1, options, observer);
    };
    switch (options.method) {
      case Method::euler:
        fixed(euler_);
        break;
      case Method::midpoint:
        fixed(midpoint_);
        break;
      case Method::heun:
        fixed(heun_);
        break;
      case Method::rk4:
        fixed(rk4_);
        break;
      case Method::dopri5:
        detail::fit(x_new_, solution.state);
        detail::fit(derivative_new_, solution.state);
        *control_ = {options.absolute_tolerance, options.relative_tolerance, true};
        detail::run_controlled(dopri5_, *control_, derivative_, x_new_, derivative_new_, counted, solution, t0, t1,
                               options, observer);
        break;
    }
    return solution;
  }

 private:
  S derivative_, x_new_, derivative_new_;
  detail::Euler<S> euler_;
  detail::TwoStage<S> midpoint_{0.5}, heun_{1.0};
  detail::Rk4<S> rk4_;
  // Behind a pointer, which the error checker keeps when the integrator moves.
  std::unique_ptr<detail::ErrorControl> control_ = std::make_unique<detail::ErrorControl>();
  detail::ControlledDopri5<S> dopri5_{detail::ErrorPerSample{control_.get()}};
};

/// Integrates dx/dt = system(x, t) from t0 to t1, forwards or backwards, with steppers of Boost.Odeint.
///
/// system(const S& x, S& dxdt, double t) writes the derivative into dxdt, which has the shape of x. observer(const S&
/// x, double t) sees every node: both ends and each end of a step. All storage is allocated once, before the first
/// step; Integrator keeps it.
///
/// Evaluations: steps * stages for fixed steps (one more with dense output); for dopri5 1 + 6 (accepted + rejected),
/// one more where the first step is estimated. Between equal times nothing is evaluated and the observer sees one node.
///
/// Throws ConfigError for options and times that make no sense, NumericalError naming t when the state or derivative is
/// not finite, when the step size falls to nothing, or at max_evaluations.
template <class System, State S, class Observer = NoObserver>
Solution<S> integrate(System&& system, S state, double t0, double t1, const Options& options = {},
                      Observer&& observer = {}) {
  return Integrator<S>()(system, std::move(state), t0, t1, options, observer);
}

}  // namespace floe::ode
