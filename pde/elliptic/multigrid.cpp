// SPDX-License-Identifier: MIT
#include "pde/elliptic/multigrid.h"

#include <algorithm>

#include "base/error.h"

namespace floe::pde::detail {
namespace {

/// u = (f + neighbours) / diagonal on one half of one row.
template <bool nine, class T>
void relax(const NinePoint<T>& a, const T* f, T* u, std::ptrdiff_t row, int p) {
  const std::ptrdiff_t at = a.layout.half(row, p);
  const T* inverse = a.inverse.data() + at;
  const T* source = f + at;
  T* out = u + at;
  for_half_row<nine>(a, u, row, p, [=](std::ptrdiff_t k, T sum) { out[k] = (source[k] + sum) * inverse[k]; });
}

template <class T>
void relax_from_zero(const NinePoint<T>& a, const T* f, T* u, std::ptrdiff_t row, int p) {
  const std::ptrdiff_t at = a.layout.half(row, p);
  for (std::ptrdiff_t k = at; k < at + a.layout.count; ++k) u[k] = f[k] * a.inverse[k];
}

/// One sweep over the four colours (row parity, column parity) of a nine-point operator.
template <class T>
void sweep_colours(const NinePoint<T>& a, const T* f, T* u, bool backward) {
  for (int step = 0; step < 4; ++step) {
    const int colour = backward ? 3 - step : step;
    for (std::ptrdiff_t row = colour / 2; row < a.layout.ny; row += 2) relax<true>(a, f, u, row, colour % 2);
  }
}

template <class T>
void residual_of(const NinePoint<T>& a, const T* f, const T* u, T* residual) {
  for (std::ptrdiff_t row = 0; row < a.layout.ny; ++row) {
    for (int p = 0; p < 2; ++p) {
      const std::ptrdiff_t at = a.layout.half(row, p);
      const T *d = a.diagonal.data() + at, *source = f + at, *value = u + at;
      T* out = residual + at;
      for_half_row<true>(a, u, row, p, [=](std::ptrdiff_t k, T sum) { out[k] = source[k] + sum - d[k] * value[k]; });
    }
  }
}

/// The half of a row whose points have even column plus row; black is the other.
int red(std::ptrdiff_t row) {
  return static_cast<int>(row & 1);
}

}  // namespace

template <class T>
Multigrid<T>::Multigrid(const SplitLayout& finest) {
  SplitLayout layout = finest;
  levels_.emplace_back(layout, false);
  while (std::min(layout.nx, layout.ny) > coarsest) {
    layout = levels_.back().transfer.coarse_layout();
    levels_.emplace_back(layout, true);
  }
}

template <class T>
void Multigrid<T>::update() {
  for (std::size_t l = 0; l + 1 < levels_.size(); ++l) levels_[l].transfer.update(levels_[l].a, levels_[l + 1].a);
  factorise();
}

template <class T>
const SplitField<T>& Multigrid<T>::cycle() {
  cycle(0);
  return levels_.front().u;
}

template <class T>
void Multigrid<T>::cycle(std::size_t l) {
  if (l + 1 == levels_.size()) {
    solve_coarsest();
    return;
  }
  Level& fine = levels_[l];
  Level& coarse = levels_[l + 1];
  if (l == 0) {
    sweep_finest_from_zero(fine);
  } else {
    fine.u.setZero();
    sweep_colours(fine.a, fine.f.data(), fine.u.data(), false);
    residual_of(fine.a, fine.f.data(), fine.u.data(), fine.residual.data());
  }
  fine.transfer.restrict_residual(fine.residual.data(), l == 0, coarse.f.data());
  cycle(l + 1);
  fine.transfer.interpolate(coarse.u.data(), l == 0, fine.u.data());
  if (l == 0) {
    sweep_finest_back(fine);
  } else {
    sweep_colours(fine.a, fine.f.data(), fine.u.data(), true);
  }
}

/// Red, then black, one row behind; then the residual, zero on black and the sum of the neighbours' new values on red.
template <class T>
void Multigrid<T>::sweep_finest_from_zero(Level& level) {
  const NinePoint<T>& a = level.a;
  T* u = level.u.data();
  const std::ptrdiff_t ny = a.layout.ny;
  for (std::ptrdiff_t row = 0; row < ny + 2; ++row) {
    if (row < ny) relax_from_zero(a, level.f.data(), u, row, red(row));
    if (row >= 1 && row - 1 < ny) relax<false>(a, level.f.data(), u, row - 1, 1 - red(row - 1));
    if (row >= 2) {
      T* out = level.residual.data() + a.layout.half(row - 2, red(row - 2));
      for_half_row<false>(a, u, row - 2, red(row - 2), [=](std::ptrdiff_t k, T sum) { out[k] = sum; });
    }
  }
}

/// Black, then red, one row behind.
template <class T>
void Multigrid<T>::sweep_finest_back(Level& level) {
  const NinePoint<T>& a = level.a;
  const std::ptrdiff_t ny = a.layout.ny;
  for (std::ptrdiff_t row = 0; row <= ny; ++row) {
    if (row < ny) relax<false>(a, level.f.data(), level.u.data(), row, 1 - red(row));
    if (row >= 1) relax<false>(a, level.f.data(), level.u.data(), row - 1, red(row - 1));
  }
}

template <class T>
void Multigrid<T>::factorise() {
  const NinePoint<T>& a = levels_.back().a;
  const SplitLayout& at = a.layout;
  const Eigen::Index points = at.nx * at.ny;
  std::vector<Eigen::Triplet<double>> entries;
  entries.reserve(static_cast<std::size_t>(9 * points));
  const auto add = [&](const SplitField<T>& coupling, std::ptrdiff_t i, std::ptrdiff_t j, std::ptrdiff_t to_i,
                       std::ptrdiff_t to_j) {
    if (to_i < 0 || to_i >= at.nx || to_j >= at.ny) return;
    const double value = -static_cast<double>(coupling[at.element(i, j)]);
    entries.emplace_back(j * at.nx + i, to_j * at.nx + to_i, value);
    entries.emplace_back(to_j * at.nx + to_i, j * at.nx + i, value);
  };
  for (std::ptrdiff_t j = 0; j < at.ny; ++j) {
    for (std::ptrdiff_t i = 0; i < at.nx; ++i) {
      entries.emplace_back(j * at.nx + i, j * at.nx + i, static_cast<double>(a.diagonal[at.element(i, j)]));
      add(a.east, i, j, i + 1, j);
      add(a.north, i, j, i, j + 1);
      if (!a.nine) continue;
      add(a.north_east, i, j, i + 1, j + 1);
      add(a.north_west, i, j, i - 1, j + 1);
    }
  }
  const bool first = matrix_.rows() != points;
  matrix_.resize(points, points);
  matrix_.setFromTriplets(entries.begin(), entries.end());
  if (first) factor_.analyzePattern(matrix_);
  factor_.factorize(matrix_);
  if (factor_.info() != Eigen::Success || !(factor_.vectorD().minCoeff() > 0.0))
    throw NumericalError(
        "the discretised operator is not positive definite (a coefficient is not positive, or its range exceeds what "
        "float64 resolves); use a positive coefficient of smaller contrast");
}

template <class T>
void Multigrid<T>::solve_coarsest() {
  Level& level = levels_.back();
  const SplitLayout& at = level.a.layout;
  dense_.resize(at.nx * at.ny);
  join(at, level.f.data(), dense_.data());
  dense_ = factor_.solve(dense_);
  split(at, dense_.data(), level.u.data());
}

template class Multigrid<float>;
template class Multigrid<double>;

}  // namespace floe::pde::detail
