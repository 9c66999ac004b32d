// SPDX-License-Identifier: MIT
#include "ode/integrate.h"

#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/lanes.h"
#include "support/catch.h"
#include "support/convergence.h"

using namespace floe;
using ode::Method;
using ode::Options;

namespace {

/// Every lane its own rate, with a time-dependent part: x' = r (cos t - x) - sin t has the solution
/// cos t + (x0 - cos t0) exp(-r (t - t0)).
struct Relaxation {
  Lanes<double> rate = Lanes<double>::LinSpaced(0.5, 2.0);
  void operator()(const Block<double>& x, Block<double>& dxdt, double t) const {
    for (Eigen::Index s = 0; s < x.cols(); ++s) dxdt.col(s) = rate * (std::cos(t) - x.col(s)) - std::sin(t);
  }
  Block<double> exact(const Block<double>& x0, double t0, double t) const {
    Block<double> x(x0.rows(), x0.cols());
    for (Eigen::Index s = 0; s < x.cols(); ++s)
      x.col(s) = std::cos(t) + (x0.col(s) - std::cos(t0)) * (-rate * (t - t0)).exp();
    return x;
  }
};

Block<double> start(Eigen::Index sites) {
  Block<double> x(lane_count<double>, sites);
  for (Eigen::Index s = 0; s < sites; ++s)
    for (Eigen::Index w = 0; w < x.rows(); ++w) x(w, s) = 0.3 * static_cast<double>(w) - 0.1 * static_cast<double>(s);
  return x;
}

std::size_t allocations = 0;

/// An allocator that counts.
template <class T>
struct CountingAllocator : std::allocator<T> {
  CountingAllocator() = default;
  template <class U>
  CountingAllocator(const CountingAllocator<U>&) {}
  template <class U>
  struct rebind {
    using other = CountingAllocator<U>;
  };
  T* allocate(std::size_t n) {
    ++allocations;
    return std::allocator<T>::allocate(n);
  }
};

double logistic(double x0, double t) {
  return x0 * std::exp(t) / (1 - x0 + x0 * std::exp(t));
}

}  // namespace

TEST_CASE("every fixed-step method has its order and its number of evaluations") {
  struct Case {
    Method method;
    int stages;
  };
  const Relaxation system;
  const Block<double> x0 = start(3);
  for (const auto& [method, stages] :
       {Case{Method::euler, 1}, Case{Method::midpoint, 2}, Case{Method::heun, 2}, Case{Method::rk4, 4}}) {
    INFO("method " << ode::to_string(method));
    for (const double t1 : {1.7, -0.9}) {
      const double t0 = 0.4;
      const auto error = [&](int steps) {
        const auto solution = ode::integrate(system, x0, t0, t1, {.method = method, .steps = steps});
        CHECK(solution.stats.nfe == steps * stages);
        CHECK(solution.stats.accepted == steps);
        CHECK(solution.stats.rejected == 0);
        return (solution.state - system.exact(x0, t0, t1)).abs().maxCoeff();
      };
      const double slope = test::observed_order({32, 64, 128, 256}, error);
      CHECK(slope == Approx(ode::order(method)).margin(0.15));
    }
  }
}

TEST_CASE("dopri5 with equal steps has order five") {
  // A tolerance so loose that every step is accepted, and a bound that fixes the step.
  const Relaxation system;
  const Block<double> x0 = start(2);
  const auto error = [&](int steps) {
    Options options{.method = Method::dopri5, .relative_tolerance = 1e6, .absolute_tolerance = 1e6};
    options.initial_step = options.max_step = 2.0 / steps;
    const auto solution = ode::integrate(system, x0, 0, 2, options);
    CHECK(solution.stats.accepted == steps);
    CHECK(solution.stats.nfe == 1 + 6 * steps);
    return (solution.state - system.exact(x0, 0, 2)).abs().maxCoeff();
  };
  CHECK(test::observed_order({16, 32, 64}, error) == Approx(5).margin(0.2));
}

TEST_CASE("dopri5 keeps its tolerance and counts every evaluation") {
  const Relaxation system;
  const Block<double> x0 = start(4);
  double last = 1;
  for (const double tolerance : {1e-4, 1e-6, 1e-8, 1e-10}) {
    const Options options{.method = Method::dopri5, .relative_tolerance = tolerance, .absolute_tolerance = tolerance};
    for (const double t1 : {3.0, -1.0}) {
      const auto solution = ode::integrate(system, x0, 0, t1, options);
      CHECK(solution.stats.nfe == 2 + 6 * (solution.stats.accepted + solution.stats.rejected));
      const Block<double> exact = system.exact(x0, 0, t1);
      const double error = ((solution.state - exact) / (1 + exact.abs())).abs().maxCoeff();
      CHECK(error < 20 * tolerance);
      if (t1 > 0) {
        CHECK(error < last);
        last = error;
      }
    }
  }
}

