// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.h"
#include "direct_dft.h"
#include "fft/trigonometric_transform.h"
#include "support/catch.h"

using floe::fft::inverse_of;
using floe::fft::Layout;
using floe::fft::logical_size;
using floe::fft::Trigonometric;
using floe::fft::TrigonometricTransform;

namespace {

const std::vector<Trigonometric> all = {
    Trigonometric::dct1, Trigonometric::dct2, Trigonometric::dct3,         Trigonometric::dst1,
    Trigonometric::dst2, Trigonometric::dst3, Trigonometric::half_complex, Trigonometric::half_complex_inverse};

/// Entry (k, j) of the matrix of a one-dimensional transform, from the formulas of the header.
double entry(Trigonometric kind, int n, int k, int j) {
  const double pi = std::numbers::pi;
  const double sign = k % 2 == 0 ? 1 : -1;
  switch (kind) {
    case Trigonometric::dct1:
      return j == 0 ? 1 : j == n - 1 ? sign : 2 * std::cos(pi * j * k / (n - 1));
    case Trigonometric::dct2:
      return 2 * std::cos(pi * (j + 0.5) * k / n);
    case Trigonometric::dct3:
      return j == 0 ? 1 : 2 * std::cos(pi * j * (k + 0.5) / n);
    case Trigonometric::dst1:
      return 2 * std::sin(pi * (j + 1) * (k + 1) / (n + 1));
    case Trigonometric::dst2:
      return 2 * std::sin(pi * (j + 0.5) * (k + 1) / n);
    case Trigonometric::dst3:
      return j == n - 1 ? sign : 2 * std::sin(pi * (j + 1) * (k + 0.5) / n);
    case Trigonometric::half_complex:
      return 2 * k <= n ? std::cos(2 * pi * j * k / n) : -std::sin(2 * pi * j * (n - k) / n);
    case Trigonometric::half_complex_inverse: {
      if (j == 0) return 1;
      if (2 * j == n) return sign;
      return 2 * j < n ? 2 * std::cos(2 * pi * j * k / n) : -2 * std::sin(2 * pi * (n - j) * k / n);
    }
  }
  return 0;
}

std::vector<double> direct_transform(const std::vector<double>& x, const std::vector<int>& sizes,
                                     const std::vector<Trigonometric>& kinds) {
  std::vector<double> out(x.size());
  for (std::size_t o = 0; o < out.size(); ++o) {
    const auto k = direct::coordinates(static_cast<std::ptrdiff_t>(o), sizes);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto j = direct::coordinates(static_cast<std::ptrdiff_t>(i), sizes);
      double weight = 1;
      for (std::size_t a = 0; a < sizes.size(); ++a) weight *= entry(kinds[a], sizes[a], k[a], j[a]);
      out[o] += weight * x[i];
    }
  }
  return out;
}

std::size_t place(Layout layout, int batch, std::size_t volume, int b, std::size_t i) {
  const auto lane = static_cast<std::size_t>(b);
  return layout == Layout::batch_first ? lane * volume + i : i * static_cast<std::size_t>(batch) + lane;
}

