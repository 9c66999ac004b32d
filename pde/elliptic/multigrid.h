// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/SparseCholesky>
#include <vector>

#include "pde/elliptic/nine_point.h"
#include "pde/elliptic/transfer.h"

namespace floe::pde::detail {

/// One V-cycle of geometric multigrid for a symmetric five-point operator, as a preconditioner: a symmetric positive
/// definite approximation of the inverse. Coarse grids keep every second point in both directions, for any size; their
/// operators are P^T A P with interpolation by the operator (transfer.h). One Gauss-Seidel sweep by colours before and
/// one in the opposite order after each correction; the coarsest grid, with at most `coarsest` points in one direction,
/// is solved by Cholesky factorisation.
///
/// Work is in T: float is enough for a preconditioner and halves the memory traffic, which bounds the speed. One cycle
/// on the finest grid reads and writes about 100 bytes per point in float.
template <class T>
class Multigrid final {
 public:
  static constexpr std::ptrdiff_t coarsest = 5;

  explicit Multigrid(const SplitLayout& finest);

  /// The operator of the finest grid, to be filled by the caller: diagonal, inverse, east, north. Then update().
  NinePoint<T>& finest() { return levels_.front().a; }
  /// Weights, coarse operators and the factorisation. Throws NumericalError if the operator is not positive definite.
  void update();

  /// The right-hand side of the next cycle, on the finest grid.
  SplitField<T>& right_hand_side() { return levels_.front().f; }
  /// Approximates A^-1 right_hand_side().
  const SplitField<T>& cycle();

 private:
  struct Level {
    Level(const SplitLayout& layout, bool nine)
        : a(layout, nine), f(a.zero()), u(a.zero()), residual(a.zero()), transfer(layout) {}
    NinePoint<T> a;
    SplitField<T> f, u, residual;
    Transfer<T> transfer;
  };

  void cycle(std::size_t level);
  void sweep_finest_from_zero(Level& level);
  void sweep_finest_back(Level& level);
  void factorise();
  void solve_coarsest();

  std::vector<Level> levels_;
  Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> factor_;
  Eigen::SparseMatrix<double> matrix_;
  Eigen::VectorXd dense_;
};

extern template class Multigrid<float>;
extern template class Multigrid<double>;

}  // namespace floe::pde::detail
