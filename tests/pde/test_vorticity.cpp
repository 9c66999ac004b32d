// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include "../io/python.h"
#include "base/error.h"
#include "pde/navier_stokes/vorticity_solver.h"
#include "pde/random_fields/gaussian_field.h"
#include "problem_sample.h"
#include "support/catch.h"
#include "support/convergence.h"

using namespace floe;
using pde::VorticityOptions;
using pde::VorticitySolver;

namespace {

constexpr double two_pi = 2 * std::numbers::pi;

template <class Function>
std::vector<double> on_grid(int n, const Function& function) {
  std::vector<double> values;
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < n; ++i) values.push_back(function(static_cast<double>(i) / n, static_cast<double>(j) / n));
  return values;
}

/// A smooth flow of many modes, of speed about one.
double smooth_flow(double x, double y) {
  return two_pi * (std::exp(std::sin(two_pi * x)) * std::cos(two_pi * y) - std::sin(2 * two_pi * (x - y)) +
                   0.5 * std::cos(two_pi * (2 * x + y)));
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

std::vector<double> solve(const VorticityOptions& options, double duration) {
  VorticitySolver solver(options);
  std::vector<double> w = on_grid(options.resolution, smooth_flow);
  solver.start(w);
  solver.advance(duration);
  solver.values(w);
  return w;
}

}  // namespace

TEST_CASE("a vortex array decays as Taylor and Green say") {
  // w = 2 k cos(k x) cos(k y) is a steady Euler flow; it decays with nu 2 k^2 whatever the step.
  const int n = GENERATE(16, 48);
  VorticitySolver solver({.resolution = n, .viscosity = 0.01, .forcing = 0, .step = 0.02});
  const double k = 2 * two_pi;
  const auto exact = [&](double t) {
    return on_grid(n, [&](double x, double y) {
      return 2 * k * std::exp(-0.01 * 2 * k * k * t) * std::cos(k * x) * std::cos(k * y);
    });
  };
  solver.start(exact(0));
  std::vector<double> w(exact(0).size());
  double start = 0;
  for (int i = 1; i <= 3; ++i) {
    solver.advance(0.1);
    solver.values(w);
    start += 0.1;
    CHECK(largest_difference(w, exact(start)) < 1e-12 * 2 * k);
  }
  CHECK(solver.time() == Approx(0.3));
}

TEST_CASE("without viscosity and forcing energy and enstrophy are kept, to the order of the step") {
  const auto drift = [](int steps) {
    VorticitySolver solver({.resolution = 32, .viscosity = 0, .forcing = 0, .step = 0.25 / steps});
    solver.start(on_grid(32, smooth_flow));
    const double energy = solver.energy(), enstrophy = solver.enstrophy();
    solver.advance(0.25);
    return std::abs(solver.energy() / energy - 1) + std::abs(solver.enstrophy() / enstrophy - 1);
  };
  CHECK(drift(40) < 1e-6);
  CHECK(test::observed_order({20, 40, 80}, drift) > 3.8);
}

TEST_CASE("energy and enstrophy change by what forcing and viscosity give and take") {
  // d/dt |u|^2/2 = mean(psi f) - 2 nu Z, integrated along the solution by Simpson's rule.
  const double nu = 2e-3, h = 0.005;
  VorticitySolver solver({.resolution = 32, .viscosity = nu, .forcing = 3.0, .step = h});
  solver.start(on_grid(32, smooth_flow));
  const double energy = solver.energy();
  double gained = 0;
  const auto rate = [&] { return solver.energy_input() - 2 * nu * solver.enstrophy(); };
  for (int i = 0; i < 20; ++i) {
    gained += h / 3 * rate();
    solver.advance(h);
    gained += 4 * h / 3 * rate();
    solver.advance(h);
    gained += h / 3 * rate();
  }
  CHECK(solver.energy() - energy == Approx(gained).epsilon(1e-6));
  CHECK(std::abs(gained) > 1e-3);
}