TEST_CASE("states of every kind and precision agree") {
  const Options options{.method = Method::rk4, .steps = 40};
  const double expected = logistic(0.2, 1.5);
  const auto system = [](const auto& x, auto& dxdt, double) { dxdt = x * (1 - x); };
  CHECK(ode::integrate(system, Eigen::ArrayXd(Eigen::ArrayXd::Constant(5, 0.2)), 0, 1.5, options).state[4] ==
        Approx(expected).epsilon(1e-7));
  CHECK(ode::integrate(system, Eigen::ArrayXXd(Eigen::ArrayXXd::Constant(5, 3, 0.2)), 0, 1.5, options).state(4, 2) ==
        Approx(expected).epsilon(1e-7));
  CHECK(ode::integrate(system, Block<float>(Block<float>::Constant(16, 3, 0.2f)), 0, 1.5, options).state(15, 2) ==
        Approx(expected).epsilon(1e-5));
  const auto on_vector = [](const std::vector<double>& x, std::vector<double>& dxdt, double) {
    for (std::size_t i = 0; i < x.size(); ++i) dxdt[i] = x[i] * (1 - x[i]);
  };
  for (const Method method : {Method::euler, Method::midpoint, Method::heun, Method::rk4, Method::dopri5}) {
    INFO("method " << ode::to_string(method));
    const double on_array =
        ode::integrate(system, Eigen::ArrayXd(Eigen::ArrayXd::Constant(3, 0.2)), 0, 1, {.method = method}).state[0];
    CHECK(ode::integrate(on_vector, std::vector<double>(3, 0.2), 0, 1, {.method = method}).state[2] ==
          Approx(on_array).epsilon(1e-14));
  }
}

TEST_CASE("a joint state carries a float field with double log-densities") {
  // x' = a x, (log p)' = -n a for n sites.
  using State = ode::Joint<Block<float>, Eigen::Array<double, 16, 1>>;
  constexpr double a = 0.7;
  const auto system = [](const State& x, State& dxdt, double) {
    dxdt.first = static_cast<float>(a) * x.first;
    dxdt.second.setConstant(-a * static_cast<double>(x.first.cols()));
  };
  const State x0{Block<float>::Constant(16, 4, 0.5f), Eigen::Array<double, 16, 1>::Zero()};
  for (const Method method : {Method::euler, Method::midpoint, Method::heun, Method::rk4, Method::dopri5}) {
    INFO("method " << ode::to_string(method));
    const auto solution = ode::integrate(system, x0, 0, 1, {.method = method, .steps = 100, .dense_output = true});
    CHECK(solution.state.second[3] == Approx(-4 * a).epsilon(1e-12));
    CHECK(solution.state.first(2, 3) == Approx(0.5 * std::exp(a)).epsilon(method == Method::euler ? 1e-2 : 1e-4));
    CHECK((*solution.dense)(0.5).second[15] == Approx(-2 * a).epsilon(1e-12));
  }
}

TEST_CASE("one stiff sample among quiet ones sets the step, and quiet ones do not hide it") {
  // Seven quiet lanes and one of rate 200, in one component of very many sites.
  constexpr Eigen::Index sites = 64;
  const auto make = [](double rate) {
    return [rate](const Block<double>& x, Block<double>& dxdt, double) {
      dxdt = -0.1 * x;
      dxdt.row(5) = -rate * x.row(5);
    };
  };
  const Block<double> x0 = Block<double>::Constant(8, sites, 1.0);
  const Options options{.method = Method::dopri5, .relative_tolerance = 1e-7, .absolute_tolerance = 1e-7};
  const auto quiet = ode::integrate(make(0.1), x0, 0, 1, options);
  const auto mixed = ode::integrate(make(200), x0, 0, 1, options);
  // The stiff sample alone: one lane of the block form, the same sites.
  const auto stiff_alone = [](const Eigen::ArrayXd& x, Eigen::ArrayXd& dxdt, double) { dxdt = -200 * x; };
  const auto alone = ode::integrate(stiff_alone, Eigen::ArrayXd(Eigen::ArrayXd::Ones(sites)), 0, 1, options);
  CHECK(quiet.stats.accepted < 12);
  // Not missed: the batch takes the steps that the stiff sample takes alone, and is as accurate.
  CHECK(mixed.stats.accepted == Approx(static_cast<double>(alone.stats.accepted)).epsilon(0.02));
  CHECK((mixed.state.row(5) - std::exp(-200.0)).abs().maxCoeff() < 1e-6);
  CHECK((mixed.state.row(0) - std::exp(-0.1)).abs().maxCoeff() < 1e-9);
}

