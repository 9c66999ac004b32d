// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/read.h"
#include "pde/darcy/masked_system.h"
#include "pde/elliptic/elliptic_solver.h"
#include "pde/registry.h"
#include "problem_sample.h"
#include "support/catch.h"
#include "support/convergence.h"

using namespace floe;
using namespace floe::pde;

namespace {

using Function = std::function<double(double, double)>;

std::vector<double> solve(PlanarDomain domain, std::size_t n, const Function& a, const Function& f) {
  const double h = 1.0 / static_cast<double>(n - 1);
  std::vector<double> coefficient(n * n), source(n * n), u(n * n);
  const MaskedSystem masked(domain, n, FaceRule::harmonic);
  masked.assemble_source(1.0, source);
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < n; ++i) {
      coefficient[j * n + i] = a(h * static_cast<double>(i), h * static_cast<double>(j));
      source[j * n + i] *= f(h * static_cast<double>(i), h * static_cast<double>(j));
    }
  }
  FivePointSystem system(n, n);
  masked.assemble(coefficient, system);
  EllipticSolver(n, n, {.tolerance = 1e-11}).solve(system, source, u);
  return u;
}

// The largest error over the points inside, and a check that it is zero outside.
double largest_error(PlanarDomain domain, int cells, const Function& a, const Function& f, const Function& exact) {
  const auto n = static_cast<std::size_t>(cells) + 1;
  const std::vector<double> u = solve(domain, n, a, f);
  double largest = 0.0;
  bool zero_outside = true;
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = 0; i < n; ++i) {
      const double x = static_cast<double>(i) / cells, y = static_cast<double>(j) / cells;
      if (inside(domain, x, y)) {
        largest = std::max(largest, std::abs(u[j * n + i] - exact(x, y)));
      } else {
        zero_outside = zero_outside && u[j * n + i] == 0.0;
      }
    }
  }
  CHECK(zero_outside);
  return largest;
}

double one(double, double) {
  return 1.0;
}

// The order from grids whose sizes have nothing in common with each other, for the error depends on how they are cut.
double order(PlanarDomain domain, const Function& a, const Function& f, const Function& exact) {
  return test::observed_order({37, 50, 61, 83, 101, 127, 160},
                              [&](int cells) { return largest_error(domain, cells, a, f, exact); });
}

}  // namespace

TEST_CASE("masked Darcy: second order on the disk, u = (R^2 - r^2) / 4") {
  const auto exact = [](double x, double y) { return (0.25 - (x - 0.5) * (x - 0.5) - (y - 0.5) * (y - 0.5)) / 4; };
  CHECK(order(PlanarDomain::disk, one, one, exact) == Approx(2.0).margin(0.3));
  CHECK(largest_error(PlanarDomain::disk, 99, one, one, exact) < 2e-5);
}

TEST_CASE("masked Darcy: second order on the equilateral triangle") {
  // The product of the distances to the three sides over the height.
  const auto exact = [](double x, double y) {
    const double r = std::sqrt(3.0) / 2;
    return y * (r * x - 0.5 * y) * (r * (1 - x) - 0.5 * y) / r;
  };
  CHECK(order(PlanarDomain::triangle, one, one, exact) == Approx(2.0).margin(0.3));
  CHECK(largest_error(PlanarDomain::triangle, 99, one, one, exact) < 2e-5);
}

