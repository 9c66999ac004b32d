// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <xsimd/xsimd.hpp>

#include "base/lane_product.h"

namespace floe {

/// Sine and cosine of a lane, to about one unit in the last place.
template <class T>
inline std::pair<Lane<T>, Lane<T>> sincos(const Lane<T>& x) {
  using Batch = xsimd::batch<T>;
  std::pair<Lane<T>, Lane<T>> result;
  const auto* in = reinterpret_cast<const T*>(&x);
  auto* sine = reinterpret_cast<T*>(&result.first);
  auto* cosine = reinterpret_cast<T*>(&result.second);
  for (std::size_t i = 0; i < 64 / sizeof(T); i += Batch::size) {
    const auto [s, c] = xsimd::sincos(Batch::load_aligned(in + i));
    s.store_aligned(sine + i);
    c.store_aligned(cosine + i);
  }
  return result;
}

/// Calls visit(k, sin(k x), cos(k x)) for k = 1 ... count, by one sincos and the Chebyshev recurrence of multiple
/// angles (its error grows with k^2, harmless for the handful of multiples it is meant for).
template <class T, class Visit>
inline void for_multiples(const Lane<T>& x, int count, const Visit& visit) {
  if (count < 1) return;
  const auto [sine, cosine] = sincos<T>(x);
  const Lane<T> twice = 2 * cosine;
  Lane<T> sine_before = {}, sine_now = sine;
  Lane<T> cosine_before = Lane<T>{} + 1, cosine_now = cosine;
  for (int k = 1;; ++k) {
    visit(k, sine_now, cosine_now);
    if (k == count) return;
    const Lane<T> sine_next = twice * sine_now - sine_before;
    const Lane<T> cosine_next = twice * cosine_now - cosine_before;
    sine_before = sine_now;
    sine_now = sine_next;
    cosine_before = cosine_now;
    cosine_now = cosine_next;
  }
}

}  // namespace floe
