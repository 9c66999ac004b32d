// SPDX-License-Identifier: MIT
#include <cmath>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include "../io/python.h"
#include "base/error.h"
#include "config/read.h"
#include "pde/darcy/coefficient.h"
#include "pde/darcy/darcy_system.h"
#include "pde/elliptic/elliptic_solver.h"
#include "pde/registry.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::pde;

namespace {

constexpr double pi = std::numbers::pi;

double point(std::size_t i, std::size_t n, Centring centring) {
  const double shift = centring == Centring::vertex ? 0.0 : 0.5;
  return (static_cast<double>(i) + shift) * darcy_spacing(n, centring);
}

template <class A, class F>
std::vector<double> solve(std::size_t n, Centring centring, FaceRule rule, const A& coefficient, const F& source) {
  std::vector<double> a(n * n), f(n * n), u(n * n);
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < n; ++i) {
      a[j * n + i] = coefficient(point(i, n, centring), point(j, n, centring));
      f[j * n + i] = source(point(i, n, centring), point(j, n, centring));
    }
  }
  const std::size_t m = darcy_unknowns(n, centring);
  FivePointSystem system(m, m);
  std::vector<double> b(m * m), v(m * m);
  assemble_darcy(a, n, centring, rule, system);
  assemble_darcy_source(f, n, centring, b);
  EllipticSolver(m, m, {.tolerance = 1e-12}).solve(system, b, v);
  embed_darcy_solution(v, n, centring, u);
  return u;
}

// The relative error in the L2 norm.
template <class U>
double error(const std::vector<double>& u, std::size_t n, Centring centring, const U& exact) {
  double difference = 0.0, norm = 0.0;
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < n; ++i) {
      const double value = exact(point(i, n, centring), point(j, n, centring));
      difference += (u[j * n + i] - value) * (u[j * n + i] - value);
      norm += value * value;
    }
  }
  return std::sqrt(difference / norm);
}

std::unique_ptr<Problem> problem(const std::string& keys) {
  auto made = make_problem("darcy");
  config::read(config::Document::from_text(keys, "test"),
               config::BindFunction([&](config::Section& section) { made->bind(section); }));
  made->validate();
  return made;
}

}  // namespace

TEST_CASE("Darcy: second order for a smooth coefficient, both centrings and both face rules") {
  // u = sin(pi x) sin(2 pi y), a = exp(x + y / 2) (1.2 + sin(3 x) cos(2 y)).
  const auto exact = [](double x, double y) { return std::sin(pi * x) * std::sin(2 * pi * y); };
  const auto a = [](double x, double y) { return std::exp(x + 0.5 * y) * (1.2 + std::sin(3 * x) * std::cos(2 * y)); };
  const auto f = [&](double x, double y) {
    const double g = 1.2 + std::sin(3 * x) * std::cos(2 * y), e = std::exp(x + 0.5 * y);
    const double ax = e * (g + 3 * std::cos(3 * x) * std::cos(2 * y));
    const double ay = e * (0.5 * g - 2 * std::sin(3 * x) * std::sin(2 * y));
    const double ux = pi * std::cos(pi * x) * std::sin(2 * pi * y);
    const double uy = 2 * pi * std::sin(pi * x) * std::cos(2 * pi * y);
    return 5 * pi * pi * a(x, y) * exact(x, y) - ax * ux - ay * uy;
  };
  for (const Centring centring : {Centring::vertex, Centring::cell}) {
    for (const FaceRule rule : {FaceRule::harmonic, FaceRule::arithmetic}) {
      const std::size_t coarse = centring == Centring::vertex ? 41 : 40, fine = 4 * coarse - (coarse % 2) * 3;
      const double e1 = error(solve(coarse, centring, rule, a, f), coarse, centring, exact);
      const double e2 = error(solve(fine, centring, rule, a, f), fine, centring, exact);
      const double order = std::log(e1 / e2) / std::log(4.0);
      INFO("cell " << (centring == Centring::cell) << " harmonic " << (rule == FaceRule::harmonic) << " errors " << e1
                   << ' ' << e2);
      CHECK(order == Approx(2.0).margin(0.05));
      CHECK(e2 < 1e-3);
    }
  }
}

