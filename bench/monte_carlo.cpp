// SPDX-License-Identifier: MIT
// Updates of Monte Carlo chains on one core, float64, and molecular dynamics against the time that its memory traffic
// and arithmetic allow on this machine.
//
// Bound of one leapfrog step (force, kick, drift) per site of a block, one 64-byte vector of chains: the larger of
//   traffic:    256 bytes (read and write phi and pi once) at the measured triad bandwidth of the same working set;
//   arithmetic: the 2 d + 4 vector operations of kick and drift at the measured rate of independent fused
//               multiply-adds.
// Counters: site_updates_per_second counts sites of all chains; ns_per_site is the time of one update of one site of
// one chain; times_bound is the shortest run divided by the bound. A cluster update has no such bound; tau is measured
// by the tests and by experiments.
#include <benchmark/benchmark.h>

#include "lattice/hmc.h"
#include "lattice/local_update.h"
#include "lattice/wolff.h"
#include "machine_limits.h"

using floe::Block;
using namespace floe::lattice;
namespace bench = floe::bench;

namespace {

struct Case {
  int size;
  Phi4 phi4;
};
const Case cases[] = {{32, {-4, 4.572}}, {64, {-4, 4.398}}};

/// A chain in the middle of a run.
struct Chain {
  explicit Chain(const Case& c)
      : geometry({c.size, c.size}), random(floe::random::make_key(1, "benchmark"), 0), field(8, geometry.volume()) {
    random.fill_normal(field);
    field *= 0.5;
    LocalUpdate local(geometry, c.phi4, {});
    ClusterUpdate clusters(geometry, ClusterChoice::all);
    for (int i = 0; i < 200; ++i) {
      clusters(field, random);
      local.adapt(local(field, random));
    }
  }
  Geometry geometry;
  floe::random::LaneStream random;
  Block<double> field;
};

template <class Function>
double shortest_run(benchmark::State& state, Function&& function) {
  double shortest = 1e9;
  for (auto _ : state) shortest = std::min(shortest, bench::shortest_seconds(1, function));
  return shortest;
}

void report(benchmark::State& state, const Geometry& geometry, double seconds_per_update) {
  const double site_updates = 8.0 * geometry.volume();
  state.counters["site_updates_per_second"] = site_updates / seconds_per_update;
  state.counters["ns_per_site"] = 1e9 * seconds_per_update / site_updates;
  state.SetLabel(to_string(geometry));
}

double step_bound(const Geometry& geometry) {
  const double sites = geometry.volume();
  const double traffic = sites * 256 / bench::triad_bandwidth(static_cast<std::size_t>(sites * 128));
  const double arithmetic = sites * (2 * geometry.dimension() + 4) * bench::seconds_per_operation();
  return std::max(traffic, arithmetic);
}

void leapfrog_step(benchmark::State& state) {
  const Case& c = cases[state.range(0)];
  Chain chain(c);
  Hmc hmc(chain.geometry, c.phi4, {});
  Block<double> momentum;
  hmc.draw_momentum(momentum, chain.random);
  constexpr int steps = 40;
  const double seconds = shortest_run(state, [&] { hmc.integrate(chain.field, momentum, 1.0, steps); }) / steps;
  report(state, chain.geometry, seconds);
  state.counters["times_bound"] = seconds / step_bound(chain.geometry);
}

void trajectory_per_step(benchmark::State& state) {
  const Case& c = cases[state.range(0)];
  Chain chain(c);
  HmcOptions options;
  options.initial_step = 0.05;
  Hmc hmc(chain.geometry, c.phi4, options);
  const double seconds = shortest_run(state, [&] { hmc(chain.field, chain.random); }) / hmc.steps();
  report(state, chain.geometry, seconds);
  state.counters["times_bound"] = seconds / step_bound(chain.geometry);
}

void fourier_trajectory_per_step(benchmark::State& state) {
  const Case& c = cases[state.range(0)];
  Chain chain(c);
  HmcOptions options;
  options.initial_step = 0.05;
  Hmc hmc(chain.geometry, c.phi4, options, FourierMass(chain.geometry, 16.0 / (c.size * c.size)));
  report(state, chain.geometry, shortest_run(state, [&] { hmc(chain.field, chain.random); }) / hmc.steps());
}

template <ClusterChoice choice>
void wolff_and_local_sweep(benchmark::State& state) {
  const Case& c = cases[state.range(0)];
  Chain chain(c);
  ClusterUpdate clusters(chain.geometry, choice);
  LocalUpdate local(chain.geometry, c.phi4, {});
  for (int i = 0; i < 100; ++i) local.adapt(local(chain.field, chain.random));
  report(state, chain.geometry, shortest_run(state, [&] {
           clusters(chain.field, chain.random);
           local(chain.field, chain.random);
         }));
}

template <ClusterChoice choice>
void cluster_update(benchmark::State& state) {
  const Case& c = cases[state.range(0)];
  Chain chain(c);
  ClusterUpdate clusters(chain.geometry, choice);
  report(state, chain.geometry, shortest_run(state, [&] { clusters(chain.field, chain.random); }));
}

void local_sweep(benchmark::State& state) {
  const Case& c = cases[state.range(0)];
  Chain chain(c);
  LocalUpdate local(chain.geometry, c.phi4, {});
  for (int i = 0; i < 100; ++i) local.adapt(local(chain.field, chain.random));
  report(state, chain.geometry, shortest_run(state, [&] { local(chain.field, chain.random); }));
}

BENCHMARK(leapfrog_step)->DenseRange(0, 1);
BENCHMARK(trajectory_per_step)->DenseRange(0, 1);
BENCHMARK(fourier_trajectory_per_step)->DenseRange(0, 1);
BENCHMARK_TEMPLATE(wolff_and_local_sweep, ClusterChoice::one)->DenseRange(0, 1);
BENCHMARK_TEMPLATE(wolff_and_local_sweep, ClusterChoice::all)->DenseRange(0, 1);
BENCHMARK_TEMPLATE(cluster_update, ClusterChoice::one)->DenseRange(0, 1);
BENCHMARK_TEMPLATE(cluster_update, ClusterChoice::all)->DenseRange(0, 1);
BENCHMARK(local_sweep)->DenseRange(0, 1);

}  // namespace
