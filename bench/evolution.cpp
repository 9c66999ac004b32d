// SPDX-License-Identifier: MIT
// The time-dependent problems. One step of the Navier-Stokes solver against its transforms alone: each case runs a step
// (four evaluations of the right-hand side) and the 16 real transforms in it, by the same plans on the same memory,
// turn by turn, and prints time(step) / time(transforms). The bound is 1; all that is above is products, derivatives
// and the combinations of the stages. "measured" divides by the transforms with plans that FFTW has timed, which data
// generation does not use, since such plans differ in rounding from run to run. Burgers: samples per second.
#include <benchmark/benchmark.h>

#include <cmath>
#include <complex>
#include <ctime>
#include <numbers>
#include <string>
#include <vector>

#include "config/read.h"
#include "fft/real_transform.h"
#include "pde/navier_stokes/vorticity_solver.h"
#include "pde/registry.h"

namespace {

using namespace floe;

/// Processor time of this thread: what others run on the machine changes it least.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

class Transforms final {
 public:
  Transforms(int n, fft::Effort effort)
      : pair_({n, n}, 2, fft::Layout::batch_first, {.effort = effort}),
        spectrum_(static_cast<std::size_t>(2 * pair_.modes())),
        field_(static_cast<std::size_t>(2 * pair_.volume())) {
    for (std::size_t i = 0; i < field_.size(); ++i) field_[i] = std::sin(static_cast<double>(i));
  }
  /// Those of one evaluation: u and v back, two products forth.
  void operator()() {
    pair_.forward(field_.data(), spectrum_.data());
    pair_.inverse_overwriting(spectrum_.data(), field_.data());
    // Not scaled: brought back to size, so that no number overflows or becomes subnormal; not part of the time.
  }
  void rescale() {
    const double scale = 1 / static_cast<double>(pair_.volume());
    for (double& value : field_) value *= scale;
  }

 private:
  fft::RealTransform<double> pair_;
  std::vector<std::complex<double>> spectrum_;
  std::vector<double> field_;
};

void navier_stokes_step(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  constexpr int steps = 4;
  pde::VorticitySolver solver({.resolution = n, .viscosity = 1e-4, .step = 1e-3});
  std::vector<double> w;
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < n; ++i) {
      const double x = 2 * std::numbers::pi * i / n, y = 2 * std::numbers::pi * j / n;
      w.push_back(std::sin(x + 2 * y) + std::cos(3 * x - y) + std::sin(2 * x) * std::cos(4 * y));
    }
  }
  solver.start(w);
  Transforms same(n, fft::Effort::estimate), measured(n, fft::Effort::measure);
  const auto time_of = [](Transforms& transforms) {
    double seconds = 0;
    for (int evaluation = 0; evaluation < 4 * steps; ++evaluation) {
      const double begin = thread_seconds();
      transforms();
      seconds += thread_seconds() - begin;
      transforms.rescale();
    }
    return seconds;
  };
  solver.advance(1e-3 * steps);
  time_of(same);
  time_of(measured);
  double step_seconds = 0, same_seconds = 0, measured_seconds = 0;
  for (auto _ : state) {
    same_seconds += time_of(same);
    measured_seconds += time_of(measured);
    const double begin = thread_seconds();
    solver.advance(1e-3 * steps);
    const double seconds = thread_seconds() - begin;
    step_seconds += seconds;
    state.SetIterationTime(seconds);
  }
  const double count = static_cast<double>(state.iterations()) * steps;
  state.counters["ms/step"] = 1e3 * step_seconds / count;
  state.counters["step/transforms"] = step_seconds / same_seconds;
  state.counters["step/measured"] = step_seconds / measured_seconds;
}

/// Samples of the Burgers problem per second of one core, at its defaults but for the grid of the solver.
void burgers_samples(benchmark::State& state) {
  const auto problem = pde::make_problem("burgers");
  const std::string options =
      "resolution = 1024\nviscosity = " + std::to_string(1.0 / static_cast<double>(state.range(1))) +
      "\nsolver_resolution = " + std::to_string(state.range(0)) + "\n";
  config::read(config::Document::from_text(options, "bench"),
               config::BindFunction([&](config::Section& section) { problem->bind(section); }));
  const auto generator = problem->make_generator(1);
  pde::Sample sample(problem->description());
  std::uint64_t index = 0;
  double seconds = 0;
  for (auto _ : state) {
    const double begin = thread_seconds();
    generator->make(index++, sample);
    seconds += thread_seconds() - begin;
  }
  state.counters["samples/s"] = static_cast<double>(state.iterations()) / seconds;
}

BENCHMARK(burgers_samples)->ArgNames({"grid", "1/nu"})->Args({8192, 10})->Args({2048, 10})->Args({2048, 100});
BENCHMARK(navier_stokes_step)->Arg(64)->Arg(128)->Arg(256)->UseManualTime();

}  // namespace
