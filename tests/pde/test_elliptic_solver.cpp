// SPDX-License-Identifier: MIT
#include <Eigen/SparseCholesky>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "pde/elliptic/elliptic_solver.h"
#include "pde/elliptic/multigrid.h"
#include "random/stream.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::pde;

namespace {

// Random face coefficients exp(spread N(0, 1)) with a zero boundary value on every side.
FivePointSystem random_system(std::size_t nx, std::size_t ny, double spread, random::Stream& stream) {
  FivePointSystem system(nx, ny);
  const auto face = [&] { return std::exp(spread * stream.normal()); };
  for (std::size_t j = 0; j < ny; ++j) {
    for (std::size_t i = 0; i < nx; ++i) {
      const std::size_t at = system.index(i, j);
      const double east = face(), north = face();
      system.diagonal[at] += east + north;
      if (i + 1 < nx) {
        system.east[at] = east;
        system.diagonal[at + 1] += east;
      }
      if (j + 1 < ny) {
        system.north[at] = north;
        system.diagonal[at + nx] += north;
      }
      if (i == 0) system.diagonal[at] += face();
      if (j == 0) system.diagonal[at] += face();
    }
  }
  return system;
}

Eigen::SparseMatrix<double> sparse(const FivePointSystem& system) {
  std::vector<Eigen::Triplet<double>> entries;
  const auto couple = [&](std::size_t a, std::size_t b, double value) {
    entries.emplace_back(static_cast<int>(a), static_cast<int>(b), -value);
    entries.emplace_back(static_cast<int>(b), static_cast<int>(a), -value);
  };
  for (std::size_t j = 0; j < system.ny; ++j) {
    for (std::size_t i = 0; i < system.nx; ++i) {
      const std::size_t at = system.index(i, j);
      entries.emplace_back(static_cast<int>(at), static_cast<int>(at), system.diagonal[at]);
      if (i + 1 < system.nx) couple(at, at + 1, system.east[at]);
      if (j + 1 < system.ny) couple(at, at + system.nx, system.north[at]);
    }
  }
  const auto n = static_cast<Eigen::Index>(system.points());
  Eigen::SparseMatrix<double> matrix(n, n);
  matrix.setFromTriplets(entries.begin(), entries.end());
  return matrix;
}

}  // namespace

TEST_CASE("the elliptic solver agrees with a sparse Cholesky factorisation on grids of every kind of size") {
  random::Stream stream(random::make_key(3, "test elliptic"), 0);
  for (const auto& [nx, ny] : std::vector<std::pair<std::size_t, std::size_t>>{{1, 1},
                                                                               {1, 9},
                                                                               {2, 2},
                                                                               {5, 5},
                                                                               {6, 6},
                                                                               {7, 6},
                                                                               {31, 32},
                                                                               {33, 17},
                                                                               {64, 64},
                                                                               {127, 40},
                                                                               {7, 200},
                                                                               {90, 4}}) {
    const FivePointSystem system = random_system(nx, ny, 1.0, stream);
    std::vector<double> f(nx * ny), u(nx * ny);
    stream.fill_normal(f);
    EllipticSolver solver(nx, ny, {.tolerance = 1e-13});
    const EllipticSolveReport report = solver.solve(system, f, u);
    INFO("nx " << nx << ", ny " << ny << ", iterations " << report.iterations);
    const Eigen::Map<Eigen::VectorXd> right(f.data(), static_cast<Eigen::Index>(f.size()));
    const Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> factor(sparse(system));
    const Eigen::VectorXd exact = factor.solve(right);
    const Eigen::Map<Eigen::VectorXd> found(u.data(), exact.size());
    // The condition number stays below 1e5 here.
    CHECK((found - exact).norm() < 1e-8 * exact.norm());
    std::vector<double> image;
    system.apply(u, image);
    const Eigen::Map<Eigen::VectorXd> left(image.data(), exact.size());
    CHECK((left - right).norm() <= 1.01e-13 * right.norm());
    CHECK(report.iterations <= 40);
  }
}

