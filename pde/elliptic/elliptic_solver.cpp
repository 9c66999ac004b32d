// SPDX-License-Identifier: MIT
#include "pde/elliptic/elliptic_solver.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "pde/elliptic/multigrid.h"

namespace floe::pde {
namespace {

/// What the preconditioner computes in.
using Fast = float;
using detail::NinePoint;

void load(const FivePointSystem& system, NinePoint<double>& a) {
  split(a.layout, system.diagonal.data(), a.diagonal.data());
  split(a.layout, system.east.data(), a.east.data());
  split(a.layout, system.north.data(), a.north.data());
}

template <class T>
void convert(const NinePoint<double>& from, NinePoint<T>& to) {
  to.diagonal = from.diagonal.cast<T>();
  to.inverse = (to.diagonal > T(0)).select(T(1) / to.diagonal, T(0));
  to.east = from.east.cast<T>();
  to.north = from.north.cast<T>();
}

/// Calls body(segment of a field) for every half row: what it reads and writes stays in the first-level cache.
template <class Body>
void for_half_rows(const SplitLayout& layout, std::ptrdiff_t row, const Body& body) {
  for (int p = 0; p < 2; ++p) body(layout.half(row, p));
}

/// One row of out = A u; returns its part of u . A u.
double apply_row(const NinePoint<double>& a, const SplitField<double>& u, std::ptrdiff_t row, SplitField<double>& out) {
  double total = 0.0;
  for (int p = 0; p < 2; ++p) {
    const std::ptrdiff_t at = a.layout.half(row, p);
    const double *d = a.diagonal.data() + at, *value = u.data() + at;
    double* result = out.data() + at;
    detail::for_half_row<false>(a, u.data(), row, p,
                                [=](std::ptrdiff_t k, double sum) { result[k] = d[k] * value[k] - sum; });
    total += (u.segment(at, a.layout.count) * out.segment(at, a.layout.count)).sum();
  }
  return total;
}

/// p = z + beta p, then q = A p one row behind; returns p . A p.
double advance_direction(const NinePoint<double>& a, const SplitField<Fast>& z, double beta, SplitField<double>& p,
                         SplitField<double>& q) {
  const std::ptrdiff_t count = a.layout.count;
  double curvature = 0.0;
  for (std::ptrdiff_t row = 0; row <= a.layout.ny; ++row) {
    if (row < a.layout.ny)
      for_half_rows(a.layout, row, [&](std::ptrdiff_t at) {
        p.segment(at, count) = z.segment(at, count).template cast<double>() + beta * p.segment(at, count);
      });
    if (row > 0) curvature += apply_row(a, p, row - 1, q);
  }
  return curvature;
}

}  // namespace

void EllipticSolverOptions::validate() const {
  if (!(tolerance > 0.0 && tolerance < 1.0))
    throw ConfigError(fmt::format("tolerance = {} (a relative residual lies between 0 and 1); use 1e-10", tolerance));
  if (max_iterations < 1)
    throw ConfigError(fmt::format("max_iterations = {} (a solve takes at least one); use 200", max_iterations));
}

struct EllipticSolver::State {
  explicit State(const SplitLayout& layout)
      : a(layout, false), x(a.zero()), r(a.zero()), p(a.zero()), q(a.zero()), multigrid(layout) {}