TEST_CASE("the error norm is that of the worst sample and of the worst part") {
  using Traits = ode::StateTraits<Block<double>>;
  const Block<double> x = Block<double>::Zero(8, 10);
  Block<double> error = Block<double>::Constant(8, 10, 1e-3);
  error.row(6).setConstant(4.0);
  CHECK(Traits::error_norm(error, x, x, 0.1, 2.0, 1.0) == Approx(2.0).epsilon(1e-14));
  error(6, 0) = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(Traits::error_norm(error, x, x, 0.1, 2.0, 1.0)));
  // Sums of float lanes in double are samples too.
  using Sums = Eigen::Array<double, 16, 1>;
  Sums one_wrong = Sums::Zero();
  one_wrong[9] = 4;
  CHECK(ode::StateTraits<Sums>::error_norm(one_wrong, Sums::Zero(), Sums::Zero(), 0.1, 1.0, 1.0) == Approx(4));
  using State = ode::Joint<Block<double>, Lanes<double>>;
  const State zero{x, Lanes<double>::Zero()};
  State part{Block<double>::Zero(8, 10), Lanes<double>::Zero()};
  part.second[2] = 5;
  CHECK(ode::StateTraits<State>::error_norm(part, zero, zero, 0.1, 1.0, 1.0) == Approx(5.0).epsilon(1e-14));
}

TEST_CASE("the observer sees every node, computed and not accumulated") {
  const auto system = [](const Eigen::ArrayXd& x, Eigen::ArrayXd& dxdt, double) { dxdt = -x; };
  for (const double t1 : {0.3, -1.1}) {
    std::vector<double> times;
    const double t0 = 0.1;
    const int steps = 1000;
    ode::integrate(system, Eigen::ArrayXd(Eigen::ArrayXd::Ones(2)), t0, t1, {.method = Method::heun, .steps = steps},
                   [&](const Eigen::ArrayXd&, double t) { times.push_back(t); });
    REQUIRE(times.size() == steps + 1);
    CHECK(times.front() == t0);
    CHECK(times.back() == t1);
    bool exact = true;
    for (int i = 0; i < steps; ++i) exact = exact && times[static_cast<std::size_t>(i)] == t0 + i * ((t1 - t0) / steps);
    CHECK(exact);
    times.clear();
    ode::integrate(system, Eigen::ArrayXd(Eigen::ArrayXd::Ones(2)), t0, t1, {.method = Method::dopri5},
                   [&](const Eigen::ArrayXd&, double t) { times.push_back(t); });
    CHECK(times.front() == t0);
    CHECK(times.back() == t1);
  }
}

TEST_CASE("dense output has the accuracy of its polynomial") {
  const Relaxation system;
  const Block<double> x0 = start(2);
  const auto worst = [&](const Options& options, double t0, double t1) {
    const auto solution = ode::integrate(system, x0, t0, t1, options);
    double error = 0;
    for (int i = 0; i <= 77; ++i) {
      const double t = t0 + (t1 - t0) * i / 77;
      error = std::max(error, ((*solution.dense)(t)-system.exact(x0, t0, t)).abs().maxCoeff());
    }
    return error;
  };
  const auto rk4 = [&](int steps) {
    return worst({.method = Method::rk4, .steps = steps, .dense_output = true}, 1.5, -0.5);
  };
  CHECK(test::observed_order({16, 32, 64}, rk4) == Approx(4).margin(0.25));
  const auto dopri5 = [&](int steps) {
    Options options{.method = Method::dopri5, .relative_tolerance = 1e6, .absolute_tolerance = 1e6};
    options.initial_step = options.max_step = 2.0 / steps;
    options.dense_output = true;
    return worst(options, 0, 2);
  };
  CHECK(test::observed_order({8, 16, 32}, dopri5) == Approx(5).margin(0.3));
  // The polynomial passes through the nodes; nothing is given outside.
  const auto solution = ode::integrate(system, x0, 0, 1, {.steps = 3, .dense_output = true});
  CHECK(((*solution.dense)(1) - solution.state).abs().maxCoeff() == 0);
  CHECK(solution.stats.nfe == 3 * 4 + 1);
  CHECK_THROWS_WITH((*solution.dense)(1.01), ContainsSubstring("asked at t=1.01 (the solution covers 0 to 1)"));
}

