// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "operators/kernels/pointwise.h"

namespace floe::operators {

struct AffineShape {
  std::int64_t rows = 0;
  std::int64_t in = 0;
  std::int64_t out = 0;
};

/// z = x W^T + b + a and y = f(z), with x (rows, in), W (out, in), b (out), a, z and y (rows, out); b, a and z may be
/// null, and of z and y one may be the other. Rows are computed in blocks that stay in the cache, in parallel.
template <class T>
void affine(const AffineShape& shape, const T* x, const T* weight, const T* bias, const T* addend,
            PointwiseFunction function, T* z, T* y);

/// The gradients of sum(y grad_y): grad_z = f'(z) grad_y, which is also that by a, (rows, out); by x; by W and b. Any
/// may be null; z is not read where f is the identity. Sums over rows are taken in an order that does not depend on the
/// number of threads.
template <class T>
void affine_gradient(const AffineShape& shape, const T* x, const T* weight, const T* z, PointwiseFunction function,
                     const T* grad_y, T* grad_z, T* grad_x, T* grad_weight, T* grad_bias);

}  // namespace floe::operators
