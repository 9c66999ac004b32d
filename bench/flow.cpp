// SPDX-License-Identifier: MIT
// The heat-kernel field: velocity with divergence, least-squares features and adjoint, against the rate of independent
// fused multiply-adds measured in the same run.
//
// Operations counted per site of a block of samples, with S scales, F features and evens e = L / 2 + 1, odds
// o = (L - 1) / 2: a smearing takes d (e^2 + o^2) / L multiply-adds. Velocity: 2 (S - 1) smearings (the scale 0 is
// free), S^2 F multiply-adds for the coefficients and S (30 + 5 (F - 1)) operations for sines, cosines and divergence,
// 30 being what one sincos takes. Features and adjoint start from smeared fields and smear once and twice per scale.
// of_peak is the time of these operations divided by the shortest run, 1 at best.
#include <benchmark/benchmark.h>

#include "lattice/flow/heat_kernel_field.h"
#include "machine_limits.h"

using namespace floe;
using namespace floe::lattice;

namespace {

enum class Kernel { velocity, features, adjoint };

template <class T>
void field(benchmark::State& state, Kernel kernel) {
  const int length = static_cast<int>(state.range(0));
  const Geometry geometry({length, length});
  HeatKernelBasis basis;
  if (state.range(1) == 8) basis.scales = {0, 0.15, 0.375, 0.94, 2.34, 5.86, 14.6, 36.6};
  basis.widths = free_field_widths(geometry, 0.1, basis.scales);
  HeatKernelField<T> field(geometry, basis);
  field.set_coefficients(Eigen::VectorXd::LinSpaced(basis.parameter_count(), -0.1, 0.1));
  const Block<T> x = Block<T>::Random(lane_count<T>, geometry.volume());
  Block<T> result;
  LaneSums<T> divergence;
  typename HeatKernelField<T>::Rows rows;
  field.linearize(x);

  const double scales = static_cast<double>(basis.scales.size());
  const double evens = length / 2 + 1, odds = (length - 1) / 2;
  const double smearing = 2 * (evens * evens + odds * odds) / length;
  const double pointwise = scales * (30 + 5.0 * (basis.features - 1)) + scales * scales * basis.features;
  const double smearings = (kernel == Kernel::features ? 1 : 2) * (scales - 1);
  const double operations = geometry.volume() * (smearings * smearing + pointwise);
  double shortest = 1e9;
  for (auto _ : state)
    shortest = std::min(shortest, bench::shortest_seconds(1, [&] {
                          if (kernel == Kernel::velocity) field.velocity_and_divergence(x, result, divergence);
                          if (kernel == Kernel::features) field.features(x, rows);
                          if (kernel == Kernel::adjoint) field.adjoint(x, result);
                        }));
  state.counters["us_per_sample"] = 1e6 * shortest / lane_count<T>;
  state.counters["of_peak"] = operations * bench::seconds_per_operation() / shortest;
}

void arguments(benchmark::internal::Benchmark* benchmark) {
  benchmark->Args({8, 5})->Args({12, 5})->Args({16, 5})->Args({32, 5})->Args({32, 8})->Args({64, 5});
}

template <class T, Kernel kernel>
void heat_kernel(benchmark::State& state) {
  field<T>(state, kernel);
}

BENCHMARK_TEMPLATE(heat_kernel, float, Kernel::velocity)->Apply(arguments);
BENCHMARK_TEMPLATE(heat_kernel, double, Kernel::velocity)->Apply(arguments);
BENCHMARK_TEMPLATE(heat_kernel, float, Kernel::features)->Apply(arguments);
BENCHMARK_TEMPLATE(heat_kernel, float, Kernel::adjoint)->Apply(arguments);

}  // namespace
