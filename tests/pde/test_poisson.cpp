// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"
#include "pde/poisson/poisson_solver.h"
#include "problem_sample.h"
#include "random/stream.h"
#include "support/catch.h"

using namespace floe;
using pde::Boundary;
using pde::GridAxis;
using pde::LaplaceMethod;
using pde::Placement;
using pde::PoissonSolver;
using pde::testing::problem_from;
using pde::testing::sample_of;

namespace {

constexpr double pi = std::numbers::pi;

const std::vector<GridAxis> kinds = {
    {.points = 1, .boundary = Boundary::periodic, .placement = Placement::vertices, .length = 2},
    {.points = 1, .boundary = Boundary::neumann, .placement = Placement::vertices, .length = 1},
    {.points = 1, .boundary = Boundary::neumann, .placement = Placement::cells, .length = 0.5},
    {.points = 1, .boundary = Boundary::dirichlet, .placement = Placement::vertices, .length = 1},
    {.points = 1, .boundary = Boundary::dirichlet, .placement = Placement::cells, .length = 3}};

GridAxis with_points(GridAxis axis, int points) {
  axis.points = points;
  return axis;
}

bool end_is_zero(const GridAxis& axis, int i) {
  return axis.boundary == Boundary::dirichlet && axis.placement == Placement::vertices &&
         (i == 0 || i + 1 == axis.points);
}

/// -u'' at point i by three points, with the values beyond the ends as the header says.
double three_points(const GridAxis& axis, const std::vector<double>& u, int i) {
  const int n = axis.points;
  const auto at = [&](int j) {
    double sign = 1;
    if (axis.boundary == Boundary::periodic) {
      j = (j + n) % n;
    } else if (j < 0 || j >= n) {
      if (axis.placement == Placement::cells) {
        j = j < 0 ? -1 - j : 2 * n - 1 - j;
        if (axis.boundary == Boundary::dirichlet) sign = -1;
      } else {
        j = j < 0 ? -j : 2 * (n - 1) - j;
      }
    }
    return sign * u[static_cast<std::size_t>(j)];
  };
  return (2 * at(i) - at(i - 1) - at(i + 1)) / (axis.spacing() * axis.spacing());
}

/// An exact solution on [0, L], not a finite sum of eigenfunctions, and its -u''.
struct Exact {
  double u;
  double f;
};
Exact exact(const GridAxis& axis, double x) {
  const double k = 2 * pi / axis.length;
  const double s = x / axis.length;
  const double square = axis.length * axis.length;
  switch (axis.boundary) {
    case Boundary::periodic:
    case Boundary::neumann: {  // exp(cos kx): even about both ends as well as periodic
      const double e = std::exp(std::cos(k * x));
      return {e, -k * k * e * (std::pow(std::sin(k * x), 2) - std::cos(k * x))};
    }
    case Boundary::dirichlet:
      break;
  }
  return {s * (1 - s) * std::exp(s), std::exp(s) * s * (s + 3) / square};
}

/// Largest error of the solution, both taken without their mean where there is no Dirichlet end.
double error_of(const GridAxis& axis, LaplaceMethod method) {
  PoissonSolver solve({axis}, method);
  std::vector<double> f, u, want;
  for (const double x : axis.coordinates()) {
    f.push_back(exact(axis, x).f);
    want.push_back(exact(axis, x).u);
  }
  u.resize(f.size());
  solve(f, u);
  if (axis.boundary != Boundary::dirichlet) {
    double difference = 0;
    double weight = 0;
    for (std::size_t i = 0; i < u.size(); ++i) {
      const bool half =
          axis.boundary == Boundary::neumann && axis.placement == Placement::vertices && (i == 0 || i + 1 == u.size());
      difference += (half ? 0.5 : 1) * (want[i] - u[i]);
      weight += half ? 0.5 : 1;
    }
    for (double& v : want) v -= difference / weight;
  }
  double worst = 0;
  for (std::size_t i = 0; i < u.size(); ++i) worst = std::max(worst, std::abs(u[i] - want[i]));
  return worst;
}

}  // namespace

