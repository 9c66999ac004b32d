// SPDX-License-Identifier: MIT
#include "operators/kernels/affine.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/parallel_for.h"
#include "operators/kernels/product.h"

namespace floe::operators {
namespace {

/// Rows of a block: together with the numbers made from them they fit into the second-level cache.
std::int64_t block_rows(const AffineShape& shape) {
  return std::clamp<std::int64_t>(65536 / (shape.in + 2 * shape.out), 16, 480);
}

/// Blocks whose sums over rows one thread takes, one after the other.
constexpr std::int64_t chunk_blocks = 8;

template <class T>
std::vector<T> transposed(const T* matrix, std::int64_t rows, std::int64_t columns) {
  std::vector<T> result(static_cast<std::size_t>(rows * columns));
  // A few columns at a time: as many lines are written to as the cache holds.
  constexpr std::int64_t block = 16;
  for (std::int64_t first = 0; first < columns; first += block) {
    const std::int64_t last = std::min(columns, first + block);
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = first; j < last; ++j) {
        result[static_cast<std::size_t>(j * rows + i)] = matrix[i * columns + j];
      }
    }
  }
  return result;
}

/// What a chunk of rows adds to the gradients by W and b.
template <class T>
struct Sums {
  std::vector<T> weight{};
  std::vector<T> bias{};
};

}  // namespace

template <class T>
void affine(const AffineShape& shape, const T* x, const T* weight, const T* bias, const T* addend,
            PointwiseFunction function, T* z, T* y) {
  const auto [rows, in, out] = shape;
  const std::vector<T> turned = transposed(weight, out, in);
  const std::int64_t block = block_rows(shape);
  T* sum = z ? z : y;
  parallel_for((rows + block - 1) / block, [&, rows = rows, in = in, out = out](std::int64_t b) {
    const std::int64_t first = b * block;
    const std::int64_t count = std::min(block, rows - first);
    T* part = sum + first * out;
    if (addend && bias) {
      const T* from = addend + first * out;
      for (std::int64_t r = 0; r < count; ++r) {
        for (std::int64_t j = 0; j < out; ++j) part[r * out + j] = from[r * out + j] + bias[j];
      }
    } else if (addend) {
      std::copy(addend + first * out, addend + (first + count) * out, part);
    } else if (bias) {
      for (std::int64_t r = 0; r < count; ++r) std::copy(bias, bias + out, part + r * out);
    }
    product<T>({count, out, in}, {x + first * in, in}, {turned.data(), out}, part, out, addend || bias);
    if (function != PointwiseFunction::identity || y != sum) pointwise(function, part, y + first * out, count * out);
  });
}

template <class T>
void affine_gradient(const AffineShape& shape, const T* x, const T* weight, const T* z, PointwiseFunction function,
                     const T* grad_y, T* grad_z, T* grad_x, T* grad_weight, T* grad_bias) {
  const auto [rows, in, out] = shape;
  const std::int64_t block = block_rows(shape);
  const std::int64_t chunk = block * chunk_blocks;
  const std::int64_t chunks = (rows + chunk - 1) / chunk;
  // The gradient by W as (in, out) where that makes the longer rows.
  const bool turned = in < out;
  std::vector<Sums<T>> sums(static_cast<std::size_t>(chunks));
  parallel_for(
      chunks, [] { return std::vector<T>(); },
      [&, rows = rows, in = in, out = out](std::vector<T>& buffer, std::int64_t c) {
        Sums<T>& sum = sums[static_cast<std::size_t>(c)];
        if (grad_weight) sum.weight.assign(static_cast<std::size_t>(in * out), T(0));
        if (grad_bias) sum.bias.assign(static_cast<std::size_t>(out), T(0));
        for (std::int64_t first = c * chunk; first < std::min(rows, (c + 1) * chunk); first += block) {
          const std::int64_t count = std::min(block, rows - first);
          const T* g = grad_y + first * out;
          if (function != PointwiseFunction::identity || grad_z) {
            T* into = grad_z ? grad_z + first * out : nullptr;
            if (!into) {
              buffer.resize(static_cast<std::size_t>(count * out));
              into = buffer.data();
            }
            pointwise_gradient(function, z ? z + first * out : g, g, into, count * out);
            g = into;
          }
          if (grad_x) product<T>({count, in, out}, {g, out}, {weight, in}, grad_x + first * in, in);
          if (grad_weight && turned) {
            product<T>({in, out, count}, {x + first * in, 1, in}, {g, out}, sum.weight.data(), out, true);
          } else if (grad_weight) {
            product<T>({out, in, count}, {g, 1, out}, {x + first * in, in}, sum.weight.data(), in, true);
          }
          if (grad_bias) {
            for (std::int64_t r = 0; r < count; ++r) {
              for (std::int64_t j = 0; j < out; ++j) sum.bias[static_cast<std::size_t>(j)] += g[r * out + j];
            }
          }
        }
      });
  const auto total = [&](auto part, std::int64_t size) {
    std::vector<T> all(static_cast<std::size_t>(size), T(0));
    for (const Sums<T>& sum : sums) {
      const std::vector<T>& one = sum.*part;
      for (std::size_t i = 0; i < all.size(); ++i) all[i] += one[i];
    }
    return all;
  };
  if (grad_weight) {
    std::vector<T> all = total(&Sums<T>::weight, in * out);
    if (turned) all = transposed(all.data(), in, out);
    std::copy(all.begin(), all.end(), grad_weight);
  }
  if (grad_bias) {
    const std::vector<T> all = total(&Sums<T>::bias, out);
    std::copy(all.begin(), all.end(), grad_bias);
  }
}

template void affine(const AffineShape&, const float*, const float*, const float*, const float*, PointwiseFunction,
                     float*, float*);
template void affine(const AffineShape&, const double*, const double*, const double*, const double*, PointwiseFunction,
                     double*, double*);
template void affine_gradient(const AffineShape&, const float*, const float*, const float*, PointwiseFunction,
                              const float*, float*, float*, float*, float*);
template void affine_gradient(const AffineShape&, const double*, const double*, const double*, PointwiseFunction,
                              const double*, double*, double*, double*, double*);

}  // namespace floe::operators
