// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace floe::operators {

/// Numbers that always begin at a multiple of the widest vector. Eigen's products round differently for other places in
/// memory; results, and with them a resumed training, would depend on what was allocated before.
template <class T>
using AlignedVector = std::vector<T, Eigen::aligned_allocator<T>>;

/// How many Fourier modes of an axis take part: k = -(n / 2), ..., n - n / 2 - 1 on every axis but the last, which has
/// k = 0, ..., n - 1 (the others follow, since fields are real).
struct ModeCounts {
  std::vector<std::int64_t> per_axis{};

  std::int64_t axes() const { return static_cast<std::int64_t>(per_axis.size()); }
  /// The number of all modes.
  std::int64_t total() const;
  /// The first k of an axis.
  std::int64_t first(std::int64_t axis) const;
};

/// The few lowest Fourier modes of real fields as products with small matrices, one axis after the other:
///
///   analyse:     X(k) = sum_x a_k x(x) exp(-i theta),      theta = 2 pi sum_a k_a x_a / n_a
///   synthesise:  x(x) = sum_k a_k Re(X(k) exp(i theta))
///
/// with the same real factors a_k: each is the transpose of the other, so that one is the gradient of the other. Axis a
/// costs 2 (2 k_max + 1) n_a operations per value; there is no restriction on n_a (primes, odd sizes). Fields are
/// (batch, axes..., channels) and spectra (mode, part, batch, channels) with part 0 the real and 1 the imaginary one;
/// modes in C order over the axes. Samples are computed in parallel.
///
/// T is float or double.
template <class T>
class TruncatedTransform final {
 public:
  /// For fields on `grid`; `factors` are the a_k, as products over the axes of factors[axis][k - first].
  TruncatedTransform(std::vector<std::int64_t> grid, ModeCounts modes, const std::vector<std::vector<double>>& factors);

  void analyse(const T* field, std::int64_t batch, std::int64_t channels, T* spectrum) const;
  void synthesise(const T* spectrum, std::int64_t batch, std::int64_t channels, T* field) const;

  const std::vector<std::int64_t>& grid() const { return grid_; }
  const ModeCounts& modes() const { return modes_; }

 private:
  /// One axis: rows cos(k x), k = 0 ... k_max, then sin(k x), k = 1 ... k_max; (rows, points).
  struct Axis {
    std::int64_t rows = 0;
    std::int64_t points = 0;
    AlignedVector<T> basis{};
  };
  /// One part of one mode is a sum of products of sines and cosines with coefficients.
  struct Term {
    std::int64_t product;
    T coefficient;
  };

  void make_axes();
  void make_terms(const std::vector<std::vector<double>>& factors);

  std::vector<std::int64_t> grid_;
  ModeCounts modes_;
  std::vector<Axis> axes_;
  std::int64_t products_ = 1;
  std::int64_t terms_per_part_ = 1;
  std::vector<Term> terms_;  ///< (mode, part, terms_per_part_)
};

extern template class TruncatedTransform<float>;
extern template class TruncatedTransform<double>;

}  // namespace floe::operators
