// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace floe::pde {

struct HelmholtzSolveReport {
  int corrections = 0;  ///< steps after the first solve
  double relative_residual = 0.0;
};

/// The Helmholtz equation on the unit square with Neumann conditions,
///
///     (-Laplace - q(x)) u = f,    du/dn = g on the upper side (y = 1), du/dn = 0 on the others,    q = omega^2 / c^2,
///
/// on n by n points including the boundary, spacing h = 1 / (n - 1). With the stiffness matrix K and the mass matrix
/// M = h tridiag(1, 10, 1) / 12 of one direction (halved at the ends) and S = M x M it is Numerov's method in two
/// dimensions,
///
///     (K x M + M x K) u - S (q u) = S f + [M g - h^2 (M (q g) - K g) / 12] on the upper side,
///
/// of fourth order where q, f and g are smooth and q and f have no normal derivative on the boundary; a plane wave is
/// off in phase by (k h)^4 / 480 of a radian per radian or less. S (q u) makes the matrix unsymmetric in the fourth
/// order; a factorisation LDL^T of the symmetric matrix with q^(1/2) S q^(1/2) instead gives the solution after a few
/// steps of defect correction. Where that does not converge, near a resonance, a sparse LU factorisation does it.
///
/// Owns ordering and buffers: one object per thread.
class HelmholtzSolver final {
 public:
  /// Throws ShapeError for fewer than 3 points.
  explicit HelmholtzSolver(std::size_t n);
  ~HelmholtzSolver();
  HelmholtzSolver(HelmholtzSolver&&) noexcept;
  HelmholtzSolver& operator=(HelmholtzSolver&&) noexcept;

  /// q, f and u are (y, x), g is (x); q is positive. Throws ShapeError, and NumericalError for a matrix that is
  /// singular (a resonance) or a residual |b - A u| / |b| above the tolerance.
  HelmholtzSolveReport solve(std::span<const double> q, std::span<const double> f, std::span<const double> g,
                             std::span<double> u, double tolerance = 1e-10);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace floe::pde