TEST_CASE("masked Darcy: second order with a varying coefficient, and the square is that of the plain system") {
  // u = R^2 - r^2, a = exp(x - y): f = a (4 + 2 (x - 1/2) - 2 (y - 1/2)).
  const auto a = [](double x, double y) { return std::exp(x - y); };
  const auto exact = [](double x, double y) { return 0.25 - (x - 0.5) * (x - 0.5) - (y - 0.5) * (y - 0.5); };
  const auto f = [&](double x, double y) { return a(x, y) * (4 + 2 * (x - 0.5) - 2 * (y - 0.5)); };
  CHECK(order(PlanarDomain::disk, a, f, exact) == Approx(2.0).margin(0.3));

  const std::size_t n = 40;
  std::vector<double> coefficient(n * n);
  for (std::size_t j = 0; j < n; ++j)
    for (std::size_t i = 0; i < n; ++i)
      coefficient[j * n + i] = a(static_cast<double>(i) / 39.0, static_cast<double>(j) / 39.0);
  const auto masked = solve(PlanarDomain::square, n, a, one);
  FivePointSystem system(n - 2, n - 2);
  std::vector<double> b((n - 2) * (n - 2)), v((n - 2) * (n - 2)), u(n * n);
  assemble_darcy(coefficient, n, Centring::vertex, FaceRule::harmonic, system);
  assemble_darcy_source(std::vector<double>(n * n, 1.0), n, Centring::vertex, b);
  EllipticSolver(n - 2, n - 2, {.tolerance = 1e-12}).solve(system, b, v);
  embed_darcy_solution(v, n, Centring::vertex, u);
  // On the outer links the plain system takes the harmonic mean, the masked one the linear middle: h^2 apart.
  for (std::size_t i = 0; i < n * n; ++i) CHECK(masked[i] == Approx(u[i]).margin(1e-5));
}

TEST_CASE("masked Darcy: domains have the area and symmetry they are described by, and converge") {
  struct Case {
    PlanarDomain domain;
    double area;
  };
  for (const auto& [domain, area] :
       {Case{PlanarDomain::square, 1.0}, Case{PlanarDomain::disk, std::numbers::pi / 4},
        Case{PlanarDomain::triangle, std::sqrt(3.0) / 4}, Case{PlanarDomain::cross_hole, 1 - 0.07},
        Case{PlanarDomain::triangle_hole, 1 - 0.045}, Case{PlanarDomain::l_shape, 0.75}}) {
    const std::size_t n = 397;
    const MaskedSystem masked(domain, n, FaceRule::harmonic);
    double count = 0.0, mirrored = 0.0;
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t i = 0; i < n; ++i) {
        count += masked.mask()[j * n + i];
        mirrored += std::abs(masked.mask()[j * n + i] - masked.mask()[j * n + n - 1 - i]);
      }
    }
    // A layer of half a spacing along a boundary of length below 6 may be missed.
    CHECK(count / (396.0 * 396.0) == Approx(area).margin(3.0 / 396.0));
    CHECK((mirrored == 0.0) == (domain != PlanarDomain::l_shape));
  }
  CHECK(fraction_inside(PlanarDomain::disk, 0.9, 0.5, 1.1, 0.5) == Approx(0.5).epsilon(1e-8));
  CHECK(fraction_inside(PlanarDomain::cross_hole, 0.2, 0.5, 0.4, 0.5) == Approx(0.5).epsilon(1e-8));
}

TEST_CASE("masked Darcy: the L-shape's flux at its corner leaves an order of 4/3") {
  // Reference: the same on a grid four times finer than the finest.
  const auto at_point = [](int cells) {
    const auto n = static_cast<std::size_t>(cells) + 1;
    return solve(PlanarDomain::l_shape, n, one, one)[(n / 4) * n + n / 4];
  };
  const double reference = at_point(512);
  CHECK(test::observed_order({16, 32, 64}, [&](int cells) { return std::abs(at_point(cells) - reference); }) ==
        Approx(4.0 / 3.0).margin(0.35));
}

