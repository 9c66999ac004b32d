// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include "base/lanes.h"

namespace floe {

namespace detail {

template <class T>
struct LaneVector;
template <>
struct LaneVector<float> {
  using type = float __attribute__((vector_size(64)));
};
template <>
struct LaneVector<double> {
  using type = double __attribute__((vector_size(64)));
};

}  // namespace detail

/// One site of a block as the compiler's own 64-byte vector: arithmetic on it maps to whatever instructions there are.
template <class T>
using Lane = typename detail::LaneVector<T>::type;

namespace detail {

template <int rows, int columns, bool accumulate, class T>
inline void product_tile(const T* matrix, Eigen::Index row_stride, Eigen::Index depth, const Lane<T>* in,
                         Eigen::Index in_stride, const Eigen::Index* column_offset, Lane<T>* out,
                         Eigen::Index out_stride, const Eigen::Index* out_column_offset) {
  Lane<T> sum[rows][columns] = {};
  if constexpr (accumulate)
    for (int i = 0; i < rows; ++i)
      for (int c = 0; c < columns; ++c) sum[i][c] = out[i * out_stride + out_column_offset[c]];
  for (Eigen::Index j = 0; j < depth; ++j) {
    Lane<T> value[columns];
    for (int c = 0; c < columns; ++c) value[c] = in[j * in_stride + column_offset[c]];
    for (int i = 0; i < rows; ++i) {
      const T factor = matrix[i * row_stride + j];
      for (int c = 0; c < columns; ++c) sum[i][c] += factor * value[c];
    }
  }
  for (int i = 0; i < rows; ++i)
    for (int c = 0; c < columns; ++c) out[i * out_stride + out_column_offset[c]] = sum[i][c];
}

template <int columns, bool accumulate, class T>
inline void product_columns(const T* matrix, Eigen::Index rows, Eigen::Index depth, const Lane<T>* in,
                            Eigen::Index in_stride, const Eigen::Index* column_offset, Lane<T>* out,
                            Eigen::Index out_stride, const Eigen::Index* out_column_offset) {
  Eigen::Index i = 0;
  const auto tile = [&]<int tile_rows>(std::integral_constant<int, tile_rows>) {
    for (; i + tile_rows <= rows; i += tile_rows)
      product_tile<tile_rows, columns, accumulate>(matrix + i * depth, depth, depth, in, in_stride, column_offset,
                                                   out + i * out_stride, out_stride, out_column_offset);
  };
  // Eight rows of three columns fill 24 of 32 registers; the rest takes narrower tiles.
  tile(std::integral_constant<int, 8>{});
  tile(std::integral_constant<int, 4>{});
  tile(std::integral_constant<int, 2>{});
  tile(std::integral_constant<int, 1>{});
}

}  // namespace detail

/// Where a column of a lane matrix begins: column c = (outer, inner) lies at outer * outer_stride + inner.
struct LaneColumns {
  Eigen::Index outer_count = 1;
  Eigen::Index inner_count = 1;
  Eigen::Index outer_stride = 0;
};

/// out(i, c) = sum_j matrix(i, j) in(j, c), added to out when accumulating, with a row-major (rows, depth) matrix of
/// numbers and lanes as entries of in and out; element (j, c) of in lies at j * in_stride + column offset, likewise
/// out. Out must not overlap in.
template <bool accumulate = false, class T>
void lane_product(const T* matrix, Eigen::Index rows, Eigen::Index depth, const Lane<T>* in, Eigen::Index in_stride,
                  LaneColumns in_columns, Lane<T>* out, Eigen::Index out_stride, LaneColumns out_columns) {
  constexpr int width = 3;
  const Eigen::Index count = in_columns.outer_count * in_columns.inner_count;
  Eigen::Index in_offset[width], out_offset[width];
  Eigen::Index inner = 0, in_start = 0,
               out_start = 0;  // the next column; counted, for a division costs as much as a tile
  const auto next_column = [&](int k) {
    in_offset[k] = in_start + inner;
    out_offset[k] = out_start + inner;
    if (++inner == in_columns.inner_count) {
      inner = 0;
      in_start += in_columns.outer_stride;
      out_start += out_columns.outer_stride;
    }
  };
  Eigen::Index c = 0;
  for (; c + width <= count; c += width) {
    for (int k = 0; k < width; ++k) next_column(k);
    detail::product_columns<width, accumulate>(matrix, rows, depth, in, in_stride, in_offset, out, out_stride,
                                               out_offset);
  }
  for (; c < count; ++c) {
    next_column(0);
    detail::product_columns<1, accumulate>(matrix, rows, depth, in, in_stride, in_offset, out, out_stride, out_offset);
  }
}

}  // namespace floe
