// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace floe::operators {

/// A function of one number that kernels compute while the numbers are at hand.
enum class PointwiseFunction {
  identity,
  relu,        ///< max(x, 0)
  leaky_relu,  ///< max(x, 0.2 x)
  gelu,        ///< x Phi(x), exact
};

/// y = f(x), element by element; y may be x. T is float or double.
template <class T>
void pointwise(PointwiseFunction function, const T* x, T* y, std::int64_t count);

/// gradient_x = gradient_y f'(x); any two may be the same.
template <class T>
void pointwise_gradient(PointwiseFunction function, const T* x, const T* gradient_y, T* gradient_x, std::int64_t count);

}  // namespace floe::operators
