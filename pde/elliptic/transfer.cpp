// SPDX-License-Identifier: MIT
#include "pde/elliptic/transfer.h"

namespace floe::pde::detail {
namespace {

/// Products of A P at points between two coarse columns (x) and between two coarse rows (y), by the coarse point.
enum XProduct { x_west, x_east, x_north_west, x_north_east, x_products };
enum YProduct { y_south, y_north, y_north_west, y_north_east, y_south_east, y_products };
enum CoarseRow { c_diagonal, c_east, c_north, c_north_east, c_north_west, coarse_rows };

template <class T>
T ratio(T numerator, T denominator, T scale) {
  return denominator > T(1e-6) * scale ? numerator / denominator : T(0);
}

/// A row of coarse points in natural order into the two halves of a split field.
template <class T>
void scatter_row(const SplitLayout& layout, const T* values, std::ptrdiff_t row, T* field) {
  T* even = field + layout.half(row, 0);
  T* odd = field + layout.half(row, 1);
  for (std::ptrdiff_t k = 0; k < layout.nx / 2; ++k) {
    even[k] = values[2 * k];
    odd[k] = values[2 * k + 1];
  }
  if (layout.nx % 2 == 1) even[layout.nx / 2] = values[layout.nx - 1];
}

template <class T>
void gather_row(const SplitLayout& layout, const T* field, std::ptrdiff_t row, T* values) {
  const T* even = field + layout.half(row, 0);
  const T* odd = field + layout.half(row, 1);
  for (std::ptrdiff_t k = 0; k < layout.nx / 2; ++k) {
    values[2 * k] = even[k];
    values[2 * k + 1] = odd[k];
  }
  if (layout.nx % 2 == 1) values[layout.nx - 1] = even[layout.nx / 2];
}

}  // namespace

template <class T>
Transfer<T>::Transfer(const SplitLayout& fine)
    : fine_(fine), coarse_(coarse_layout()), stride_(fine.count + 2 * guard) {
  const auto table = [&](std::ptrdiff_t rows) { return std::vector<T>(static_cast<std::size_t>(rows * stride_)); };
  const std::ptrdiff_t rows = coarse_.ny + 3;
  for (auto* weights :
       {&x_west_, &x_east_, &y_south_, &y_north_, &c_south_west_, &c_south_east_, &c_north_west_, &c_north_east_})
    *weights = table(rows);
  x_products_.assign(x_products, table(1));
  y_products_.assign(y_products, table(1));
  y_products_above_.assign(y_products, table(1));
  coarse_rows_.assign(coarse_rows, table(1));
}

template <class T>
void Transfer<T>::update(const NinePoint<T>& fine, NinePoint<T>& coarse) {
  if (fine.nine) {
    update_weights<true>(fine);
    update_coarse<true>(fine, coarse);
  } else {
    update_weights<false>(fine);
    update_coarse<false>(fine, coarse);
  }
}

template <class T>
template <bool nine>
void Transfer<T>::update_weights(const NinePoint<T>& a) {
  const SplitLayout& at = a.layout;
  const std::ptrdiff_t count = at.count;
  for (std::ptrdiff_t j = 1; j < at.ny; j += 2) {
    const Couplings<nine, T> c(a, j, 0);
    const T* d = a.diagonal.data() + at.half(j, 0);
    T* west = row(x_west_, j / 2);
    T* east = row(x_east_, j / 2);
#pragma GCC ivdep
    for (std::ptrdiff_t k = 0; k < count; ++k) {
      const T centre = d[k] - c.north(k) - c.south(k);
      west[k] = ratio(c.west(k) + c.north_west(k) + c.south_west(k), centre, d[k]);
      east[k] = ratio(c.east(k) + c.north_east(k) + c.south_east(k), centre, d[k]);
    }
  }
  for (std::ptrdiff_t j = 0; j < at.ny; j += 2) {
    const std::ptrdiff_t m = j / 2;
    {
      const Couplings<nine, T> c(a, j, 1);
      const T* d = a.diagonal.data() + at.half(j, 1);
      T* south = row(y_south_, m);
      T* north = row(y_north_, m);
#pragma GCC ivdep
      for (std::ptrdiff_t k = 0; k < count; ++k) {
        const T centre = d[k] - c.east(k) - c.west(k);
        south[k] = ratio(c.south(k) + c.south_west(k) + c.south_east(k), centre, d[k]);
        north[k] = ratio(c.north(k) + c.north_west(k) + c.north_east(k), centre, d[k]);
      }
    }
    const Couplings<nine, T> c(a, j, 0);
    const T* inverse = a.inverse.data() + at.half(j, 0);
    const T *xw_below = row(x_west_, m - 1), *xe_below = row(x_east_, m - 1);
    const T *xw_above = row(x_west_, m), *xe_above = row(x_east_, m);
    const T *ys = row(y_south_, m), *yn = row(y_north_, m);
    T *sw = row(c_south_west_, m), *se = row(c_south_east_, m);
    T *nw = row(c_north_west_, m), *ne = row(c_north_east_, m);
#pragma GCC ivdep
    for (std::ptrdiff_t k = 0; k < count; ++k) {
      sw[k] = (c.south_west(k) + c.south(k) * xw_below[k] + c.west(k) * ys[k - 1]) * inverse[k];
      se[k] = (c.south_east(k) + c.south(k) * xe_below[k] + c.east(k) * ys[k]) * inverse[k];
      nw[k] = (c.north_west(k) + c.north(k) * xw_above[k] + c.west(k) * yn[k - 1]) * inverse[k];
      ne[k] = (c.north_east(k) + c.north(k) * xe_above[k] + c.east(k) * yn[k]) * inverse[k];
    }
  }
}

template <class T>
template <bool nine>
void Transfer<T>::products_between_columns(const NinePoint<T>& a, std::ptrdiff_t coarse_row) {
  const std::ptrdiff_t j = 2 * coarse_row + 1;
  const Couplings<nine, T> c(a, j, 0);
  const T* d = a.diagonal.data() + a.layout.half(j, 0);
  const T *xw = row(x_west_, coarse_row), *xe = row(x_east_, coarse_row);
  const T *sw = row(c_south_west_, coarse_row + 1), *se = row(c_south_east_, coarse_row + 1);
  const T *nw = row(c_north_west_, coarse_row + 1), *ne = row(c_north_east_, coarse_row + 1);
  const T *nw_below = row(c_north_west_, coarse_row), *ne_below = row(c_north_east_, coarse_row);
  const T *ys = row(y_south_, coarse_row + 1), *yn = row(y_north_, coarse_row + 1);
  const T* yn_below = row(y_north_, coarse_row);
  T *west = x_products_[x_west].data() + guard, *east = x_products_[x_east].data() + guard;
  T *north_west = x_products_[x_north_west].data() + guard, *north_east = x_products_[x_north_east].data() + guard;
#pragma GCC ivdep
  for (std::ptrdiff_t k = 0; k < a.layout.count; ++k) {
    west[k] = d[k] * xw[k] - c.west(k) - c.north(k) * sw[k] - c.south(k) * nw_below[k] - c.north_west(k) * ys[k - 1] -
              c.south_west(k) * yn_below[k - 1];
    east[k] = d[k] * xe[k] - c.east(k) - c.north(k) * se[k] - c.south(k) * ne_below[k] - c.north_east(k) * ys[k] -
              c.south_east(k) * yn_below[k];
    north_west[k] = -c.north(k) * nw[k] - c.north_west(k) * yn[k - 1];
    north_east[k] = -c.north(k) * ne[k] - c.north_east(k) * yn[k];
  }
}

template <class T>
template <bool nine>
void Transfer<T>::products_between_rows(const NinePoint<T>& a, std::ptrdiff_t m, std::vector<std::vector<T>>& out) {
  const std::ptrdiff_t j = 2 * m;
  if (j >= a.layout.ny) {
    for (auto& values : out) values.assign(values.size(), T(0));
    return;
  }
  const Couplings<nine, T> c(a, j, 1);
  const T* d = a.diagonal.data() + a.layout.half(j, 1);
  const T *ys = row(y_south_, m), *yn = row(y_north_, m);
  const T *sw = row(c_south_west_, m), *se = row(c_south_east_, m);
  const T *nw = row(c_north_west_, m), *ne = row(c_north_east_, m);
  const T *xw = row(x_west_, m), *xe = row(x_east_, m);
  const T *xw_below = row(x_west_, m - 1), *xe_below = row(x_east_, m - 1);
  T *south = out[y_south].data() + guard, *north = out[y_north].data() + guard;
  T *north_west = out[y_north_west].data() + guard, *north_east = out[y_north_east].data() + guard;
  T* south_east = out[y_south_east].data() + guard;
#pragma GCC ivdep
  for (std::ptrdiff_t k = 0; k < a.layout.count; ++k) {
    south[k] = d[k] * ys[k] - c.south(k) - c.west(k) * se[k] - c.east(k) * sw[k + 1] -
               c.south_east(k) * xw_below[k + 1] - c.south_west(k) * xe_below[k];
    north[k] = d[k] * yn[k] - c.north(k) - c.west(k) * ne[k] - c.east(k) * nw[k + 1] - c.north_east(k) * xw[k + 1] -
               c.north_west(k) * xe[k];
    north_west[k] = -c.west(k) * nw[k] - c.north_west(k) * xw[k];
    north_east[k] = -c.east(k) * ne[k + 1] - c.north_east(k) * xe[k + 1];
    south_east[k] = -c.east(k) * se[k + 1] - c.south_east(k) * xe_below[k + 1];
  }
}

template <class T>
template <bool nine>
void Transfer<T>::update_coarse(const NinePoint<T>& a, NinePoint<T>& coarse) {
  products_between_rows<nine>(a, 0, y_products_above_);
  for (std::ptrdiff_t r = 0; r < coarse_.ny; ++r) {
    y_products_.swap(y_products_above_);
    products_between_rows<nine>(a, r + 1, y_products_above_);
    products_between_columns<nine>(a, r);
    const std::ptrdiff_t j = 2 * r + 1;
    const Couplings<nine, T> c(a, j, 1);
    const T* d = a.diagonal.data() + a.layout.half(j, 1);
    const T *xw = row(x_west_, r), *xe = row(x_east_, r);
    const T *ys = row(y_south_, r + 1), *yn = row(y_north_, r + 1), *yn_below = row(y_north_, r);
    const T *sw = row(c_south_west_, r + 1), *se = row(c_south_east_, r + 1);
    const T *nw = row(c_north_west_, r + 1), *ne = row(c_north_east_, r + 1);
    const T *nw_below = row(c_north_west_, r), *ne_below = row(c_north_east_, r);
    const auto x = [&](XProduct which) { return x_products_[which].data() + guard; };
    const auto below = [&](YProduct which) { return y_products_[which].data() + guard; };
    const auto above = [&](YProduct which) { return y_products_above_[which].data() + guard; };
    const T *px_w = x(x_west), *px_e = x(x_east), *px_nw = x(x_north_west), *px_ne = x(x_north_east);
    const T *pb_n = below(y_north), *pb_ne = below(y_north_east);
    const T *pa_s = above(y_south), *pa_n = above(y_north), *pa_nw = above(y_north_west);
    const T *pa_ne = above(y_north_east), *pa_se = above(y_south_east);
    const auto out = [&](CoarseRow which) { return coarse_rows_[which].data() + guard; };
    T *diagonal = out(c_diagonal), *east = out(c_east), *north = out(c_north);
    T *north_east = out(c_north_east), *north_west = out(c_north_west);
#pragma GCC ivdep
    for (std::ptrdiff_t k = 0; k < a.layout.count; ++k) {
      diagonal[k] = d[k] - c.west(k) * xe[k] - c.east(k) * xw[k + 1] - c.north(k) * ys[k] - c.south(k) * yn_below[k] -
                    c.north_east(k) * sw[k + 1] - c.north_west(k) * se[k] - c.south_east(k) * nw_below[k + 1] -
                    c.south_west(k) * ne_below[k] + xe[k] * px_e[k] + xw[k + 1] * px_w[k + 1] + yn_below[k] * pb_n[k] +
                    ys[k] * pa_s[k];
      east[k] = c.east(k) * xe[k + 1] + c.north_east(k) * se[k + 1] + c.south_east(k) * ne_below[k + 1] -
                xw[k + 1] * px_e[k + 1] - yn_below[k] * pb_ne[k] - ys[k] * pa_se[k];
      north[k] = c.north(k) * yn[k] + c.north_east(k) * nw[k + 1] + c.north_west(k) * ne[k] - xe[k] * px_ne[k] -
                 xw[k + 1] * px_nw[k + 1] - ys[k] * pa_n[k];
      north_east[k] = c.north_east(k) * ne[k + 1] - xw[k + 1] * px_ne[k + 1] - ys[k] * pa_ne[k];
      north_west[k] = c.north_west(k) * nw[k] - xe[k] * px_nw[k] - ys[k] * pa_nw[k];
    }
    const std::ptrdiff_t last = coarse_.nx - 1;
    east[last] = north_east[last] = north_west[0] = T(0);
    if (r + 1 == coarse_.ny)
      for (T* values : {north, north_east, north_west}) std::fill_n(values, a.layout.count, T(0));
    scatter_row(coarse_, diagonal, r, coarse.diagonal.data());
    scatter_row(coarse_, east, r, coarse.east.data());
    scatter_row(coarse_, north, r, coarse.north.data());
    scatter_row(coarse_, north_east, r, coarse.north_east.data());
    scatter_row(coarse_, north_west, r, coarse.north_west.data());
  }
  coarse.inverse = (coarse.diagonal > T(0)).select(T(1) / coarse.diagonal, T(0));
}

template <class T>
void Transfer<T>::restrict_residual(const T* residual, bool red_only, T* coarse) {
  T* sum = coarse_rows_[0].data() + guard;
  for (std::ptrdiff_t r = 0; r < coarse_.ny; ++r) {
    const auto half = [&](std::ptrdiff_t j, int p) { return residual + fine_.half(j, p); };
    const std::ptrdiff_t j = 2 * r + 1;
    const T* at = half(j, 1);
    const T *below = half(j - 1, 0), *above = half(j + 1, 0);
    const T *ne_below = row(c_north_east_, r), *nw_below = row(c_north_west_, r);
    const T *se = row(c_south_east_, r + 1), *sw = row(c_south_west_, r + 1);
#pragma GCC ivdep
    for (std::ptrdiff_t k = 0; k < fine_.count; ++k)
      sum[k] =
          at[k] + ne_below[k] * below[k] + nw_below[k + 1] * below[k + 1] + se[k] * above[k] + sw[k + 1] * above[k + 1];
    if (!red_only) {
      const T *beside = half(j, 0), *south = half(j - 1, 1), *north = half(j + 1, 1);
      const T *xe = row(x_east_, r), *xw = row(x_west_, r), *yn = row(y_north_, r), *ys = row(y_south_, r + 1);
#pragma GCC ivdep
      for (std::ptrdiff_t k = 0; k < fine_.count; ++k)
        sum[k] += xe[k] * beside[k] + xw[k + 1] * beside[k + 1] + yn[k] * south[k] + ys[k] * north[k];
    }
    scatter_row(coarse_, sum, r, coarse);
  }
}

template <class T>
void Transfer<T>::interpolate(const T* coarse, bool red_only, T* fine) {
  // Two rows of coarse values in natural order; what lies beyond their ends is met by zero weights.
  std::vector<T>*below = &coarse_rows_[0], *above = &coarse_rows_[1];
  std::fill(below->begin(), below->end(), T(0));
  std::fill(above->begin(), above->end(), T(0));
  for (std::ptrdiff_t m = 0; 2 * m < fine_.ny; ++m) {
    std::swap(below, above);
    if (m < coarse_.ny) {
      gather_row(coarse_, coarse, m, above->data() + guard);
    } else {
      std::fill(above->begin(), above->end(), T(0));
    }
    const T *s = below->data() + guard, *n = above->data() + guard;
    const T *sw = row(c_south_west_, m), *se = row(c_south_east_, m);
    const T *nw = row(c_north_west_, m), *ne = row(c_north_east_, m);
    T* even = fine + fine_.half(2 * m, 0);
#pragma GCC ivdep
    for (std::ptrdiff_t k = 0; k < fine_.count; ++k)
      even[k] += sw[k] * s[k - 1] + se[k] * s[k] + nw[k] * n[k - 1] + ne[k] * n[k];
    if (!red_only) {
      const T *ys = row(y_south_, m), *yn = row(y_north_, m);
      T* odd = fine + fine_.half(2 * m, 1);
#pragma GCC ivdep
      for (std::ptrdiff_t k = 0; k < fine_.count; ++k) odd[k] += ys[k] * s[k] + yn[k] * n[k];
    }
    if (m >= coarse_.ny) continue;
    T* kept = fine + fine_.half(2 * m + 1, 1);
    for (std::ptrdiff_t k = 0; k < coarse_.nx; ++k) kept[k] += n[k];
    if (!red_only) {
      const T *xw = row(x_west_, m), *xe = row(x_east_, m);
      T* between = fine + fine_.half(2 * m + 1, 0);
#pragma GCC ivdep
      for (std::ptrdiff_t k = 0; k < fine_.count; ++k) between[k] += xw[k] * n[k - 1] + xe[k] * n[k];
    }
  }
}

template class Transfer<float>;
template class Transfer<double>;

}  // namespace floe::pde::detail
