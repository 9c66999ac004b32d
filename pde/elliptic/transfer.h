// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include "pde/elliptic/nine_point.h"

namespace floe::pde::detail {

/// Interpolation from a grid that keeps the points with odd column and odd row, with weights from the operator itself
/// (black box multigrid): between two coarse points along a row the operator is summed over the perpendicular
/// direction, which keeps the flux continuous across jumps of the coefficient; points between four coarse ones satisfy
/// their own equation. Restriction is the transpose, the coarse operator P^T A P.
/// Dendy, J. Comput. Phys. 48 (1982) 366; Alcouffe, Brandt, Dendy, Painter, SIAM J. Sci. Stat. Comput. 2 (1981) 430.
template <class T>
class Transfer final {
 public:
  explicit Transfer(const SplitLayout& fine);

  SplitLayout coarse_layout() const { return {fine_.nx / 2, fine_.ny / 2}; }

  /// The weights, and the coarse operator into `coarse`.
  void update(const NinePoint<T>& fine, NinePoint<T>& coarse);

  /// coarse = P^T residual. `red_only` leaves out the points where column plus row is odd, whose residual is zero after
  /// a sweep over them.
  void restrict_residual(const T* residual, bool red_only, T* coarse);
  /// fine += P coarse, on all points or those where column plus row is even.
  void interpolate(const T* coarse, bool red_only, T* fine);

 private:
  template <bool nine>
  void update_weights(const NinePoint<T>& a);
  template <bool nine>
  void update_coarse(const NinePoint<T>& a, NinePoint<T>& coarse);
  template <bool nine>
  void products_between_columns(const NinePoint<T>& a, std::ptrdiff_t coarse_row);
  template <bool nine>
  void products_between_rows(const NinePoint<T>& a, std::ptrdiff_t m, std::vector<std::vector<T>>& out);

  /// Row m of a table of weights, whose element -1 and `count` exist and are zero.
  T* row(std::vector<T>& table, std::ptrdiff_t m) { return table.data() + (m + 1) * stride_ + guard; }
  const T* row(const std::vector<T>& table, std::ptrdiff_t m) const { return table.data() + (m + 1) * stride_ + guard; }

  static constexpr std::ptrdiff_t guard = 16;

  SplitLayout fine_, coarse_;
  std::ptrdiff_t stride_;
  /// Points of even column and odd row: weights of the coarse points west and east of them.
  std::vector<T> x_west_, x_east_;
  /// Odd column, even row: south and north.
  std::vector<T> y_south_, y_north_;
  /// Even column, even row: the four.
  std::vector<T> c_south_west_, c_south_east_, c_north_west_, c_north_east_;
  /// Rows of A P, and rows of coarse points in their natural order.
  std::vector<std::vector<T>> x_products_, y_products_, y_products_above_, coarse_rows_;
};

extern template class Transfer<float>;
extern template class Transfer<double>;

}  // namespace floe::pde::detail
