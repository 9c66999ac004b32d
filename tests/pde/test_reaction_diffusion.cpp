// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"
#include "ode/integrate.h"
#include "pde/reaction_diffusion/fisher.h"
#include "pde/reaction_diffusion/reaction_diffusion_solver.h"
#include "problem_sample.h"
#include "support/catch.h"
#include "support/convergence.h"

using namespace floe;
using pde::Boundary;
using pde::GridAxis;
using pde::ReactionDiffusionOptions;
using pde::ReactionDiffusionSolver;

namespace {

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

/// Ablowitz and Zeppetella's front of u_t = u_xx + u (1 - u), of speed 5 / sqrt 6.
double travelling_front(double x, double t) {
  const double s = (x - 5 * t / std::sqrt(6.0)) / std::sqrt(6.0);
  return std::pow(1 + std::exp(s), -2);
}

/// On [0, 160] around x = 80, with ends so far that they do not matter: the slope there is below 1e-14 on the left, and
/// u below 1e-27 on the right.
std::vector<double> front(const GridAxis& axis, double t) {
  std::vector<double> u;
  for (const double x : axis.coordinates()) u.push_back(travelling_front(x - 80, t));
  return u;
}

double front_error(int points, double step, double duration, pde::LaplaceMethod method) {
  const GridAxis axis{.points = points, .boundary = Boundary::neumann, .length = 160};
  ReactionDiffusionSolver solver({.axes = {axis}, .diffusivities = {1.0}, .method = method, .step = step},
                                 [](std::span<double> u) { pde::react(pde::fisher_reaction(1), u); });
  auto u = front(axis, 0);
  solver.start(u);
  solver.advance(duration);
  solver.values(u);
  return largest_difference(u, front(axis, duration));
}

}  // namespace

TEST_CASE("Fisher's equation carries the front of Ablowitz and Zeppetella") {
  using pde::LaplaceMethod;
  CHECK(front_error(401, 0.01, 4.0, LaplaceMethod::spectral) < 1e-7);
  const double in_time = test::observed_order(
      {10, 20, 40}, [](int steps) { return front_error(801, 4.0 / steps, 4.0, LaplaceMethod::spectral); });
  CHECK(in_time == Approx(4).margin(0.3));
  const double in_space = test::observed_order(
      {200, 400, 800}, [](int cells) { return front_error(cells + 1, 0.02, 2.0, LaplaceMethod::finite_difference); });
  CHECK(in_space == Approx(2).margin(0.1));
}

TEST_CASE("diffusion alone damps each cosine exactly, by wavenumbers and by three points") {
  const auto method = GENERATE(pde::LaplaceMethod::spectral, pde::LaplaceMethod::finite_difference);
  const GridAxis y{.points = 9, .boundary = Boundary::neumann};
  const GridAxis x{.points = 12, .boundary = Boundary::neumann, .placement = pde::Placement::cells, .length = 2};
  ReactionDiffusionSolver solver({.axes = {y, x}, .diffusivities = {0.1, 0.02}, .method = method, .step = 0.3},
                                 [](std::span<double> u) { std::fill(u.begin(), u.end(), 0.0); });
  const auto square = [&](double k, double h) {
    return method == pde::LaplaceMethod::spectral ? k * k : std::pow(2 / h * std::sin(k * h / 2), 2);
  };
  const double ky = 3 * std::numbers::pi, kx = 2 * std::numbers::pi / 2;
  std::vector<double> u, exact;
  for (const double diffusivity : {0.1, 0.02}) {
    for (const double yj : y.coordinates())
      for (const double xi : x.coordinates()) {
        u.push_back(std::cos(ky * yj) * std::cos(kx * xi));
        exact.push_back(u.back() * std::exp(-diffusivity * (square(ky, 1.0 / 8) + square(kx, 2.0 / 12)) * 0.7));
      }
  }
  solver.start(u);
  solver.advance(0.7);
  solver.values(u);
  CHECK(largest_difference(u, exact) < 1e-14);
  CHECK(solver.time() == 0.7);
}

