// SPDX-License-Identifier: MIT
#pragma once

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "lattice/vector.h"

namespace floe::lattice {

/// Bit w is set where a < b in lane w.
inline unsigned less_mask(const Vector<double>& a, const Vector<double>& b) {
#if defined(__AVX512F__)
  return _mm512_cmp_pd_mask(reinterpret_cast<const __m512d&>(a), reinterpret_cast<const __m512d&>(b), _CMP_LT_OQ);
#else
  unsigned mask = 0;
  for (unsigned lane = 0; lane < 8; ++lane) mask |= static_cast<unsigned>(a[lane] < b[lane]) << lane;
  return mask;
#endif
}

/// One number per chain as a vector.
inline const Vector<double>& as_vector(const Lanes<double>& lanes) {
  return *reinterpret_cast<const Vector<double>*>(lanes.data());
}
inline Vector<double>& as_vector(Lanes<double>& lanes) {
  return *reinterpret_cast<Vector<double>*>(lanes.data());
}

}  // namespace floe::lattice
