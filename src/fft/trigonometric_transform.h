// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include "fft/real_transform.h"

namespace floe::fft {

/// What a TrigonometricTransform does along one axis of size n: X(k) = sum_j w(j) x(j) f(k, j), k and j from 0 to n
/// - 1. FFTW's name is in brackets. A transform and its inverse multiply by `logical_size`.
enum class Trigonometric {
  dct1,  ///< [REDFT00] x(0) + (-1)^k x(n-1) + 2 sum_{0<j<n-1} x(j) cos(pi j k / (n-1)); its own inverse; n >= 2
  dct2,  ///< [REDFT10] 2 sum_j x(j) cos(pi (j + 1/2) k / n); inverse dct3
  dct3,  ///< [REDFT01] x(0) + 2 sum_{j>0} x(j) cos(pi j (k + 1/2) / n); inverse dct2
  dst1,  ///< [RODFT00] 2 sum_j x(j) sin(pi (j+1) (k+1) / (n+1)); its own inverse
  dst2,  ///< [RODFT10] 2 sum_j x(j) sin(pi (j + 1/2) (k+1) / n); inverse dst3
  dst3,  ///< [RODFT01] (-1)^k x(n-1) + 2 sum_{j<n-1} x(j) sin(pi (j+1) (k + 1/2) / n); inverse dst2
  /// [R2HC] the discrete Fourier transform as reals r_0, r_1, ..., r_{n/2}, i_{(n+1)/2-1}, ..., i_1, where
  /// r_k + i i_k = sum_j x(j) exp(-2 pi i j k / n); inverse half_complex_inverse
  half_complex,
  /// [HC2R] r_0 + sum_{0<k<n/2} 2 (r_k cos(2 pi j k / n) - i_k sin(2 pi j k / n)) + (-1)^j r_{n/2} (n even)
  half_complex_inverse
};

/// The factor by which a transform of this kind of size n, followed by its inverse, multiplies.
int logical_size(Trigonometric kind, int size);
Trigonometric inverse_of(Trigonometric kind);

namespace detail {
template <class T>
class TrigonometricPlans;
}

/// Discrete cosine and sine transforms, and Fourier transforms in real form, along every axis of real fields in one to
/// four dimensions, for T = float or double; the product of the one-dimensional transforms, each axis of its own kind.
/// Not scaled. Handles, memory layouts, options and errors are those of RealTransform; in and out may be the same
/// memory. Frigo, Johnson, Proc. IEEE 93 (2005) 216.
template <class T>
class TrigonometricTransform final {
 public:
  /// Throws ShapeError for no or more than four axes, another number of kinds than of sizes, a size or batch below one
  /// (below two for dct1), or more than 2^31 - 1 elements; ConfigError for wrong options.
  TrigonometricTransform(const std::vector<int>& sizes, const std::vector<Trigonometric>& kinds, int batch = 1,
                         Layout layout = Layout::batch_first, const Options& options = {});

  /// Reads and writes volume() * batch() reals; `in` is kept unless it is `out`.
  void operator()(const T* in, T* out) const;

  /// The handle of the transform that undoes this one up to scale().
  TrigonometricTransform inverse() const;
  /// inverse()(*this(x)) = scale() * x: the product of the logical sizes.
  double scale() const;

  const std::vector<int>& sizes() const;
  const std::vector<Trigonometric>& kinds() const;
  int batch() const;
  Layout layout() const;
  /// Reals of one transform.
  std::ptrdiff_t volume() const;

 private:
  const detail::TrigonometricPlans<T>* plans_;
};

extern template class TrigonometricTransform<float>;
extern template class TrigonometricTransform<double>;

}  // namespace floe::fft