TEST_CASE("a forced shear flow tends to the balance of forcing and viscosity") {
  // From rest w = A (sin + cos)(2 pi (x + y)) (1 - exp(-8 pi^2 nu t)) / (8 pi^2 nu): exact, one family of modes.
  const double nu = 0.02;
  VorticitySolver solver({.resolution = 16, .viscosity = nu, .step = 0.05});
  std::vector<double> w(16 * 16, 0.0);
  solver.start(w);
  solver.advance(1.0);
  solver.values(w);
  const double rate = 2 * two_pi * two_pi * nu;
  const auto exact = on_grid(16, [&](double x, double y) {
    return 0.1 * (std::sin(two_pi * (x + y)) + std::cos(two_pi * (x + y))) * (1 - std::exp(-rate)) / rate;
  });
  CHECK(largest_difference(w, exact) < 1e-14);
}

TEST_CASE("time stepping of a flow converges with the order of the method") {
  using ode::SemilinearMethod;
  const auto method = GENERATE(SemilinearMethod::etdrk4, SemilinearMethod::cn_heun, SemilinearMethod::cn_euler);
  CAPTURE(ode::to_string(method));
  VorticityOptions options{.resolution = 32, .viscosity = 5e-3, .step = 0.2 / 1280};
  const auto reference = solve(options, 0.2);
  options.method = method;
  const double order = test::observed_order({40, 80, 160}, [&](int steps) {
    options.step = 0.2 / steps;
    return largest_difference(solve(options, 0.2), reference);
  });
  CHECK(order == Approx(ode::order(method)).margin(0.2));
}

TEST_CASE("the error of a smooth flow falls faster than any power of the spacing") {
  const auto at = [](int n) { return solve({.resolution = n, .viscosity = 0.02, .step = 0.0025}, 0.1); };
  const auto fine = at(128);
  std::vector<double> errors;
  for (const int n : {16, 32, 64}) {
    const auto coarse = at(n);
    double largest = 0;
    for (int j = 0; j < n; ++j)
      for (int i = 0; i < n; ++i)
        largest = std::max(largest, std::abs(coarse[static_cast<std::size_t>(j * n + i)] -
                                             fine[static_cast<std::size_t>((j * 128 + i) * (128 / n))]));
    errors.push_back(largest);
  }
  CAPTURE(errors);
  CHECK(errors[1] < errors[0] / 30);
  CHECK(errors[2] < errors[1] / 1000);
}

TEST_CASE("an automatic step follows the speed and its Courant number") {
  VorticityOptions options{.resolution = 32, .viscosity = 1e-3};
  const auto fine = solve({.resolution = 32, .viscosity = 1e-3, .step = 1e-4}, 0.5);
  VorticitySolver solver(options);
  std::vector<double> w = on_grid(32, smooth_flow);
  solver.start(w);
  const double speed = solver.speed();
  solver.advance(0.5);
  solver.values(w);
  CHECK(static_cast<double>(solver.stats().accepted) >= 0.5 * 32 * speed / 0.5);
  CHECK(largest_difference(w, fine) < 1e-3 * two_pi);
  // In pieces or at once: the same flow to the accuracy of the step.
  VorticitySolver pieces(options);
  std::vector<double> v = on_grid(32, smooth_flow);
  pieces.start(v);
  for (int i = 0; i < 5; ++i) pieces.advance(0.1);
  pieces.values(v);
  CHECK(largest_difference(v, fine) < 1e-3 * two_pi);
}

TEST_CASE("a time step that is too long is refused and says which would do") {
  VorticitySolver solver({.resolution = 32, .viscosity = 1e-4, .step = 0.5});
  solver.start(on_grid(32, smooth_flow));
  try {
    solver.advance(1.0);
    FAIL("no error");
  } catch (const NumericalError& error) {
    const std::string text = error.what();
    CAPTURE(text);
    CHECK(text.find("the time step 0.5 is too long at t=0") != std::string::npos);
    CHECK(text.find("step = 0") != std::string::npos);
  }
  CHECK_THROWS_AS(solver.start(std::vector<double>(7)), ShapeError);
  std::vector<double> nan(32 * 32, std::nan(""));
  CHECK_THROWS_AS(solver.start(nan), NumericalError);
  CHECK_THROWS_AS(VorticitySolver({.resolution = 33}), ConfigError);
  CHECK_THROWS_AS(VorticitySolver({.viscosity = -1}), ConfigError);
  CHECK_THROWS_AS(VorticitySolver({.courant = 3}), ConfigError);
}