TEST_CASE("finite differences: the solution satisfies the equations of the grid") {
  for (const GridAxis& kind : kinds) {
    for (const int points : {4, 7}) {
      const GridAxis axis = with_points(kind, points);
      PoissonSolver solve({axis});
      std::vector<double> f(static_cast<std::size_t>(points));
      random::Stream(random::make_key(1, "poisson test"), 4).fill_normal(f);
      std::vector<double> u(f.size());
      const double mean = solve(f, u);
      INFO(to_string(axis.boundary) << ", points " << points);
      if (axis.boundary == Boundary::dirichlet) CHECK(mean == 0);
      for (int i = 0; i < points; ++i) {
        const auto at = static_cast<std::size_t>(i);
        if (end_is_zero(axis, i)) {
          CHECK(u[at] == 0);
        } else {
          CHECK(three_points(axis, u, i) == Approx(f[at] - mean).margin(1e-11));
        }
      }
    }
  }
}

TEST_CASE("finite differences in two dimensions with any pair of boundaries") {
  for (const GridAxis& first : kinds) {
    for (const GridAxis& second : kinds) {
      const GridAxis x = with_points(first, 5);
      const GridAxis y = with_points(second, 6);
      PoissonSolver solve({x, y});
      std::vector<double> f(30);
      random::Stream(random::make_key(1, "poisson test"), 5).fill_normal(f);
      std::vector<double> u(f.size());
      const double mean = solve(f, u);
      double worst = 0;
      for (int i = 0; i < 5; ++i) {
        for (int j = 0; j < 6; ++j) {
          const auto at = static_cast<std::size_t>(6 * i + j);
          if (end_is_zero(x, i) || end_is_zero(y, j)) {
            CHECK(u[at] == 0);
            continue;
          }
          std::vector<double> column, row;
          for (int k = 0; k < 5; ++k) column.push_back(u[static_cast<std::size_t>(6 * k + j)]);
          for (int k = 0; k < 6; ++k) row.push_back(u[static_cast<std::size_t>(6 * i + k)]);
          worst = std::max(worst, std::abs(three_points(x, column, i) + three_points(y, row, j) - f[at] + mean));
        }
      }
      CHECK(worst < 1e-11);
    }
  }
}

TEST_CASE("finite differences are of second order, wavenumbers of any") {
  for (const GridAxis& kind : kinds) {
    const int ends = kind.boundary != Boundary::periodic && kind.placement == Placement::vertices ? 1 : 0;
    const double coarse = error_of(with_points(kind, 64 + ends), LaplaceMethod::finite_difference);
    const double fine = error_of(with_points(kind, 128 + ends), LaplaceMethod::finite_difference);
    INFO(to_string(kind.boundary) << ", cells " << (kind.placement == Placement::cells) << ": " << coarse << ", "
                                  << fine);
    CHECK(std::log2(coarse / fine) == Approx(2).margin(0.05));
    // The coefficients of exp(cos kx) fall faster than any power; a Dirichlet forcing that does not vanish at the ends
    // has coefficients as 1/k, so u as 1/k^3 and its sum as 1/k^2.
    const double spectral = error_of(with_points(kind, 64 + ends), LaplaceMethod::spectral);
    if (kind.boundary == Boundary::dirichlet) {
      CHECK(spectral < 1e-3);
    } else {
      CHECK(spectral < 1e-12);
    }
  }
}

TEST_CASE(
    "sines and cosines in two and three dimensions, exact by wavenumbers and with the known factor by differences") {
  const int n = 12;
  const GridAxis x{.points = n + 1, .boundary = Boundary::dirichlet};
  const GridAxis y{.points = n, .boundary = Boundary::neumann, .placement = Placement::cells, .length = 2};
  const GridAxis z{.points = n, .length = 3};
  const double kx = 2 * pi, ky = 3 * pi / 2, kz = 2 * pi / 3;
  std::vector<double> f;
  std::vector<double> want;
  for (const double a : x.coordinates()) {
    for (const double b : y.coordinates()) {
      for (const double c : z.coordinates()) {
        want.push_back(std::sin(kx * a) * std::cos(ky * b) * std::sin(kz * c));
        f.push_back((kx * kx + ky * ky + kz * kz) * want.back());
      }
    }
  }
  const auto discrete = [](double k, double h) { return std::pow(2 / h * std::sin(k * h / 2), 2); };
  const double factor = (kx * kx + ky * ky + kz * kz) /
                        (discrete(kx, x.spacing()) + discrete(ky, y.spacing()) + discrete(kz, z.spacing()));
  std::vector<double> u(f.size());
  PoissonSolver({x, y, z}, LaplaceMethod::spectral)(f, u);
  for (std::size_t i = 0; i < u.size(); ++i) CHECK(u[i] == Approx(want[i]).margin(1e-13));
  PoissonSolver({x, y, z})(f, f);  // in place
  for (std::size_t i = 0; i < u.size(); ++i) CHECK(f[i] == Approx(factor * want[i]).margin(1e-13));
}