TEST_CASE("masked Darcy samples follow the recipe") {
  for (const std::string domain : {"disk", "triangle", "cross_hole", "triangle_hole", "l_shape", "square"}) {
    const auto problem = make_problem("masked_darcy");
    config::read(
        config::Document::from_text("domains = [\"" + domain + "\"]\nresolution = 48\nfield.terms = 40\n", "test"),
        config::BindFunction([&](config::Section& section) { problem->bind(section); }));
    problem->validate();
    Sample sample(problem->description());
    problem->make_generator(3)->make(5, sample);
    const auto k = sample["inputs/coefficient"], mask = sample["inputs/mask"], u = sample["outputs/solution"];
    double largest = 0.0, inside_points = 0.0;
    INFO(domain);
    for (std::size_t j = 1; j < 47; ++j) {
      for (std::size_t i = 1; i < 47; ++i) {
        const std::size_t at = j * 48 + i;
        CHECK(k[at] > 0.0);
        CHECK((mask[at] == 1.0) == (u[at] > 0.0));
        bool interior = mask[at] == 1.0;
        double sum = 0.0;
        for (const std::size_t next : {at - 1, at + 1, at - 48, at + 48}) {
          interior = interior && mask[next] == 1.0;
          sum += 2.0 / (1.0 / k[at] + 1.0 / k[next]) * (u[at] - u[next]);
        }
        if (!interior) continue;
        inside_points += 1.0;
        largest = std::max(largest, std::abs(sum * 47 * 47 - 1.0));
      }
    }
    CHECK(inside_points > 500.0);
    CHECK(largest < 1e-6);
  }
}

TEST_CASE("masked Darcy: several domains in one set, each a third of the samples, with the same fields as one alone") {
  const std::string keys = "resolution = 16\nfield.terms = 10\n";
  const auto several = testing::problem_from("masked_darcy", keys + "domains = [\"square\", \"disk\", \"triangle\"]\n");
  const auto logarithm = testing::problem_from("masked_darcy", keys + "domains = [\"disk\"]\nlogarithm = true\n");
  const std::vector<std::string> names{"square", "disk", "triangle"};
  std::vector<int> counts(3);
  for (std::uint64_t index = 0; index < 150; ++index) {
    const Sample sample = testing::sample_of(*several, index);
    const auto domain = static_cast<std::size_t>(sample["parameters/domain"][0]);
    REQUIRE(domain < 3);
    ++counts[domain];
    if (index >= 12) continue;
    const auto alone = testing::problem_from("masked_darcy", keys + "domains = [\"" + names[domain] + "\"]\n");
    const Sample same = testing::sample_of(*alone, index);
    for (const std::string path : {"inputs/coefficient", "inputs/mask", "outputs/solution"})
      CHECK(std::ranges::equal(sample[path], same[path]));
    const Sample log_k = testing::sample_of(*logarithm, index);
    for (std::size_t i = 0; i < 256; ++i)
      CHECK(std::exp(log_k["inputs/log_coefficient"][i]) == sample["inputs/coefficient"][i]);
  }
  // Four standard deviations of 150 draws with probability 1/3.
  for (const int count : counts) CHECK(std::abs(count - 50) < 24);
  CHECK_THROWS_WITH(testing::problem_from("masked_darcy", "domains = [\"disc\"]\n"),
                    ContainsSubstring("unknown domain 'disc'") && ContainsSubstring("disk"));
}

TEST_CASE("masked Darcy: generators share the series of the field until the options change") {
  const auto problem = make_problem("masked_darcy");
  const auto bind = [](Problem& to, const std::string& keys) {
    config::read(config::Document::from_text(keys, "test"),
                 config::BindFunction([&](config::Section& section) { to.bind(section); }));
  };
  const auto solution = [](const Problem& of) {
    Sample sample(of.description());
    of.make_generator(2)->make(1, sample);
    const auto u = sample["outputs/solution"];
    return std::vector<double>(u.begin(), u.end());
  };
  bind(*problem, "resolution = 24\nfield.terms = 10\n");
  const auto first = solution(*problem);
  CHECK(solution(*problem) == first);
  bind(*problem, "resolution = 24\nfield.terms = 10\nfield.length = 0.5\n");
  const auto other = make_problem("masked_darcy");
  bind(*other, "resolution = 24\nfield.terms = 10\nfield.length = 0.5\n");
  CHECK(solution(*problem) == solution(*other));
  CHECK(solution(*problem) != first);
}