TEST_CASE("the flow agrees with another form of the equation in NumPy") {
  const test::Scratch scratch;
  const VorticityOptions options{.resolution = 16, .viscosity = 2e-3, .forcing = 2.0, .step = 0.002};
  {
    std::ofstream file(scratch / "initial.txt");
    file.precision(17);
    for (const double value : on_grid(16, smooth_flow)) file << value << '\n';
  }
  if (!test::run_python(scratch, "../pde/vorticity.py", "16 2e-3 2.0 200 0.4")) return;
  std::ifstream file(scratch / "final.txt");
  std::vector<double> theirs(16 * 16, std::nan(""));
  for (double& value : theirs) file >> value;
  // Both are of order four with steps of 0.002: the orders' tests give 1e-7 for such steps.
  const auto ours = solve(options, 0.4);
  CHECK(largest_difference(ours, theirs) < 1e-6);
  CHECK(largest_difference(ours, on_grid(16, smooth_flow)) > 1);
}

TEST_CASE("Navier-Stokes samples are trajectories of the solver, stored on every k-th point") {
  const std::string options =
      "viscosity = 1e-2\nresolution = 8\nsolver_resolution = 32\nfinal_time = 1.0\nsnapshots = 4\n";
  const auto problem = pde::testing::problem_from("navier_stokes", options);
  const auto description = problem->description();
  CHECK(description.axis("time").values == std::vector<double>{0.25, 0.5, 0.75, 1.0});
  CHECK(description.sample_shape(description.outputs[0]) == io::Shape{4, 8, 8});
  CHECK(description.sample_shape(description.inputs[0]) == io::Shape{8, 8});
  const pde::Sample sample = pde::testing::sample_of(*problem, 3);

  // The law of the paper: sigma = 7^1.5, tau = 7, alpha = 2.5, without mean, and the forcing of amplitude 0.1.
  pde::GaussianField field({pde::GridAxis{.points = 32}, pde::GridAxis{.points = 32}},
                           {.alpha = 2.5, .tau = 7, .sigma = std::pow(7.0, 1.5), .mean_zero = true});
  random::Stream stream(random::make_key(1, "navier_stokes"), 3);
  std::vector<double> w(field.size());
  field(stream, w);
  VorticitySolver solver({.resolution = 32, .viscosity = 1e-2});
  solver.start(w);
  solver.values(w);
  for (std::size_t j = 0; j < 8; ++j)
    for (std::size_t i = 0; i < 8; ++i) CHECK(sample["inputs/vorticity"][8 * j + i] == w[4 * (32 * j + i)]);
  for (int t = 0; t < 4; ++t) solver.advance(0.25);
  solver.values(w);
  for (std::size_t j = 0; j < 8; ++j)
    for (std::size_t i = 0; i < 8; ++i) CHECK(sample["outputs/vorticity"][3 * 64 + 8 * j + i] == w[4 * (32 * j + i)]);

  // The same sample whatever was made before by the same generator.
  const auto generator = problem->make_generator(1);
  pde::Sample other(description), again(description);
  generator->make(5, other);
  generator->make(3, again);
  CHECK(std::equal(again["outputs/vorticity"].begin(), again["outputs/vorticity"].end(),
                   sample["outputs/vorticity"].begin()));
  CHECK_THROWS_AS(pde::testing::problem_from("navier_stokes", "resolution = 7\nsolver_resolution = 32\n"), ConfigError);
}

TEST_CASE("Navier-Stokes runs as long as the published data unless told otherwise") {
  const auto last = [](const std::string& options) {
    return pde::testing::problem_from("navier_stokes", options)->description().axis("time").values;
  };
  CHECK(last("viscosity = 1e-3\n").size() == 50);
  CHECK(last("viscosity = 1e-3\n").back() == 50);
  CHECK(last("viscosity = 1e-4\n").size() == 30);
  CHECK(last("viscosity = 1e-5\n").size() == 20);
  CHECK(last("viscosity = 1e-5\nsnapshots = 40\n")[0] == 0.5);
}
