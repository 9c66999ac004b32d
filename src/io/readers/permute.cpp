// SPDX-License-Identifier: MIT
#include "io/readers/permute.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"

namespace floe::io {

namespace {

constexpr std::size_t tile = 32;

void check(const Shape& shape, const std::vector<std::size_t>& order, std::size_t from, std::size_t to) {
  std::vector<std::size_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  bool good = order.size() == shape.size() && from == element_count(shape) && to == from;
  for (std::size_t axis = 0; good && axis < sorted.size(); ++axis) good = sorted[axis] == axis;
  if (!good) {
    throw ShapeError(
        fmt::format("axes ({}) of an array of shape {} and {} elements into {} (they do not fit); give each "
                    "axis once and room for every element",
                    fmt::join(order, ", "), to_string(shape), from, to));
  }
}

}  // namespace

template <class T>
void permute(std::span<const T> from, const Shape& shape, const std::vector<std::size_t>& order, std::span<T> to) {
  check(shape, order, from.size(), to.size());
  if (to.empty()) return;
  const std::size_t rank = shape.size();
  if (rank < 2) {
    std::copy(from.begin(), from.end(), to.begin());
    return;
  }
  Shape stride_of(rank, 1);
  for (std::size_t axis = rank - 1; axis > 0; --axis) stride_of[axis - 1] = stride_of[axis] * shape[axis];
  Shape extent(rank);
  Shape source(rank);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    extent[axis] = shape[order[axis]];
    source[axis] = stride_of[order[axis]];
  }
  Shape target(rank, 1);
  for (std::size_t axis = rank - 1; axis > 0; --axis) target[axis - 1] = target[axis] * extent[axis];

  // The inner loops go over the axis that is fastest in `to` and the one that is fastest in `from`.
  const std::size_t columns = rank - 1;
  std::size_t rows = static_cast<std::size_t>(std::find(order.begin(), order.end(), rank - 1) - order.begin());
  if (rows == columns) rows = rank - 2;
  const auto plane = [&](std::size_t read, std::size_t write) {
    for (std::size_t r0 = 0; r0 < extent[rows]; r0 += tile) {
      const std::size_t r1 = std::min(r0 + tile, extent[rows]);
      for (std::size_t c0 = 0; c0 < extent[columns]; c0 += tile) {
        const std::size_t c1 = std::min(c0 + tile, extent[columns]);
        for (std::size_t r = r0; r < r1; ++r) {
          const T* in = from.data() + read + r * source[rows];
          T* out = to.data() + write + r * target[rows];
          for (std::size_t c = c0; c < c1; ++c) out[c] = in[c * source[columns]];
        }
      }
    }
  };
  std::vector<std::size_t> outer;
  std::size_t planes = 1;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (axis == rows || axis == columns) continue;
    outer.push_back(axis);
    planes *= extent[axis];
  }
  for (std::size_t index = 0; index < planes; ++index) {
    std::size_t read = 0;
    std::size_t write = 0;
    std::size_t rest = index;
    for (auto axis = outer.rbegin(); axis != outer.rend(); ++axis) {
      read += rest % extent[*axis] * source[*axis];
      write += rest % extent[*axis] * target[*axis];
      rest /= extent[*axis];
    }
    plane(read, write);
  }
}

template void permute(std::span<const float>, const Shape&, const std::vector<std::size_t>&, std::span<float>);
template void permute(std::span<const double>, const Shape&, const std::vector<std::size_t>&, std::span<double>);

}  // namespace floe::io
