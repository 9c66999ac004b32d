// SPDX-License-Identifier: MIT
#include "operators/kernels/product.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace floe::operators {
namespace {

/// `bytes` of numbers that are computed with at once, at any address.
template <class T, int bytes>
struct Vector {
  static constexpr int lanes = bytes / static_cast<int>(sizeof(T));
  using type [[gnu::vector_size(bytes)]] = T;
};

template <class T, int bytes>
inline typename Vector<T, bytes>::type load(const T* from) {
  typename Vector<T, bytes>::type value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
struct Tile {
  std::int64_t depth, segments;
  LeftFactor<T> left;
  RightFactor<T> right;
  T* out;
  std::int64_t out_row;
  bool accumulate;
};

/// `rows` rows of `vectors` vectors; the last vector begins at column `last` and may overlap the one before.
template <int bytes, int rows, int vectors, class T>
void tile(const Tile<T>& t, std::int64_t last) {
  using V = typename Vector<T, bytes>::type;
  constexpr int lanes = Vector<T, bytes>::lanes;
  std::int64_t column[vectors];
  for (int v = 0; v < vectors; ++v) column[v] = v + 1 < vectors ? v * lanes : last;
  V sum[rows][vectors] = {};
  for (std::int64_t s = 0; s < t.segments; ++s) {
    const T* left = t.left.data + s * t.left.segment;
    const T* right = t.right.data + s * t.right.segment;
    for (std::int64_t k = 0; k < t.depth; ++k, left += t.left.depth, right += t.right.depth) {
      V value[vectors];
#pragma GCC unroll 3
      for (int v = 0; v < vectors; ++v) value[v] = load<T, bytes>(right + column[v]);
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) {
        const T factor = left[i * t.left.row];
#pragma GCC unroll 3
        for (int v = 0; v < vectors; ++v) sum[i][v] += factor * value[v];
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i) {
    T* out = t.out + i * t.out_row;
    if (t.accumulate) {
      // All are read before any is written: they may overlap.
#pragma GCC unroll 3
      for (int v = 0; v < vectors; ++v) sum[i][v] += load<T, bytes>(out + column[v]);
    }
#pragma GCC unroll 3
    for (int v = 0; v < vectors; ++v) std::memcpy(out + column[v], &sum[i][v], sizeof(V));
  }
}

/// All rows of a panel of columns.
template <int bytes, int vectors, class T>
void panel(std::int64_t rows, Tile<T> t, std::int64_t last) {
  const auto tiles = [&]<int count>(std::integral_constant<int, count>) {
    for (; rows >= count; rows -= count) {
      tile<bytes, count, vectors>(t, last);
      t.left.data += count * t.left.row;
      t.out += count * t.out_row;
    }
  };
  // Sums, a row of the right factor and an element of the left one fit into 32 registers.
  if constexpr (vectors == 1) tiles(std::integral_constant<int, 16>{});
  if constexpr (vectors < 3) tiles(std::integral_constant<int, 12>{});
  tiles(std::integral_constant<int, 8>{});
  tiles(std::integral_constant<int, 4>{});
  tiles(std::integral_constant<int, 2>{});
  tiles(std::integral_constant<int, 1>{});
}

/// Columns in vectors of `bytes`, or of half as many if they are too few.
template <int bytes, class T>
void columns(const ProductShape& shape, Tile<T> t) {
  constexpr int lanes = Vector<T, bytes>::lanes;
  std::int64_t left = shape.columns;
  if (left < lanes) {
    if constexpr (lanes > 1) columns<bytes / 2>(shape, t);
    return;
  }
  for (; left > 3 * lanes; left -= 2 * lanes) {
    panel<bytes, 2>(shape.rows, t, lanes);
    t.right.data += 2 * lanes;
    t.out += 2 * lanes;
  }
  if (left > 2 * lanes) {
    panel<bytes, 3>(shape.rows, t, left - lanes);
  } else if (left > lanes) {
    panel<bytes, 2>(shape.rows, t, left - lanes);
  } else {
    panel<bytes, 1>(shape.rows, t, 0);
  }
}

/// A single column of which both factors are contiguous along the sum, in as many partial sums as fill a vector.
template <class T>
void column(const ProductShape& shape, const Tile<T>& t) {
  constexpr int lanes = 64 / static_cast<int>(sizeof(T));
  for (std::int64_t i = 0; i < shape.rows; ++i) {
    typename Vector<T, 64>::type sums = {};
    T sum = 0;
    for (std::int64_t s = 0; s < shape.segments; ++s) {
      const T* left = t.left.data + i * t.left.row + s * t.left.segment;
      const T* right = t.right.data + s * t.right.segment;
      std::int64_t k = 0;
      for (; k + lanes <= shape.depth; k += lanes) sums += load<T, 64>(left + k) * load<T, 64>(right + k);
      for (; k < shape.depth; ++k) sum += left[k] * right[k];
    }
    for (int v = 0; v < lanes; ++v) sum += sums[v];
    T& out = t.out[i * t.out_row];
    out = t.accumulate ? out + sum : sum;
  }
}

}  // namespace

template <class T>
void product(const ProductShape& shape, const LeftFactor<T>& left, const RightFactor<T>& right, T* out,
             std::int64_t out_row, bool accumulate) {
  const Tile<T> all{shape.depth, shape.segments, left, right, out, out_row, accumulate};
  if (shape.columns == 1 && left.depth == 1 && right.depth == 1) {
    column(shape, all);
  } else if (shape.columns == 1 && left.row == 1 && out_row == 1) {
    // The transpose: one row.
    Tile<T> turned = all;
    turned.left = {right.data, 0, right.depth, right.segment};
    turned.right = {left.data, left.depth, left.segment};
    columns<64>({1, shape.rows, shape.depth, shape.segments}, turned);
  } else {
    columns<64>(shape, all);
  }
}

template void product(const ProductShape&, const LeftFactor<float>&, const RightFactor<float>&, float*, std::int64_t,
                      bool);
template void product(const ProductShape&, const LeftFactor<double>&, const RightFactor<double>&, double*, std::int64_t,
                      bool);

}  // namespace floe::operators
