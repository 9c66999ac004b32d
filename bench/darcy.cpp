// SPDX-License-Identifier: MIT
// Elliptic solves against their limits and a peer. A solve of n by n unknowns with piecewise-constant coefficients (a
// factor of four) to a relative residual of 1e-10:
//
//   iteration_over_bound  the time of one iteration of conjugate gradients with its V-cycle over that of moving
//                         bytes_per_point bytes per point at the triad bandwidth of the same working set
//   ldlt_over_solve       the time of Eigen's LDL^T with a known ordering (numerical factorisation and triangular
//   solves)
//                         over that of the whole solve, multigrid set-up included
//
// bytes_per_point counts what one iteration must read and write once per sweep: in float64 the operator (24) with p (8)
// and q (8), updates of x, r and p and the norm (72), conversions between float32 and float64 (24); in float32 on the
// finest grid pre-smoothing (28), residual (12), post-smoothing (40), interpolation and restriction (16); two fifths of
// the float32 part once more for the coarser grids, whose operators have nine points.
#include <benchmark/benchmark.h>

#include <Eigen/SparseCholesky>
#include <cmath>
#include <vector>

#include "machine_limits.h"
#include "pde/darcy/coefficient.h"
#include "pde/darcy/darcy_system.h"
#include "pde/elliptic/elliptic_solver.h"

namespace {

using namespace floe;
using namespace floe::pde;

constexpr double bytes_per_point = 24 + 8 + 8 + 72 + 24 + 1.4 * (28 + 12 + 40 + 16);

struct Case {
  explicit Case(std::size_t n) : unknowns(n - 2), system(unknowns, unknowns), f(unknowns * unknowns), u(f.size()) {
    std::vector<double> a(n * n);
    DarcyCoefficient coefficient({}, {.points = static_cast<int>(n), .boundary = Boundary::dirichlet});
    random::Stream stream(random::make_key(1, "bench darcy"), 0);
    coefficient(stream, a);
    assemble_darcy(a, n, Centring::vertex, FaceRule::arithmetic, system);
    assemble_darcy_source(std::vector<double>(n * n, 1.0), n, Centring::vertex, f);
  }
  std::size_t unknowns;
  FivePointSystem system;
  std::vector<double> f, u;
};

Eigen::SparseMatrix<double> sparse(const FivePointSystem& system) {
  std::vector<Eigen::Triplet<double>> entries;
  for (std::size_t j = 0; j < system.ny; ++j) {
    for (std::size_t i = 0; i < system.nx; ++i) {
      const auto at = static_cast<int>(system.index(i, j)), above = static_cast<int>(system.index(i, j + 1));
      entries.emplace_back(at, at, system.diagonal[system.index(i, j)]);
      if (i + 1 < system.nx) entries.emplace_back(at + 1, at, -system.east[system.index(i, j)]);
      if (j + 1 < system.ny) entries.emplace_back(above, at, -system.north[system.index(i, j)]);
    }
  }
  const auto n = static_cast<Eigen::Index>(system.points());
  Eigen::SparseMatrix<double> matrix(n, n);
  matrix.setFromTriplets(entries.begin(), entries.end());
  return matrix;
}

void solve(benchmark::State& state) {
  Case c(static_cast<std::size_t>(state.range(0)));
  EllipticSolver solver(c.unknowns, c.unknowns);
  EllipticSolveReport report;
  double shortest = 1e9;
  for (auto _ : state)
    shortest = std::min(shortest, bench::shortest_seconds(1, [&] { report = solver.solve(c.system, c.f, c.u); }));
  const double points = static_cast<double>(c.f.size());
  const double bandwidth = bench::triad_bandwidth(static_cast<std::size_t>(points * 100.0));
  state.counters["iterations"] = report.iterations;
  state.counters["milliseconds"] = 1e3 * shortest;
  state.counters["iteration_over_bound"] = shortest / report.iterations / (points * bytes_per_point / bandwidth);
}
BENCHMARK(solve)->Arg(85)->Arg(241)->Arg(421)->Arg(512)->Unit(benchmark::kMillisecond);

void cholesky(benchmark::State& state) {
  Case c(static_cast<std::size_t>(state.range(0)));
  EllipticSolver solver(c.unknowns, c.unknowns);
  const Eigen::SparseMatrix<double> matrix = sparse(c.system);
  Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> factor;
  factor.analyzePattern(matrix);
  const Eigen::Map<Eigen::VectorXd> f(c.f.data(), static_cast<Eigen::Index>(c.f.size()));
  Eigen::VectorXd u;
  double ldlt = 1e9, multigrid = 1e9;
  for (auto _ : state) {
    ldlt = std::min(ldlt, bench::shortest_seconds(1, [&] {
                      factor.factorize(matrix);
                      u = factor.solve(f);
                    }));
    multigrid = std::min(multigrid, bench::shortest_seconds(1, [&] { solver.solve(c.system, c.f, c.u); }));
  }
  state.counters["milliseconds"] = 1e3 * ldlt;
  state.counters["ldlt_over_solve"] = ldlt / multigrid;
}
BENCHMARK(cholesky)->Arg(85)->Arg(241)->Arg(421)->Unit(benchmark::kMillisecond);

}  // namespace