TEST_CASE("Darcy: two media side by side, one dimension in disguise") {
  // a = 1 for x < 1/2 and 8 beyond, and f such that u = p(x) sin(pi y) with a p' continuous: p is piecewise smooth.
  const double jump = 8.0;
  const auto a = [&](double x, double) { return x < 0.5 ? 1.0 : jump; };
  // Left p = x (b - x), right p = (1 - x) (d + x / 8), so that a p'' = -2 on both sides. At x = 1/2 the values agree if
  // b - 1/2 = d + 1/16, the fluxes if b - 1 = -8 d.
  const double e = 1.0 / jump;
  const double b = (0.5 + 1.5 * e) / (1.0 + e);
  const double d = (1.0 - b) / jump;
  const auto p = [&](double x) { return x < 0.5 ? x * (b - x) : (1.0 - x) * (d + e * x); };
  const auto exact = [&](double x, double y) { return p(x) * std::sin(pi * y); };
  const auto f = [&](double x, double y) { return (2.0 + a(x, y) * pi * pi * p(x)) * std::sin(pi * y); };
  const auto order = [&](std::size_t n, FaceRule rule, Centring centring, std::size_t finer) {
    const double e1 = error(solve(n, centring, rule, a, f), n, centring, exact);
    const double e2 = error(solve(finer, centring, rule, a, f), finer, centring, exact);
    return std::log(e1 / e2) / std::log(4.0);
  };
  // The jump lies on a face of cells: the harmonic mean is exact there, the arithmetic one is off by O(h).
  CHECK(order(32, FaceRule::harmonic, Centring::cell, 128) == Approx(2.0).margin(0.1));
  CHECK(order(32, FaceRule::arithmetic, Centring::cell, 128) == Approx(1.0).margin(0.15));
}

TEST_CASE("Darcy samples: values of the coefficient, boundary, and the equation itself") {
  for (const std::string centring : {"vertex", "cell"}) {
    const auto made = problem("resolution = 38\ncentring = \"" + centring + "\"\nfaces = \"harmonic\"\n");
    Sample sample(made->description());
    made->make_generator(11)->make(3, sample);
    const auto a = sample["inputs/coefficient"];
    const auto u = sample["outputs/solution"];
    int high = 0;
    for (const double value : a) {
      CHECK((value == 12.0 || value == 3.0));
      if (value == 12.0) ++high;
    }
    CHECK(high > 100);
    CHECK(high < 38 * 38 - 100);
    const bool vertex = centring == "vertex";
    double largest = 0.0;
    for (std::size_t j = 1; j < 37; ++j) {
      if (vertex) {
        CHECK(u[j] == 0.0);
        CHECK(u[37 * 38 + j] == 0.0);
        CHECK(u[j * 38] == 0.0);
        CHECK(u[j * 38 + 37] == 0.0);
      }
      for (std::size_t i = 1; i < 37; ++i) {
        const std::size_t at = j * 38 + i;
        double sum = 0.0;
        for (const std::size_t next : {at - 1, at + 1, at - 38, at + 38})
          sum += 2.0 / (1.0 / a[at] + 1.0 / a[next]) * (u[at] - u[next]);
        const double h = vertex ? 1.0 / 37.0 : 1.0 / 38.0;
        largest = std::max(largest, std::abs(sum / (h * h) - 1.0));
      }
    }
    CHECK(largest < 1e-7);
  }
}

