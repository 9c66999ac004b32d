// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace floe::operators {

/// The left factor: element (s, i, k) lies at data[s segment + i row + k depth].
template <class T>
struct LeftFactor {
  const T* data = nullptr;
  std::int64_t row = 0;
  std::int64_t depth = 1;
  std::int64_t segment = 0;
};

/// The right factor: element (s, k, j) lies at data[s segment + k depth + j].
template <class T>
struct RightFactor {
  const T* data = nullptr;
  std::int64_t depth = 0;
  std::int64_t segment = 0;
};

struct ProductShape {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t depth = 0;
  std::int64_t segments = 1;
};

/// out(i, j) = sum_s sum_k left(s, i, k) right(s, k, j), at out[i out_row + j]; added to out if `accumulate`.
///
/// For factors with some side in the tens, of which operators are made: channels, modes, kernels. Nothing is copied or
/// rearranged, which a product of LibTorch's BLAS spends more time on than on the sums. Strides are free: with a row
/// stride of one point and a depth of three, left is all neighbourhoods of an image, and the product a convolution;
/// with row 1 it is the transpose of a matrix. Runs on the calling thread. T is float or double.
template <class T>
void product(const ProductShape& shape, const LeftFactor<T>& left, const RightFactor<T>& right, T* out,
             std::int64_t out_row, bool accumulate = false);

extern template void product(const ProductShape&, const LeftFactor<float>&, const RightFactor<float>&, float*,
                             std::int64_t, bool);
extern template void product(const ProductShape&, const LeftFactor<double>&, const RightFactor<double>&, double*,
                             std::int64_t, bool);

}  // namespace floe::operators
