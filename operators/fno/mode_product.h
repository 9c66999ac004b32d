// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace floe::operators {

/// Extents of the product of every Fourier mode with a matrix of its own.
struct ModeProductShape {
  std::int64_t modes = 0;
  std::int64_t batch = 0;
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
};

/// y(k, b, o) = sum_i x(k, b, i) w(k, i, o) in complex numbers, as real matrix products, one per mode. Spectra are
/// (mode, part, batch, channel), weights (mode, in channel, part, out channel); part 0 is the real one. Modes are
/// computed in parallel. T is float or double.
template <class T>
void mode_product(const ModeProductShape& shape, const T* x, const T* w, T* y);

/// The gradients of sum(y grad_y) by both factors, into grad_x and grad_w; either may be null.
template <class T>
void mode_product_gradient(const ModeProductShape& shape, const T* x, const T* w, const T* grad_y, T* grad_x,
                           T* grad_w);

}  // namespace floe::operators
