// SPDX-License-Identifier: MIT
// Action and gradient of phi^4 against the time that their arithmetic and their memory traffic allow on this machine.
//
// Bound per site of a block, one 64-byte vector of samples: the larger of
//   arithmetic: the vector operations of the formula (gradient 2 d + 3, action 2 d + 3) at the measured rate of
//               independent fused multiply-adds;
//   traffic:    64 bytes read (and 64 written by the gradient) at the measured triad bandwidth of the same working set.
// Counters: sites_per_second counts sites of all samples; of_bound is the bound divided by the shortest run, 1 at best.
#include <benchmark/benchmark.h>

#include "lattice/phi4.h"
#include "machine_limits.h"

using floe::Block;
using floe::lane_count;
using namespace floe::lattice;
namespace bench = floe::bench;

namespace {

constexpr Phi4 couplings{-4, 6.975};
const char* const shapes[] = {"8x8", "32x32", "64x64", "16x16x16"};

template <class T>
Block<T> field(int volume) {
  Block<T> phi(lane_count<T>, volume);
  for (Eigen::Index i = 0; i < phi.size(); ++i) phi.data()[i] = static_cast<T>((i * 7919) % 1000) / 1000 - T{0.5};
  return phi;
}

// Runs a kernel over one block and compares its shortest time with the bound.
template <class T, class Kernel>
void measure(benchmark::State& state, const Geometry& geometry, double operations, double bytes, double working_set,
             Kernel&& kernel) {
  const double sites = geometry.volume();
  const double arithmetic = sites * operations * bench::seconds_per_operation();
  const double traffic = sites * bytes / bench::triad_bandwidth(static_cast<std::size_t>(sites * working_set));
  const int calls = std::max(1, 4096 / geometry.volume());
  double shortest = 1e9;
  for (auto _ : state) {
    shortest = std::min(shortest, bench::shortest_seconds(1, [&] {
                          for (int call = 0; call < calls; ++call) kernel();
                        }));
  }
  shortest /= calls;
  state.counters["sites_per_second"] = sites * lane_count<T> / shortest;
  state.counters["ns_per_vector"] = 1e9 * shortest / sites;
  state.counters["arithmetic_ns"] = 1e9 * arithmetic / sites;
  state.counters["traffic_ns"] = 1e9 * traffic / sites;
  state.counters["of_bound"] = std::max(arithmetic, traffic) / shortest;
}

template <class T>
void gradient(benchmark::State& state) {
  const Geometry geometry = parse_geometry(shapes[state.range(0)]);
  const Block<T> phi = field<T>(geometry.volume());
  Block<T> result(lane_count<T>, geometry.volume());
  state.SetLabel(shapes[state.range(0)]);
  measure<T>(state, geometry, 2 * geometry.dimension() + 3, 128, 128, [&] {
    action_gradient(geometry, couplings, phi, result);
    benchmark::DoNotOptimize(result.data());
    benchmark::ClobberMemory();
  });
}

template <class T>
void action_value(benchmark::State& state) {
  const Geometry geometry = parse_geometry(shapes[state.range(0)]);
  const Block<T> phi = field<T>(geometry.volume());
  state.SetLabel(shapes[state.range(0)]);
  measure<T>(state, geometry, 2 * geometry.dimension() + 3, 64, 64, [&] {
    auto result = action(geometry, couplings, phi);
    benchmark::DoNotOptimize(result.data());
    benchmark::ClobberMemory();
  });
}

BENCHMARK_TEMPLATE(gradient, double)->DenseRange(0, 3);
BENCHMARK_TEMPLATE(gradient, float)->DenseRange(0, 3);
BENCHMARK_TEMPLATE(action_value, double)->DenseRange(0, 3);
BENCHMARK_TEMPLATE(action_value, float)->DenseRange(0, 3);

}  // namespace
