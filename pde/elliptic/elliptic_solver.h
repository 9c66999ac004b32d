// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "pde/elliptic/five_point_system.h"

namespace floe::pde {

struct EllipticSolverOptions {
  /// |f - A u| / |f| in the Euclidean norm, measured from the solution itself.
  double tolerance = 1e-10;
  int max_iterations = 200;

  /// Throws ConfigError.
  void validate() const;
};

struct EllipticSolveReport {
  int iterations = 0;
  double relative_residual = 0.0;
};

/// Solves five-point systems of one size by conjugate gradients in float64, preconditioned by one multigrid V-cycle in
/// float32 (multigrid.h). Every size works, odd or even; the number of iterations hardly depends on it, nor on jumps of
/// the coefficient. Nothing is allocated by solve() beyond the coarsest factorisation. Not to be shared between
/// threads.
class EllipticSolver final {
 public:
  EllipticSolver(std::size_t nx, std::size_t ny, const EllipticSolverOptions& options = {});
  ~EllipticSolver();
  EllipticSolver(EllipticSolver&&) noexcept;
  EllipticSolver& operator=(EllipticSolver&&) noexcept;

  /// A u = right_hand_side, both row-major. Throws ShapeError for another size, NumericalError if the tolerance is not
  /// reached or the operator is not positive definite.
  EllipticSolveReport solve(const FivePointSystem& system, std::span<const double> right_hand_side,
                            std::span<double> u);

 private:
  struct State;
  EllipticSolverOptions options_;
  std::unique_ptr<State> state_;
};

}  // namespace floe::pde
