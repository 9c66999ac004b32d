// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "pde/grid_transform.h"

namespace floe::pde {

/// How -Laplace acts on a grid.
enum class LaplaceMethod {
  spectral,          ///< by the wavenumbers: exact for sums of the eigenfunctions that the grid resolves
  finite_difference  ///< three points along each axis, second order
};

/// Solves -Laplace u = f on a box in one to four dimensions, each axis periodic, Neumann (no flux) or Dirichlet (zero),
/// at vertices or at cell centres, directly in the eigenfunctions of the Laplacian: O(N log N).
///
/// The three-point Laplacian is (-u[i-1] + 2 u[i] - u[i+1]) / h^2 with, at Neumann ends, the mirror image (u[-1] = u[1]
/// at vertices, u[-1] = u[0] at cells) and at Dirichlet ends of cells u[-1] = -u[0]. Its eigenvalues are
/// (4 / h^2) sin^2(k h / 2) in place of k^2. Buzbee, Golub, Nielson, SIAM J. Numer. Anal. 7 (1970) 627.
///
/// Without a Dirichlet axis the equation has solutions only if f has no mean: it is taken off, and u has mean zero.
/// Means are those of the quadrature under which the eigenfunctions are orthogonal (at Neumann vertices the
/// trapezoidal rule).
///
/// Owns a buffer: one object per thread.
class PoissonSolver final {
 public:
  /// Throws ConfigError for an axis that cannot be.
  explicit PoissonSolver(std::vector<GridAxis> axes, LaplaceMethod method = LaplaceMethod::finite_difference);

  /// f and u hold one number per point, the last axis fastest, and may be the same memory. Values of f at Dirichlet
  /// vertices do not count; u is zero there. Gives back the mean that was taken off f (0 where there is a Dirichlet
  /// axis). Throws ShapeError.
  double operator()(std::span<const double> f, std::span<double> u);

  const std::vector<GridAxis>& axes() const { return grid_.axes(); }
  std::size_t size() const { return grid_.size(); }

 private:
  GridTransform grid_;
  std::vector<double> factors_;  ///< one over the eigenvalue and the scale; 0 for the constant
  std::vector<double> coefficients_;
  bool constant_mode_ = true;
};

}  // namespace floe::pde
