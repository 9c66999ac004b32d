// SPDX-License-Identifier: MIT
#pragma once

#include <complex>
#include <cstddef>
#include <vector>

namespace floe::fft {

/// How the transforms of a batch lie in memory. Axes are row-major, the last one fastest.
enum class Layout {
  batch_first,  ///< one transform after the other: element (b, x) at b * volume + x
  batch_last    ///< interleaved, as the lanes of a Block: element (x, b) at x * batch + b
};

/// How long FFTW may look for a plan.
enum class Effort {
  estimate,  ///< no measurement: the same plan, so the same rounding, in every run
  measure    ///< times candidates once per plan; keep the result with save_wisdom
};

struct Options {
  /// Threads within one execution. One, where threads already go over blocks or batches.
  int threads = 1;
  Effort effort = Effort::estimate;

  /// Throws ConfigError.
  void validate() const;
};

namespace detail {
template <class T>
class PlanSet;
}

/// Discrete Fourier transforms of real fields by FFTW, in one to four dimensions, for T = float or double:
///
///   forward:  X(k) = sum_x x(x) exp(-2 pi i sum_a k_a x_a / n_a)
///   inverse:  x(x) = sum_k X(k) exp(+2 pi i sum_a k_a x_a / n_a)
///
/// Neither is scaled: inverse(forward(x)) = volume * x. A spectrum holds the modes k_last = 0 ... n_last / 2 only,
/// sizes (n_1, ..., n_last / 2 + 1); the others follow from X(-k) = conj X(k). Where k_last is 0 or n_last / 2 the
/// inverse takes the real part of the sum, so a spectrum without that symmetry is symmetrised.
///
/// The object is a handle to plans which the process keeps and shares: cheap to copy, and safe to construct and execute
/// from several threads at once. Buffers need no alignment (plans for aligned buffers, which are faster, are chosen
/// when both are) and must not overlap. Frigo, Johnson, Proc. IEEE 93 (2005) 216.
template <class T>
class RealTransform final {
 public:
  /// Throws ShapeError for no or more than four axes, a size or batch below one, or more than 2^31 - 1 elements;
  /// ConfigError for wrong options.
  explicit RealTransform(const std::vector<int>& sizes, int batch = 1, Layout layout = Layout::batch_first,
                         const Options& options = {});

  /// Reads volume() * batch() reals, writes modes() * batch() complex numbers.
  void forward(const T* real, std::complex<T>* spectrum) const;

  /// Reads modes() * batch() complex numbers and keeps them (by a copy of its own), writes volume() * batch() reals.
  void inverse(const std::complex<T>* spectrum, T* real) const;

  /// As inverse, without the copy: leaves the spectrum with arbitrary values.
  void inverse_overwriting(std::complex<T>* spectrum, T* real) const;

  const std::vector<int>& sizes() const;
  int batch() const;
  Layout layout() const;
  /// Reals of one transform.
  std::ptrdiff_t volume() const;
  /// Complex numbers of one spectrum.
  std::ptrdiff_t modes() const;

 private:
  const detail::PlanSet<T>* plans_;
};

extern template class RealTransform<float>;
extern template class RealTransform<double>;

/// Plans made so far by this process, over both precisions.
std::size_t plan_count();

}  // namespace floe::fft