/// Every transform against its direct sum and its inverse, out of place and in place, shifted by `offset` in memory.
template <class T>
void check(const std::vector<int>& sizes, const std::vector<Trigonometric>& kinds, int batch, Layout layout,
           std::size_t offset) {
  const TrigonometricTransform<T> transform(sizes, kinds, batch, layout);
  const auto volume = static_cast<std::size_t>(transform.volume());
  std::vector<T> in(volume * static_cast<std::size_t>(batch) + offset);
  std::vector<T> out(in.size());
  std::vector<std::vector<double>> fields;
  double norm = 1;
  for (int b = 0; b < batch; ++b) {
    fields.push_back(direct::random_reals(transform.volume(), static_cast<std::uint64_t>(b)));
    for (std::size_t i = 0; i < volume; ++i) {
      fields.back()[i] = static_cast<T>(fields.back()[i]);
      in[offset + place(layout, batch, volume, b, i)] = static_cast<T>(fields.back()[i]);
      norm += fields.back()[i] * fields.back()[i];
    }
  }
  const std::vector<T> before = in;
  transform(in.data() + offset, out.data() + offset);
  REQUIRE(in == before);
  // Rounding is relative to the norm of the result, at most scale^(1/2) |x| on each axis, here bounded by scale |x|.
  const double tolerance =
      20 * static_cast<double>(std::numeric_limits<T>::epsilon()) * transform.scale() * std::sqrt(norm);
  double worst = 0;
  for (int b = 0; b < batch; ++b) {
    const auto expected = direct_transform(fields[static_cast<std::size_t>(b)], sizes, kinds);
    for (std::size_t i = 0; i < volume; ++i) {
      worst = std::max(worst,
                       std::abs(static_cast<double>(out[offset + place(layout, batch, volume, b, i)]) - expected[i]));
    }
  }
  CHECK(worst < tolerance);
  std::vector<T> same = in;
  transform(same.data() + offset, same.data() + offset);
  double apart = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (i >= offset) apart = std::max(apart, static_cast<double>(std::abs(same[i] - out[i])));
  }
  CHECK(apart < tolerance);
  transform.inverse()(out.data() + offset, out.data() + offset);
  double trip = 0;
  for (std::size_t i = offset; i < in.size(); ++i) {
    trip = std::max(trip, std::abs(static_cast<double>(out[i]) - transform.scale() * static_cast<double>(in[i])));
  }
  CHECK(trip < tolerance * transform.scale());
}

}  // namespace

TEMPLATE_TEST_CASE("cosine, sine and half-complex transforms equal the direct sums", "[fft]", float, double) {
  for (const Trigonometric kind : all) {
    for (const int size : {2, 3, 6, 9}) {
      INFO("kind " << static_cast<int>(kind) << ", size " << size);
      CHECK(inverse_of(inverse_of(kind)) == kind);
      CHECK(logical_size(inverse_of(kind), size) == logical_size(kind, size));
      for (const Layout layout : {Layout::batch_first, Layout::batch_last}) {
        check<TestType>({size}, {kind}, 1, layout, 0);
        check<TestType>({size}, {kind}, 3, layout, 1);
      }
    }
  }
}

TEMPLATE_TEST_CASE("an axis may have any kind", "[fft]", float, double) {
  for (const Trigonometric first : all) {
    for (const Trigonometric second : all) {
      INFO("kinds " << static_cast<int>(first) << ", " << static_cast<int>(second));
      check<TestType>({4, 5}, {first, second}, 2, Layout::batch_first, 0);
    }
  }
  check<TestType>({3, 4, 2}, {Trigonometric::dst1, Trigonometric::half_complex_inverse, Trigonometric::dct3}, 2,
                  Layout::batch_last, 1);
}

TEST_CASE("an axis of one point", "[fft]") {
  for (const Trigonometric kind : all) {
    if (kind != Trigonometric::dct1) check<double>({1, 3}, {kind, Trigonometric::dct2}, 1, Layout::batch_first, 0);
  }
}

TEST_CASE("cosine and sine transforms that cannot be are refused in words", "[fft]") {
  using Transform = TrigonometricTransform<double>;
  CHECK_THROWS_AS(Transform({4, 4}, {Trigonometric::dct2}), floe::ShapeError);
  CHECK_THROWS_WITH(Transform({4, 4}, {Trigonometric::dct2}), ContainsSubstring("one kind per axis"));
  CHECK_THROWS_WITH(Transform({1}, {Trigonometric::dct1}), ContainsSubstring("at least 2 points"));
  CHECK_THROWS_WITH(Transform({0}, {Trigonometric::dct2}), ContainsSubstring("every size must be at least 1"));
}