TEST_CASE("Darcy samples agree with a sparse solve in SciPy of another assembly") {
  for (const std::string centring : {"vertex", "cell"}) {
    for (const std::string faces : {"harmonic", "arithmetic"}) {
      const std::size_t n = 33;
      const auto made = problem("resolution = 33\ncentring = \"" + centring + "\"\nfaces = \"" + faces +
                                "\"\ncoefficient = \"lognormal\"\nfield.sigma = 12.0\n");
      Sample sample(made->description());
      made->make_generator(2)->make(1, sample);
      const test::Scratch scratch;
      {
        std::ofstream file(scratch / "coefficient.txt");
        file.precision(17);
        for (const double value : sample["inputs/coefficient"]) file << value << '\n';
      }
      if (!test::run_python(scratch, "../pde/darcy.py", "33 " + centring + ' ' + faces)) return;
      std::ifstream file(scratch / "solution.txt");
      const std::size_t first = centring == "vertex" ? 1 : 0;
      double difference = 0.0, norm = 0.0;
      for (std::size_t j = first; j < n - first; ++j) {
        for (std::size_t i = first; i < n - first; ++i) {
          double theirs = std::nan("");
          file >> theirs;
          const double ours = sample["outputs/solution"][j * n + i];
          difference += (ours - theirs) * (ours - theirs);
          norm += theirs * theirs;
        }
      }
      // A residual of 1e-10 times the condition number, below 1e5 on this grid.
      CHECK(std::sqrt(difference / norm) < 1e-8);
    }
  }
}

TEST_CASE("a Darcy sample is the same whoever makes it") {
  const auto made = problem("resolution = 20\ncoefficient = \"lognormal\"\n");
  Sample first(made->description()), second(made->description());
  const auto one = made->make_generator(5), two = made->make_generator(5);
  one->make(0, first);
  one->make(9, first);
  two->make(9, second);
  for (const std::string path : {"inputs/coefficient", "outputs/solution"})
    for (std::size_t i = 0; i < 400; ++i) CHECK(first[path][i] == second[path][i]);
}

TEST_CASE("Darcy on some points of a finer grid is the finer solution there") {
  const auto fine = problem("resolution = 29\n"), some = problem("resolution = 8\nrefinement = 4\n");
  Sample every(fine->description()), stored(some->description());
  CHECK(some->description().axis("x").values == problem("resolution = 8\n")->description().axis("x").values);
  fine->make_generator(3)->make(2, every);
  some->make_generator(3)->make(2, stored);
  for (const std::string path : {"inputs/coefficient", "outputs/solution"}) {
    for (std::size_t i = 0; i < 8; ++i) {
      for (std::size_t j = 0; j < 8; ++j) CHECK(stored[path][i * 8 + j] == every[path][(i * 29 + j) * 4]);
    }
  }
}

TEST_CASE("the multiscale coefficient lies between its bounds and repeats its largest wave") {
  random::Stream stream(random::make_key(1, "test darcy"), 0);
  const MultiscaleFrequencies a = draw_multiscale_frequencies(stream);
  double scale = 1.0;
  for (const double frequency : a) {
    CHECK(frequency >= scale);
    CHECK(frequency <= 1.5 * scale);
    scale *= 2.0;
  }
  // The centre of the square is X = Y = 0: every cosine is one, every sine zero.
  CHECK(multiscale_coefficient(a, 0.5, 0.5) == Approx(std::pow(1.5, 6)));
  CHECK(multiscale_coefficient({1, 2, 4, 8, 16, 32}, 1.0, 0.5) ==
        Approx(0.5 * std::pow(1.5, 5)).epsilon(1e-12));  // X = 1, Y = 0: cos(pi a_k), sin(-3 pi a_k) = 0
  const auto made = problem("resolution = 65\ncoefficient = \"multiscale\"\n");
  Sample sample(made->description());
  made->make_generator(1)->make(0, sample);
  for (const double value : sample["inputs/coefficient"]) {
    CHECK(value > std::pow(0.25, 6));
    CHECK(value < std::pow(2.25, 6));
  }
}

TEST_CASE("Darcy says what is wrong with its keys") {
  CHECK_THROWS_AS(problem("resolution = 2\n"), ConfigError);
  CHECK_THROWS_WITH(problem("low = 0.0\n"), ContainsSubstring("low"));
  CHECK_THROWS_AS(problem("coefficient = \"multiscale\"\nhigh = 3.0\n"), ConfigError);
  CHECK_THROWS_WITH(problem("centring = \"cell\"\nrefinement = 2\n"), ContainsSubstring("centring = \"vertex\" only"));
  CHECK_THROWS_WITH(problem("resolution = 85\nrefinement = 100\n"), ContainsSubstring("make 8401 points"));
}