TEST_CASE("a system by three points per axis is that of the method of lines") {
  // FitzHugh-Nagumo on 6 x 5 cells, mirrored at the ends, by the explicit integrator of the core.
  constexpr int ny = 6, nx = 5;
  const double d[2] = {0.02, 0.05};
  const auto reaction = [](std::span<double> fields) {
    const std::size_t points = fields.size() / 2;
    for (std::size_t i = 0; i < points; ++i) {
      const double u = fields[i], v = fields[points + i];
      fields[i] = u - u * u * u - 5e-3 - v;
      fields[points + i] = u - v;
    }
  };
  std::vector<double> start(2 * ny * nx);
  for (std::size_t i = 0; i < start.size(); ++i) start[i] = std::sin(1.3 * static_cast<double>(i * i));
  const GridAxis y{.points = ny, .boundary = Boundary::neumann, .placement = pde::Placement::cells};
  const GridAxis x{.points = nx, .boundary = Boundary::neumann, .placement = pde::Placement::cells};
  ReactionDiffusionSolver solver(
      {.axes = {y, x}, .diffusivities = {d[0], d[1]}, .method = pde::LaplaceMethod::finite_difference, .step = 0.01},
      reaction);
  solver.start(start);
  solver.advance(1.0);
  std::vector<double> u(start.size());
  solver.values(u);

  const auto lines = [&](const std::vector<double>& f, std::vector<double>& rate, double) {
    rate = f;
    reaction(rate);
    for (int s = 0; s < 2; ++s) {
      const auto at = [&](int j, int i) {
        return f[static_cast<std::size_t>((s * ny + std::clamp(j, 0, ny - 1)) * nx + std::clamp(i, 0, nx - 1))];
      };
      for (int j = 0; j < ny; ++j)
        for (int i = 0; i < nx; ++i)
          rate[static_cast<std::size_t>((s * ny + j) * nx + i)] +=
              d[s] * (ny * ny * (at(j - 1, i) - 2 * at(j, i) + at(j + 1, i)) +
                      nx * nx * (at(j, i - 1) - 2 * at(j, i) + at(j, i + 1)));
    }
  };
  const auto reference = ode::integrate(lines, start, 0.0, 1.0, {.method = ode::Method::rk4, .steps = 2000});
  CHECK(largest_difference(u, reference.state) < 1e-7);
}

TEST_CASE("the coefficients of a reaction are those of its formula") {
  const double a = 0.7, b = 1.3;
  for (const double u : {0.0, 0.2, 0.9, 1.0}) {
    double f = u;
    pde::react(pde::fisher_reaction(a), {&f, 1});
    CHECK(f == Approx(a * u * (1 - u)).margin(1e-16));
    f = u;
    pde::react(pde::newell_whitehead_reaction(a), {&f, 1});
    CHECK(f == Approx(a * u * (1 - u * u)).margin(1e-16));
    f = u;
    pde::react(pde::zeldovich_reaction(a, b), {&f, 1});
    CHECK(f == Approx(a * u * (1 - u) * std::exp(-b) * (1 + b * u + b * b * u * u / 2)).margin(1e-16));
  }
}

TEST_CASE("Fisher samples: three families, their coefficients and their trajectories") {
  const auto problem = pde::testing::problem_from("fisher", "");
  const auto description = problem->description();
  CHECK(description.sample_shape(description.outputs[0]) == io::Shape{20, 64});
  CHECK(description.axis("x").values.back() == 1.0);
  const auto generator = problem->make_generator(1);
  pde::Sample sample(description);
  int counts[3] = {0, 0, 0};
  for (std::uint64_t index = 0; index < 60; ++index) {
    generator->make(index, sample);
    const double a = sample["parameters/a"][0], b = sample["parameters/b"][0];
    const auto family = static_cast<int>(sample["parameters/family"][0]);
    ++counts[family];
    const auto expected = family == 0   ? pde::fisher_reaction(a)
                          : family == 1 ? pde::newell_whitehead_reaction(a)
                                        : pde::zeldovich_reaction(a, b);
    CHECK(std::equal(expected.begin(), expected.end(), sample["inputs/reaction"].begin()));
    CHECK(std::abs(10 * a - std::round(10 * a)) < 1e-12);
    CHECK((family == 2 ? b >= 0.5 && b <= 2 : b == 0));
    // 0 and 1 are fixed points of all three: states stay between them.
    for (const double u : sample["outputs/u"]) CHECK((u > 0 && u < 1));
  }
  for (const int count : counts) CHECK(count >= 8);  // 20 +- 3.7

  // The stored trajectory is converged, in space and time.
  const auto fine = pde::testing::problem_from("fisher", "step = 0.0025\nrefinement = 16\ninitial.modes = 64\n");
  const auto usual = pde::testing::problem_from("fisher", "initial.modes = 64\n");
  const auto a = pde::testing::sample_of(*fine, 5), b = pde::testing::sample_of(*usual, 5);
  double largest = 0;
  for (std::size_t i = 0; i < a["outputs/u"].size(); ++i)
    largest = std::max(largest, std::abs(a["outputs/u"][i] - b["outputs/u"][i]));
  CAPTURE(largest);
  CHECK(largest < 1e-5);
  CHECK_THROWS_AS(pde::testing::problem_from("fisher", "families = [\"fischer\"]\n"), ConfigError);
  CHECK_THROWS_AS(pde::testing::problem_from("fisher", "a_min = 2.0\n"), ConfigError);
}