TEST_CASE("in one dimension with Dirichlet ends the solution is the sum over Green's function") {
  // Three-point differences reproduce it at the points: u_i = h sum_j G(x_i, x_j) f_j.
  const auto problem = problem_from("poisson", "dimension = 1\nresolution = 33\nforcing_boundary = \"neumann\"\n");
  const pde::Sample sample = sample_of(*problem, 3);
  const auto f = sample["inputs/forcing"];
  const auto u = sample["outputs/solution"];
  double largest = 0;
  for (std::size_t i = 0; i < 33; ++i) {
    double sum = 0;
    for (std::size_t j = 1; j < 32; ++j) {
      const double x = static_cast<double>(i) / 32;
      const double y = static_cast<double>(j) / 32;
      sum += std::min(x, y) * (1 - std::max(x, y)) * f[j] / 32;
    }
    CHECK(u[i] == Approx(sum).margin(1e-14));
    largest = std::max(largest, std::abs(u[i]));
  }
  CHECK(largest > 1e-3);
  CHECK(std::abs(f[0]) > 1e-3);
}

TEST_CASE("poisson samples on finer grids approach the same solution") {
  const auto coarse = sample_of(*problem_from("poisson", "resolution = 17\nmodes = 6\n"), 9);
  const auto fine = sample_of(*problem_from("poisson", "resolution = 65\nmodes = 6\n"), 9);
  const auto exact = sample_of(*problem_from("poisson", "resolution = 17\nmodes = 6\nmethod = \"spectral\"\n"), 9);
  double forcing = 0, far = 0, near = 0;
  for (std::size_t i = 0; i < 17; ++i) {
    for (std::size_t j = 0; j < 17; ++j) {
      const std::size_t a = 17 * i + j;
      const std::size_t b = 4 * (65 * i + j);
      forcing = std::max(forcing, std::abs(coarse["inputs/forcing"][a] - fine["inputs/forcing"][b]));
      far = std::max(far, std::abs(coarse["outputs/solution"][a] - exact["outputs/solution"][a]));
      near = std::max(near, std::abs(fine["outputs/solution"][b] - exact["outputs/solution"][a]));
    }
  }
  CHECK(forcing < 1e-13);
  CHECK(far / near == Approx(16).epsilon(0.15));  // second order: (64/16)^2, up to (k h)^2 / 4 of the highest modes
}

TEST_CASE("every boundary of the poisson problem, and what it refuses") {
  for (const char* boundary : {"neumann", "periodic"}) {
    const auto problem = problem_from("poisson", "resolution = 16\nboundary = \"" + std::string(boundary) + "\"\n");
    const auto sample = sample_of(*problem, 0);
    CHECK(problem->description().axes[0].boundary_condition == boundary);
    CHECK(*std::ranges::max_element(sample["outputs/solution"]) > 0);
  }
  CHECK_THROWS_WITH(problem_from("poisson", "resolution = 2\n"), ContainsSubstring("too few points"));
  CHECK_THROWS_WITH(problem_from("poisson", "boundary = \"periodic\"\nplacement = \"cells\"\n"),
                    ContainsSubstring("take placement vertices"));
  PoissonSolver solve(std::vector<GridAxis>{{.points = 4}});
  std::vector<double> f(4), u(5);
  CHECK_THROWS_AS(solve(f, u), ShapeError);
}
