// SPDX-License-Identifier: MIT
// What the integration core adds to the steps themselves: each case runs the core and the same method written by hand,
// turn by turn on the same block of eight samples with a right-hand side as cheap as they come, and prints time(core) /
// time(by hand). A right-hand side that costs anything brings the ratio closer to one.
#include <benchmark/benchmark.h>

#include <cmath>
#include <ctime>
#include <utility>

#include "base/lanes.h"
#include "ode/hamiltonian.h"
#include "ode/integrate.h"

namespace {

using floe::Block;
using floe::lane_count;
namespace ode = floe::ode;

constexpr int steps = 20;

struct Cubic {
  void operator()(const Block<double>& x, Block<double>& dxdt, double) const { dxdt = x - x * x * x; }
};

struct CubicForce {
  void operator()(const Block<double>& q, Block<double>& dpdt) const { dpdt = -q - q * q * q; }
};

struct CubicKick {
  void operator()(const Block<double>& q, Block<double>& p, double h) const { p -= h * (q + q * q * q); }
};

Block<double> start(Eigen::Index sites) {
  return Block<double>::NullaryExpr(lane_count<double>, sites, [](Eigen::Index lane, Eigen::Index site) {
    return 0.1 * std::sin(static_cast<double>(lane + 3 * site));
  });
}

/// Classic RK4 by hand: as few passes over memory as its stages allow.
class Rk4ByHand final {
 public:
  explicit Rk4ByHand(Eigen::Index sites) {
    for (Block<double>* array : {&k1_, &k2_, &k3_, &k4_, &trial_}) array->resize(lane_count<double>, sites);
  }
  void operator()(Block<double>& x, double h) {
    const Cubic f;
    f(x, k1_, 0);
    trial_ = x + (h / 2) * k1_;
    f(trial_, k2_, 0);
    trial_ = x + (h / 2) * k2_;
    f(trial_, k3_, 0);
    trial_ = x + h * k3_;
    f(trial_, k4_, 0);
    x += (h / 6) * k1_ + (h / 3) * k2_ + (h / 3) * k3_ + (h / 6) * k4_;
  }

 private:
  Block<double> k1_, k2_, k3_, k4_, trial_;
};

/// Processor time of this thread: what others run on the machine changes it least.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class Core, class ByHand>
void compare(benchmark::State& state, double evaluations, Core&& core, ByHand&& by_hand) {
  double core_seconds = 0, hand_seconds = 0;
  for (auto _ : state) {
    const auto begin = thread_seconds();
    by_hand();
    benchmark::ClobberMemory();
    const auto middle = thread_seconds();
    core();
    benchmark::ClobberMemory();
    const auto end = thread_seconds();
    hand_seconds += middle - begin;
    core_seconds += end - middle;
    state.SetIterationTime(end - middle);
  }
  const auto n = static_cast<double>(state.iterations());
  state.counters["ns/site/step"] =
      1e9 * core_seconds / n / steps / static_cast<double>(state.range(0) * lane_count<double>);
  state.counters["evaluations"] = evaluations;
  state.counters["core/by_hand"] = core_seconds / hand_seconds;
}

void rk4(benchmark::State& state) {
  const Block<double> x0 = start(state.range(0));
  Block<double> x = x0, y = x0;
  Rk4ByHand by_hand(state.range(0));
  ode::Integrator<Block<double>> integrator;
  compare(
      state, 4 * steps,
      [&] { y = integrator(Cubic(), std::move(y), 0, 0.1, {.method = ode::Method::rk4, .steps = steps}).state; },
      [&] {
        for (int i = 0; i < steps; ++i) by_hand(x, 0.1 / steps);
      });
  if (!((x - y).abs().maxCoeff() < 1e-12)) state.SkipWithError("core and by hand differ");
}

template <class Force>
void leapfrog(benchmark::State& state) {
  const Block<double> q0 = start(state.range(0));
  Block<double> q = q0, p = -q0, q2 = q, p2 = p;
  ode::HamiltonianIntegrator<Block<double>> integrator;
  constexpr double h = 0.05;
  compare(
      state, steps + 1, [&] { integrator(Force(), q, p, h * steps, steps); },
      [&] {
        // By hand with the kicks merged and the force never stored.
        const CubicKick kick;
        kick(q2, p2, h / 2);
        for (int i = 0; i < steps; ++i) {
          q2 += h * p2;
          kick(q2, p2, i + 1 < steps ? h : h / 2);
        }
      });
  if (!((q - q2).abs().maxCoeff() < 1e-6)) state.SkipWithError("core and by hand differ");
}

BENCHMARK(rk4)->Arg(36)->Arg(64)->Arg(1024)->Arg(4096)->UseManualTime();
BENCHMARK(leapfrog<CubicForce>)->Name("leapfrog, force stored")->Arg(64)->Arg(1024)->Arg(4096)->UseManualTime();
BENCHMARK(leapfrog<CubicKick>)->Name("leapfrog, force kicks")->Arg(64)->Arg(1024)->Arg(4096)->UseManualTime();

}  // namespace