TEST_CASE("storage is allocated once, not per step") {
  using Counting = std::vector<double, CountingAllocator<double>>;
  const auto system = [](const Counting& x, Counting& dxdt, double t) {
    for (std::size_t i = 0; i < x.size(); ++i) dxdt[i] = std::cos(9 * t) - x[i];
  };
  for (const Method method : {Method::euler, Method::midpoint, Method::heun, Method::rk4, Method::dopri5}) {
    INFO("method " << ode::to_string(method));
    const auto count = [&](double end, int steps) {
      allocations = 0;
      ode::integrate(system, Counting(7, 1.0), 0, end, {.method = method, .steps = steps});
      return allocations;
    };
    const std::size_t few = count(0.1, 2);
    CHECK(count(20, 400) == few);
    CHECK(few < 16);
    // An integrator that is kept allocates nothing at all, only the state that it is given.
    ode::Integrator<Counting> integrator;
    const Options options{.method = method};
    const Counting expected = ode::integrate(system, Counting(7, 1.0), 0, 3, options).state;
    CHECK(integrator(system, Counting(7, 1.0), 0, 3, options).state == expected);
    ode::Integrator<Counting> moved = std::move(integrator);
    moved(system, Counting(5, 1.0), 0, 1, options);
    CHECK(moved(system, Counting(7, 1.0), 0, 3, options).state == expected);
    Counting start(7, 1.0);
    allocations = 0;
    CHECK(moved(system, std::move(start), 0, 3, options).state == expected);
    CHECK(allocations == 0);
  }
}

TEST_CASE("equal times evaluate nothing") {
  const auto system = [](const Eigen::ArrayXd& x, Eigen::ArrayXd& dxdt, double) { dxdt = -x; };
  int seen = 0;
  const auto solution = ode::integrate(system, Eigen::ArrayXd(Eigen::ArrayXd::Ones(2)), 2, 2, {},
                                       [&](const Eigen::ArrayXd&, double) { ++seen; });
  CHECK(seen == 1);
  CHECK(solution.stats.nfe == 0);
  CHECK(solution.state[1] == 1);
}

TEST_CASE("what goes wrong is said") {
  const Eigen::ArrayXd one = Eigen::ArrayXd::Ones(3);
  const auto decay = [](const Eigen::ArrayXd& x, Eigen::ArrayXd& dxdt, double) { dxdt = -x; };
  const auto nan_after = [](const Eigen::ArrayXd& x, Eigen::ArrayXd& dxdt, double t) {
    dxdt = -x;
    if (t > 0.5) dxdt[1] = std::numeric_limits<double>::quiet_NaN();
  };
  const auto always_nan = [](const Eigen::ArrayXd& x, Eigen::ArrayXd& dxdt, double) {
    dxdt = x * std::numeric_limits<double>::quiet_NaN();
  };
  CHECK_THROWS_WITH(ode::integrate(decay, one, 0, 1, {.steps = 0}),
                    ContainsSubstring("invalid steps=0 of method rk4 (must be at least 1)"));
  CHECK_THROWS_AS(ode::integrate(decay, one, 0, 1, {.steps = -3}), ConfigError);
  CHECK_THROWS_AS(ode::integrate(decay, one, 0, 1, {.relative_tolerance = 0}), ConfigError);
  CHECK_THROWS_WITH(ode::integrate(decay, one, 0, std::nan(""), {}), ContainsSubstring("times must be finite"));
  CHECK_THROWS_WITH(ode::integrate(nan_after, one, 0, 1, {.method = Method::euler, .steps = 10}),
                    ContainsSubstring("the state is not finite at t=0.7"));
  CHECK_THROWS_AS(ode::integrate(nan_after, one, 0, 1, {.method = Method::rk4}), NumericalError);
  CHECK_THROWS_WITH(ode::integrate(nan_after, one, 0, 1, {.method = Method::dopri5}),
                    ContainsSubstring("the right-hand side is not finite at t=0.4999"));
  CHECK_THROWS_WITH(ode::integrate(always_nan, one, 0.25, 1, {.method = Method::dopri5}),
                    ContainsSubstring("the right-hand side is not finite at t=0.25"));
  CHECK_THROWS_WITH(ode::integrate(decay, one, 0, 1, {.steps = 100, .max_evaluations = 10}),
                    ContainsSubstring("after 10 evaluations"));
  const auto blow_up = [](const Eigen::ArrayXd& x, Eigen::ArrayXd& dxdt, double) { dxdt = x.square(); };
  CHECK_THROWS_AS(ode::integrate(blow_up, one, 0, 2, {.method = Method::dopri5}), NumericalError);
  const auto resizes = [](const Eigen::ArrayXd&, Eigen::ArrayXd& dxdt, double) { dxdt = Eigen::ArrayXd::Zero(2); };
  CHECK_THROWS_AS(ode::integrate(resizes, one, 0, 1, {}), ShapeError);
  CHECK_THROWS_WITH(ode::method_from_string("rk5"), ContainsSubstring("use one of euler, midpoint, heun, rk4, dopri5"));
  CHECK(ode::method_from_string("heun") == Method::heun);
}
