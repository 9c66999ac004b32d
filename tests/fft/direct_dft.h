// SPDX-License-Identifier: MIT
#pragma once

#include <complex>
#include <cstddef>
#include <numbers>
#include <numeric>
#include <vector>

#include "random/stream.h"

/// Slow, independent sums for the tests of the transforms.
namespace direct {

inline std::ptrdiff_t product(const std::vector<int>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::ptrdiff_t{1}, std::multiplies<>());
}

inline std::vector<int> spectrum_sizes(std::vector<int> sizes) {
  sizes.back() = sizes.back() / 2 + 1;
  return sizes;
}

inline std::vector<int> coordinates(std::ptrdiff_t index, const std::vector<int>& sizes) {
  std::vector<int> x(sizes.size());
  for (std::size_t a = sizes.size(); a-- > 0;) {
    x[a] = static_cast<int>(index % sizes[a]);
    index /= sizes[a];
  }
  return x;
}

/// exp(i sign 2 pi sum_a k_a x_a / n_a)
inline std::complex<double> phase(const std::vector<int>& k, const std::vector<int>& x, const std::vector<int>& sizes,
                                  double sign) {
  double turns = 0;
  for (std::size_t a = 0; a < sizes.size(); ++a) turns += static_cast<double>((k[a] * x[a]) % sizes[a]) / sizes[a];
  return std::polar(1.0, sign * 2 * std::numbers::pi * turns);
}

/// X(k) = sum_x f(x) exp(-ikx) on the half spectrum.
inline std::vector<std::complex<double>> forward(const std::vector<double>& f, const std::vector<int>& sizes) {
  const std::vector<int> half = spectrum_sizes(sizes);
  std::vector<std::complex<double>> out(static_cast<std::size_t>(product(half)));
  for (std::size_t m = 0; m < out.size(); ++m) {
    const std::vector<int> k = coordinates(static_cast<std::ptrdiff_t>(m), half);
    for (std::size_t i = 0; i < f.size(); ++i) {
      out[m] += f[i] * phase(k, coordinates(static_cast<std::ptrdiff_t>(i), sizes), sizes, -1);
    }
  }
  return out;
}

/// f(x) = sum over the half spectrum of w Re(X(k) exp(ikx)), w = 1 where k_last is its own mirror image and 2
/// elsewhere.
inline std::vector<double> inverse(const std::vector<std::complex<double>>& spectrum, const std::vector<int>& sizes) {
  const std::vector<int> half = spectrum_sizes(sizes);
  std::vector<double> out(static_cast<std::size_t>(product(sizes)));
  for (std::size_t m = 0; m < spectrum.size(); ++m) {
    const std::vector<int> k = coordinates(static_cast<std::ptrdiff_t>(m), half);
    const double weight = k.back() == 0 || 2 * k.back() == sizes.back() ? 1 : 2;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::vector<int> x = coordinates(static_cast<std::ptrdiff_t>(i), sizes);
      out[i] += weight * (spectrum[m] * phase(k, x, sizes, +1)).real();
    }
  }
  return out;
}

inline std::vector<double> random_reals(std::ptrdiff_t count, std::uint64_t sample) {
  std::vector<double> values(static_cast<std::size_t>(count));
  floe::random::Stream(floe::random::make_key(3, "fft test"), sample).fill_normal(values);
  return values;
}

}  // namespace direct
