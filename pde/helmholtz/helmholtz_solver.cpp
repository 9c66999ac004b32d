// SPDX-License-Identifier: MIT
#include "pde/helmholtz/helmholtz_solver.h"

#include <fmt/format.h>

#include <Eigen/SparseCholesky>
#include <Eigen/SparseLU>
#include <cmath>

#include "base/error.h"

namespace floe::pde {
namespace {

using Index = Eigen::Index;
using Matrix = Eigen::SparseMatrix<double>;
constexpr int max_corrections = 30;

/// Entries (i, i + step) of stiffness and mass matrix of n points.
struct Line {
  Index n;
  double h = 1.0 / static_cast<double>(n - 1);

  bool end(Index i) const { return i == 0 || i == n - 1; }
  double stiffness(Index i, Index step) const { return (step != 0 ? -1.0 : end(i) ? 1.0 : 2.0) / h; }
  double mass(Index i, Index step) const { return (step != 0 ? 1.0 : end(i) ? 5.0 : 10.0) * h / 12.0; }
};

/// body(row, column, laplacian entry, mass entry) over the nine-point pattern, columns in order within each row.
template <class Body>
void for_entries(const Line& line, const Body& body) {
  const Index n = line.n;
  for (Index j = 0; j < n; ++j)
    for (Index i = 0; i < n; ++i)
      for (Index b = std::max<Index>(j - 1, 0); b <= std::min(j + 1, n - 1); ++b)
        for (Index a = std::max<Index>(i - 1, 0); a <= std::min(i + 1, n - 1); ++a)
          body(j * n + i, b * n + a,
               line.stiffness(i, a - i) * line.mass(j, b - j) + line.mass(i, a - i) * line.stiffness(j, b - j),
               line.mass(i, a - i) * line.mass(j, b - j));
}

}  // namespace

struct HelmholtzSolver::State {
  explicit State(Index points) : line{points}, symmetric(points * points, points * points) {
    std::vector<Eigen::Triplet<double>> entries;
    for_entries(line, [&](Index row, Index column, double l, double m) {
      entries.emplace_back(row, column, 1.0);
      laplacian.push_back(l);
      mass.push_back(m);
    });
    symmetric.setFromTriplets(entries.begin(), entries.end());
    unsymmetric = symmetric;
    factor.analyzePattern(symmetric);
  }

  /// Both matrices are filled by columns in their order; the pattern and the two tables are symmetric.
  void assemble(std::span<const double> q) {
    std::size_t entry = 0;
    for (Index column = 0; column < symmetric.cols(); ++column) {
      Matrix::InnerIterator same(symmetric, column), other(unsymmetric, column);
      const double here = q[static_cast<std::size_t>(column)];
      for (; same; ++same, ++other, ++entry) {
        const double there = q[static_cast<std::size_t>(same.row())];
        same.valueRef() = laplacian[entry] - mass[entry] * std::sqrt(here * there);
        other.valueRef() = laplacian[entry] - mass[entry] * here;
      }
    }
  }

  void assemble_source(std::span<const double> q, std::span<const double> f, std::span<const double> g) {
    const Index n = line.n;
    b.setZero(n * n);
    std::size_t entry = 0;
    for (Index column = 0; column < symmetric.cols(); ++column)
      for (Matrix::InnerIterator at(symmetric, column); at; ++at, ++entry)
        b[at.row()] += mass[entry] * f[static_cast<std::size_t>(column)];
    const double correction = line.h * line.h / 12.0;
    for (Index i = 0; i < n; ++i) {
      for (Index a = std::max<Index>(i - 1, 0); a <= std::min(i + 1, n - 1); ++a) {
        const double value = g[static_cast<std::size_t>(a)], top = q[static_cast<std::size_t>((n - 1) * n + a)];
        b[(n - 1) * n + i] +=
            line.mass(i, a - i) * value * (1.0 - correction * top) + correction * line.stiffness(i, a - i) * value;
      }
    }
  }

  Line line;
  Matrix symmetric, unsymmetric;
  std::vector<double> laplacian, mass;
  Eigen::SimplicialLDLT<Matrix> factor;
  Eigen::VectorXd b, x, residual;
};

HelmholtzSolver::HelmholtzSolver(std::size_t n) {
  if (n < 3)
    throw ShapeError(fmt::format("a grid of {0} by {0} points (the equation needs 3 per direction); use more", n));
  state_ = std::make_unique<State>(static_cast<Index>(n));
}

HelmholtzSolver::~HelmholtzSolver() = default;
HelmholtzSolver::HelmholtzSolver(HelmholtzSolver&&) noexcept = default;
HelmholtzSolver& HelmholtzSolver::operator=(HelmholtzSolver&&) noexcept = default;

HelmholtzSolveReport HelmholtzSolver::solve(std::span<const double> q, std::span<const double> f,
                                            std::span<const double> g, std::span<double> u, double tolerance) {
  State& s = *state_;
  const auto n = static_cast<std::size_t>(s.line.n);
  if (q.size() != n * n || f.size() != n * n || g.size() != n || u.size() != n * n)
    throw ShapeError(
        fmt::format("{} coefficients, {} sources, {} boundary values and {} unknowns (a grid of {} by {} "
                    "points has {}, and {} on a side); give as many",
                    q.size(), f.size(), g.size(), u.size(), n, n, n * n, n));
  s.assemble(q);
  s.assemble_source(q, f, g);
  Eigen::Map<Eigen::VectorXd> out(u.data(), s.b.size());
  HelmholtzSolveReport report;
  const double scale = s.b.norm();
  if (scale == 0.0) {
    out.setZero();
    return report;
  }
  const auto measure = [&] {
    s.residual = s.b - s.unsymmetric * s.x;
    report.relative_residual = s.residual.norm() / scale;
    return report.relative_residual <= tolerance;
  };
  const auto done = [&] {
    out = s.x;
    return report;
  };
  s.factor.factorize(s.symmetric);
  if (s.factor.info() == Eigen::Success) {
    s.x = s.factor.solve(s.b);
    double previous = HUGE_VAL;
    while (!measure() && report.relative_residual < 0.5 * previous && report.corrections < max_corrections) {
      previous = report.relative_residual;
      s.x += s.factor.solve(s.residual);
      ++report.corrections;
    }
    if (report.relative_residual <= tolerance) return done();
  }
  Eigen::SparseLU<Matrix, Eigen::COLAMDOrdering<int>> lu;
  lu.compute(s.unsymmetric);
  if (lu.info() == Eigen::Success) {
    s.x = lu.solve(s.b);
    if (!measure()) {
      s.x += lu.solve(s.residual);
      measure();
    }
    if (report.relative_residual <= tolerance) return done();
  }
  throw NumericalError(
      fmt::format("the Helmholtz equation is close to a resonance (a relative residual of {:.2g} where "
                  "{:.2g} was asked for); change omega a little",
                  report.relative_residual, tolerance));
}

}  // namespace floe::pde
