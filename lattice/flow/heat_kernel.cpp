// SPDX-License-Identifier: MIT
#include "lattice/flow/heat_kernel.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "base/error.h"
#include "base/lane_product.h"

namespace floe::lattice {
namespace {

/// J_s along one axis of L sites: the first row of the circulant.
std::vector<double> axis_kernel(int length, double time) {
  std::vector<double> kernel(length, 0.0);
  for (int k = 0; k < length; ++k) {
    const double half = std::numbers::pi * k / length;
    const double weight = std::exp(-4 * time * std::sin(half) * std::sin(half)) / length;
    for (int d = 0; d < length; ++d) kernel[d] += weight * std::cos(2 * half * d);
  }
  return kernel;
}

}  // namespace

double heat_kernel_at_origin(const Geometry& geometry, double time) {
  double product = 1;
  for (const int length : geometry.sizes()) product *= axis_kernel(length, time)[0];
  return product;
}

template <class T>
HeatKernel<T>::HeatKernel(const Geometry& geometry, double time) : sizes_(geometry.sizes()) {
  if (!(time >= 0) || std::isinf(time))
    throw ConfigError(fmt::format("heat-kernel scale {} (must be finite and not negative); choose scales >= 0", time));
  if (time == 0) return;
  for (const int length : sizes_) {
    const auto kernel = axis_kernel(length, time);
    // A symmetric circulant keeps mirror images: with e_j = x_j + x_{L-j} and o_j = x_j - x_{L-j},
    // y_i = A_i + B_i and y_{L-i} = A_i - B_i, where A = M_even e and B = M_odd o. Sites that are their own image
    // (0, and L / 2 for even L) enter e as they are.
    const int evens = length / 2 + 1, odds = (length - 1) / 2;
    const auto k = [&](int d) { return kernel[(d % length + length) % length]; };
    Axis axis{std::vector<T>(evens * evens), std::vector<T>(odds * odds)};
    for (int i = 0; i < evens; ++i)
      for (int j = 0; j < evens; ++j) {
        const bool own_image = j == 0 || 2 * j == length;
        axis.even[i * evens + j] = static_cast<T>(own_image ? k(i - j) : (k(i - j) + k(i + j)) / 2);
      }
    for (int i = 1; i <= odds; ++i)
      for (int j = 1; j <= odds; ++j) axis.odd[(i - 1) * odds + j - 1] = static_cast<T>((k(i - j) - k(i + j)) / 2);
    axes_.push_back(std::move(axis));
  }
}

template <class T>
void HeatKernel<T>::apply_axis(int axis, Eigen::Index inner, Eigen::Index volume, const T* in, T* out,
                               bool accumulate) const {
  constexpr Eigen::Index width = 12;  // columns at a time: their sums and differences stay in the first-level cache
  const Eigen::Index length = sizes_[axis], evens = length / 2 + 1, odds = (length - 1) / 2;
  thread_local Block<T> buffer;
  if (buffer.cols() < 2 * width * (length + 1)) buffer.resize(lane_count<T>, 2 * width * (length + 1));
  auto* even_in = reinterpret_cast<Lane<T>*>(buffer.data());
  auto* odd_in = even_in + width * evens;
  auto* even_out = odd_in + width * odds;
  auto* odd_out = even_out + width * evens;
  const auto* source = reinterpret_cast<const Lane<T>*>(in);
  auto* target = reinterpret_cast<Lane<T>*>(out);

  const Eigen::Index columns = volume / length;
  Eigen::Index offset[width];
  Eigen::Index position = 0, start = 0;
  for (Eigen::Index first = 0; first < columns; first += width) {
    const Eigen::Index used = std::min(width, columns - first);
    for (Eigen::Index c = 0; c < used; ++c) {
      offset[c] = start + position;
      if (++position == inner) {
        position = 0;
        start += length * inner;
      }
    }
    const auto site = [&](Eigen::Index i, Eigen::Index c) { return offset[c] + i * inner; };
    for (Eigen::Index c = 0; c < used; ++c) even_in[c] = source[site(0, c)];
    for (Eigen::Index i = 1; i <= odds; ++i)
      for (Eigen::Index c = 0; c < used; ++c) {
        const Lane<T> left = source[site(i, c)], right = source[site(length - i, c)];
        even_in[i * width + c] = left + right;
        odd_in[(i - 1) * width + c] = left - right;
      }
    if (length % 2 == 0)
      for (Eigen::Index c = 0; c < used; ++c) even_in[(evens - 1) * width + c] = source[site(length / 2, c)];

    const LaneColumns all{1, used, 0};
    lane_product(axes_[axis].even.data(), evens, evens, even_in, width, all, even_out, width, all);
    lane_product(axes_[axis].odd.data(), odds, odds, odd_in, width, all, odd_out, width, all);

    const auto store = [&](Eigen::Index at, const Lane<T>& value) {
      target[at] = accumulate ? target[at] + value : value;
    };
    for (Eigen::Index c = 0; c < used; ++c) store(site(0, c), even_out[c]);
    for (Eigen::Index i = 1; i <= odds; ++i)
      for (Eigen::Index c = 0; c < used; ++c) {
        const Lane<T> even = even_out[i * width + c], odd = odd_out[(i - 1) * width + c];
        store(site(i, c), even + odd);
        store(site(length - i, c), even - odd);
      }
    if (length % 2 == 0)
      for (Eigen::Index c = 0; c < used; ++c) store(site(length / 2, c), even_out[(evens - 1) * width + c]);
  }
}

template <class T>
void HeatKernel<T>::apply(const T* in, T* out, T* scratch, bool accumulate) const {
  const int axes = static_cast<int>(sizes_.size());
  Eigen::Index volume = 1;
  for (const int length : sizes_) volume *= length;
  if (is_identity()) {
    const auto* source = reinterpret_cast<const Lane<T>*>(in);
    auto* target = reinterpret_cast<Lane<T>*>(out);
    if (accumulate)
      for (Eigen::Index x = 0; x < volume; ++x) target[x] += source[x];
    else
      std::copy(source, source + volume, target);
    return;
  }
  // Axis by axis through scratch, in place after the first: columns are read before they are written. Only the last
  // axis writes to out.
  const T* source = in;
  Eigen::Index inner = volume;
  for (int axis = 0; axis < axes; ++axis) {
    inner /= sizes_[axis];
    const bool last = axis == axes - 1;
    T* target = last ? out : scratch;
    apply_axis(axis, inner, volume, source, target, last && accumulate);
    source = target;
  }
}

template class HeatKernel<float>;
template class HeatKernel<double>;

}  // namespace floe::lattice
