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

/// out = A u; returns u . A u.
double apply(const NinePoint<double>& a, const SplitField<double>& u, SplitField<double>& out) {
  double total = 0.0;
  for (std::ptrdiff_t row = 0; row < a.layout.ny; ++row) {
    for (int p = 0; p < 2; ++p) {
      const std::ptrdiff_t at = a.layout.half(row, p);
      const double *d = a.diagonal.data() + at, *value = u.data() + at;
      double* result = out.data() + at;
      detail::for_half_row<false>(a, u.data(), row, p,
                                  [=](std::ptrdiff_t k, double sum) { result[k] = d[k] * value[k] - sum; });
      total += (u.segment(at, a.layout.count) * out.segment(at, a.layout.count)).sum();
    }
  }
  return total;
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
  split(s.a.layout, right_hand_side.data(), s.r.data());
  s.x.setZero();
  EllipticSolveReport report;
  const double scale = std::sqrt(s.r.square().sum());
  if (scale == 0.0) {
    join(s.a.layout, s.x.data(), u.data());
    return report;
  }
  convert(s.a, s.multigrid.finest());
  s.multigrid.update();

  // The residual is scaled to one, so that float32 holds it whatever the units.
  double rz = 0.0;
  double norm = scale, restarted_at = HUGE_VAL;
  const auto fail = [&] {
    throw NumericalError(fmt::format(
        "a relative residual of {:.2g} after {} iterations of conjugate gradients ({:.2g} was asked for); use a "
        "coefficient of smaller contrast, or a larger tolerance",
        norm / scale, report.iterations, options_.tolerance));
  };
  while (true) {
    s.multigrid.right_hand_side() = (s.r * (1.0 / norm)).cast<Fast>();
    const SplitField<Fast>& z = s.multigrid.cycle();
    const double new_rz = norm * (s.r * z.cast<double>()).sum();
    const double beta = rz > 0.0 ? new_rz / rz : 0.0;
    rz = new_rz;
    s.p = norm * z.cast<double>() + beta * s.p * (beta > 0.0 ? 1.0 : 0.0);
    const double curvature = apply(s.a, s.p, s.q);
    if (!(curvature > 0.0) || !(rz > 0.0)) fail();
    const double alpha = rz / curvature;
    s.x += alpha * s.p;
    s.r -= alpha * s.q;
    norm = std::sqrt(s.r.square().sum());
    ++report.iterations;
    if (!std::isfinite(norm)) fail();
    if (norm <= 0.5 * options_.tolerance * scale) {
      // The true residual decides.
      apply(s.a, s.x, s.q);
      split(s.a.layout, right_hand_side.data(), s.r.data());
      s.r -= s.q;
      norm = std::sqrt(s.r.square().sum());
      if (norm <= options_.tolerance * scale) break;
      if (norm > 0.5 * restarted_at) fail();  // rounding forbids more
      restarted_at = norm;
      rz = 0.0;  // a new start from the true residual
    }
    if (report.iterations >= options_.max_iterations) fail();
  }
  report.relative_residual = norm / scale;
  join(s.a.layout, s.x.data(), u.data());
  return report;
}

}  // namespace floe::pde