  NinePoint<double> a;
  SplitField<double> x, r, p, q;
  detail::Multigrid<Fast> multigrid;
};

EllipticSolver::EllipticSolver(std::size_t nx, std::size_t ny, const EllipticSolverOptions& options)
    : options_(options) {
  options.validate();
  if (nx < 1 || ny < 1)
    throw ShapeError(
        fmt::format("a grid of {} by {} unknowns (there is nothing to solve for); use a finer grid", nx, ny));
  state_ = std::make_unique<State>(SplitLayout(static_cast<std::ptrdiff_t>(nx), static_cast<std::ptrdiff_t>(ny)));
}

EllipticSolver::~EllipticSolver() = default;
EllipticSolver::EllipticSolver(EllipticSolver&&) noexcept = default;
EllipticSolver& EllipticSolver::operator=(EllipticSolver&&) noexcept = default;

EllipticSolveReport EllipticSolver::solve(const FivePointSystem& system, std::span<const double> right_hand_side,
                                          std::span<double> u) {
  State& s = *state_;
  const auto nx = static_cast<std::size_t>(s.a.layout.nx), ny = static_cast<std::size_t>(s.a.layout.ny);
  if (system.nx != nx || system.ny != ny || right_hand_side.size() != nx * ny || u.size() != nx * ny)
    throw ShapeError(
        fmt::format("a system of {} by {} points with {} values (the solver was made for {} by {}); make "
                    "one of that size",
                    system.nx, system.ny, right_hand_side.size(), nx, ny));
  load(system, s.a);
  s.x.setZero();
  s.p.setZero();
  split(s.a.layout, right_hand_side.data(), s.r.data());
  EllipticSolveReport report;
  const double scale = std::sqrt(s.r.square().sum());
  if (scale == 0.0) {
    join(s.a.layout, s.x.data(), u.data());
    return report;
  }
  // Everything is scaled to a right-hand side of norm one, which float32 holds whatever the units.
  s.r *= 1.0 / scale;
  s.multigrid.right_hand_side() = s.r.cast<Fast>();
  convert(s.a, s.multigrid.finest());
  s.multigrid.update();

  const std::ptrdiff_t count = s.a.layout.count;
  double rz = 0.0, norm = 1.0, restarted_at = HUGE_VAL;
  const auto fail = [&] {
    throw NumericalError(fmt::format(
        "a relative residual of {:.2g} after {} iterations of conjugate gradients ({:.2g} was asked for); use a "
        "coefficient of smaller contrast, or a larger tolerance",
        norm, report.iterations, options_.tolerance));
  };
  while (true) {
    const SplitField<Fast>& z = s.multigrid.cycle();
    double new_rz = 0.0;
    for (std::ptrdiff_t row = 0; row < s.a.layout.ny; ++row)
      for_half_rows(s.a.layout, row, [&](std::ptrdiff_t at) {
        new_rz += (s.r.segment(at, count) * z.segment(at, count).template cast<double>()).sum();
      });
    const double curvature = advance_direction(s.a, z, rz > 0.0 ? new_rz / rz : 0.0, s.p, s.q);
    rz = new_rz;
    if (!(curvature > 0.0) || !(rz > 0.0)) fail();
    const double alpha = rz / curvature;
    double square = 0.0;
    SplitField<Fast>& next = s.multigrid.right_hand_side();
    for (std::ptrdiff_t row = 0; row < s.a.layout.ny; ++row)
      for_half_rows(s.a.layout, row, [&](std::ptrdiff_t at) {
        s.x.segment(at, count) += alpha * s.p.segment(at, count);
        s.r.segment(at, count) -= alpha * s.q.segment(at, count);
        next.segment(at, count) = s.r.segment(at, count).template cast<Fast>();
        square += s.r.segment(at, count).square().sum();
      });
    norm = std::sqrt(square);
    ++report.iterations;
    if (!std::isfinite(norm)) fail();
    if (norm <= 0.5 * options_.tolerance) {
      // The true residual decides.
      for (std::ptrdiff_t row = 0; row < s.a.layout.ny; ++row) apply_row(s.a, s.x, row, s.q);
      split(s.a.layout, right_hand_side.data(), s.r.data());
      s.r = s.r * (1.0 / scale) - s.q;
      norm = std::sqrt(s.r.square().sum());
      if (norm <= options_.tolerance) break;
      if (norm > 0.5 * restarted_at) fail();  // rounding forbids more
      restarted_at = norm;
      rz = 0.0;  // a new start from the true residual
      next = s.r.cast<Fast>();
    }
    if (report.iterations >= options_.max_iterations) fail();
  }
  report.relative_residual = norm;
  s.x *= scale;
  join(s.a.layout, s.x.data(), u.data());
  return report;
}

}  // namespace floe::pde