TEST_CASE("the multigrid cycle is a symmetric positive definite operator") {
  random::Stream stream(random::make_key(4, "test elliptic"), 0);
  const SplitLayout layout(23, 18);
  const FivePointSystem system = random_system(23, 18, 1.5, stream);
  detail::Multigrid<double> multigrid(layout);
  auto& a = multigrid.finest();
  split(layout, system.diagonal.data(), a.diagonal.data());
  a.inverse = (a.diagonal > 0.0).select(1.0 / a.diagonal, 0.0);
  split(layout, system.east.data(), a.east.data());
  split(layout, system.north.data(), a.north.data());
  multigrid.update();
  const auto cycle = [&](const std::vector<double>& f) {
    split(layout, f.data(), multigrid.right_hand_side().data());
    std::vector<double> u(f.size());
    join(layout, multigrid.cycle().data(), u.data());
    return Eigen::VectorXd(Eigen::Map<Eigen::VectorXd>(u.data(), static_cast<Eigen::Index>(u.size())));
  };
  std::vector<double> f(system.points()), g(system.points());
  for (int trial = 0; trial < 5; ++trial) {
    stream.fill_normal(f);
    stream.fill_normal(g);
    const Eigen::VectorXd mf = cycle(f), mg = cycle(g);
    const Eigen::Map<Eigen::VectorXd> ff(f.data(), mf.size()), gg(g.data(), mg.size());
    CHECK(gg.dot(mf) == Approx(ff.dot(mg)).epsilon(1e-10).margin(1e-10));
    CHECK(ff.dot(mf) > 0.0);
  }
}

TEST_CASE("a cycle of multigrid reduces the error as much on a fine grid as on a coarse one") {
  for (const std::size_t n : {31u, 64u, 255u}) {
    FivePointSystem system(n, n);
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t i = 0; i < n; ++i) {
        system.diagonal[system.index(i, j)] = 4.0;
        system.east[system.index(i, j)] = i + 1 < n ? 1.0 : 0.0;
        system.north[system.index(i, j)] = j + 1 < n ? 1.0 : 0.0;
      }
    }
    std::vector<double> f(n * n, 1.0), u(n * n);
    const EllipticSolveReport report = EllipticSolver(n, n).solve(system, f, u);
    INFO("n " << n);
    CHECK(report.iterations <= 12);
    CHECK(report.relative_residual <= 1e-10);
  }
}

TEST_CASE("the elliptic solver says what is wrong") {
  FivePointSystem system(4, 4);
  std::vector<double> f(16, 1.0), u(16);
  EllipticSolver solver(4, 4);
  CHECK_THROWS_AS(solver.solve(system, f, u), NumericalError);
  std::vector<double> wrong(15);
  CHECK_THROWS_AS(solver.solve(system, wrong, u), ShapeError);
  CHECK_THROWS_AS(EllipticSolver(0, 4), ShapeError);
  CHECK_THROWS_AS(EllipticSolver(4, 4, {.tolerance = 0.0}), ConfigError);
  random::Stream stream(random::make_key(5, "test elliptic"), 0);
  const FivePointSystem hard = random_system(40, 40, 1.0, stream);
  std::vector<double> ones(1600, 1.0), v(1600);
  CHECK_THROWS_WITH(EllipticSolver(40, 40, {.max_iterations = 2}).solve(hard, ones, v),
                    ContainsSubstring("after 2 iterations") && ContainsSubstring("use a coefficient of smaller contrast"));
}

TEST_CASE("a right-hand side of zero gives zero") {
  random::Stream stream(random::make_key(6, "test elliptic"), 0);
  const FivePointSystem system = random_system(12, 12, 1.0, stream);
  std::vector<double> f(144, 0.0), u(144, 7.0);
  EllipticSolver(12, 12).solve(system, f, u);
  for (const double value : u) CHECK(value == 0.0);
}