TEST_CASE("the Allen-Cahn equation carries the exact front of its unstable state") {
  // u_t = D u_xx + r (u - u^3): 1 / (1 + exp((x - s t) / (epsilon sqrt 2))), s = 3 sqrt(D r / 2); a pulse of two of
  // them.
  const double diffusivity = 1e-4, rate = 5;
  const GridAxis axis{.points = 512};
  ReactionDiffusionSolver solver({.axes = {axis}, .diffusivities = {diffusivity}, .step = 0.01},
                                 [&](std::span<double> u) {
                                   for (double& value : u) value = rate * value * (1 - value * value);
                                 });
  const double epsilon = std::sqrt(diffusivity / rate), speed = 3 * std::sqrt(diffusivity * rate / 2);
  const auto exact = [&](double t) {
    std::vector<double> u;
    for (const double x : axis.coordinates())
      u.push_back(1 / (1 + std::exp((std::abs(x - 0.5) - 0.15 - speed * t) / (epsilon * std::sqrt(2.0)))));
    return u;
  };
  auto u = exact(0);
  solver.start(u);
  solver.advance(2.0);
  solver.values(u);
  CHECK(largest_difference(u, exact(2.0)) < 1e-6);
  CHECK(largest_difference(exact(0), exact(2.0)) > 0.5);
}

TEST_CASE("Allen-Cahn samples lose energy and tend to the two phases") {
  const int dimension = GENERATE(1, 2);
  const auto problem = pde::testing::problem_from(
      "allen_cahn", dimension == 1 ? "dimension = 1\nresolution = 256\n" : "resolution = 32\nrefinement = 4\n");
  const std::size_t n = dimension == 1 ? 256 : 32;
  const auto description = problem->description();
  CHECK(description.sample_shape(description.outputs[0]) == (dimension == 1 ? io::Shape{20, n} : io::Shape{20, n, n}));
  const pde::Sample sample = pde::testing::sample_of(*problem, 1);
  const auto energy = [&](std::span<const double> u) {
    double sum = 0;
    for (std::size_t i = 0; i < u.size(); ++i) {
      const std::size_t row = i / n * n, right = row + (i + 1) % n;
      const std::size_t below = (i + n) % u.size();
      const double dx = (u[right] - u[i]) * static_cast<double>(n);
      const double dy = dimension == 1 ? 0 : (u[below] - u[i]) * static_cast<double>(n);
      sum += 0.5e-3 * (dx * dx + dy * dy) + 5.0 / 4 * std::pow(1 - u[i] * u[i], 2);
    }
    return sum / static_cast<double>(u.size());
  };
  const auto outputs = sample["outputs/u"];
  const std::size_t size = sample["inputs/u"].size();
  double before = energy(sample["inputs/u"]);
  for (std::size_t t = 0; t < 20; ++t) {
    const double after = energy(outputs.subspan(t * size, size));
    CHECK(after < before);
    before = after;
  }
  for (const double u : outputs.subspan(19 * size, size)) CHECK(std::abs(u) < 1.0 + 1e-6);
  CHECK_THROWS_AS(pde::testing::problem_from("allen_cahn", "diffusivity = 1e-6\n"), ConfigError);
}

TEST_CASE("diffusion-reaction samples are those of PDEBench: noise on cells, 100 states up to t = 5, converged") {
  const auto problem = pde::testing::problem_from("diffusion_reaction", "resolution = 32\n");
  const auto description = problem->description();
  CHECK(description.axis("time").values.size() == 100);
  CHECK(description.axis("time").values.back() == 5.0);
  CHECK(description.axis("x").values.front() == -1 + 1.0 / 32);
  CHECK(description.axis("y").boundary_condition == "neumann");
  CHECK(description.attributes.at("diffusivity_v") == io::hdf5::AttributeValue(5e-3));
  const pde::Sample sample = pde::testing::sample_of(*problem, 0);
  double square = 0;
  for (const char* name : {"inputs/u", "inputs/v"})
    for (const double value : sample[name]) square += value * value / 2048;
  CHECK(square == Approx(1).margin(3 * std::sqrt(2.0 / 2048)));
  const auto fine = pde::testing::problem_from("diffusion_reaction", "resolution = 32\nstep = 0.005\n");
  const pde::Sample finer = pde::testing::sample_of(*fine, 0);
  double largest = 0;
  for (const char* name : {"outputs/u", "outputs/v"})
    for (std::size_t i = 0; i < sample[name].size(); ++i)
      largest = std::max(largest, std::abs(sample[name][i] - finer[name][i]));
  CAPTURE(largest);
  CHECK(largest < 1e-4);
}
