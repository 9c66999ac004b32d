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
    std::vector<T> matrix(static_cast<std::size_t>(length) * length);
    for (int i = 0; i < length; ++i)
      for (int j = 0; j < length; ++j) matrix[i * length + j] = static_cast<T>(kernel[(i - j + length) % length]);
    matrices_.push_back(std::move(matrix));
  }
}

template <class T>
void HeatKernel<T>::apply(const T* in, T* out, T* scratch, bool accumulate) const {
  const int axes = static_cast<int>(sizes_.size());
  Eigen::Index volume = 1;
  for (const int length : sizes_) volume *= length;
  const auto* source = reinterpret_cast<const Lane<T>*>(in);
  auto* target = reinterpret_cast<Lane<T>*>(out);
  auto* spare = reinterpret_cast<Lane<T>*>(scratch);
  if (is_identity()) {
    if (accumulate)
      for (Eigen::Index x = 0; x < volume; ++x) target[x] += source[x];
    else
      std::copy(source, source + volume, target);
    return;
  }
  // The axes pass the field on through scratch and a buffer of this thread; only the last one writes to out.
  thread_local Block<T> buffer;
  if (axes > 2 && buffer.cols() < volume) buffer.resize(lane_count<T>, volume);
  auto* other = reinterpret_cast<Lane<T>*>(buffer.data());
  Eigen::Index inner = volume;
  for (int axis = 0; axis < axes; ++axis) {
    const Eigen::Index length = sizes_[axis];
    inner /= length;
    const LaneColumns columns{volume / (length * inner), inner, length * inner};
    const bool last = axis == axes - 1;
    Lane<T>* result = last ? target : spare;
    if (last && accumulate)
      lane_product<true>(matrices_[axis].data(), length, length, source, inner, columns, result, inner, columns);
    else
      lane_product<false>(matrices_[axis].data(), length, length, source, inner, columns, result, inner, columns);
    source = result;
    std::swap(spare, other);
  }
}

template class HeatKernel<float>;
template class HeatKernel<double>;

}  // namespace floe::lattice
