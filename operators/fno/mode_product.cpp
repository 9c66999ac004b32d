// SPDX-License-Identifier: MIT
#include "operators/fno/mode_product.h"

#include <Eigen/Core>
#include <utility>

#include "base/parallel_for.h"
#include "operators/kernels/product.h"

namespace floe::operators {
namespace {

template <class T>
using RowMajor = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

}  // namespace

template <class T>
void mode_product(const ModeProductShape& shape, const T* x, const T* w, T* y) {
  const auto [modes, batch, in, out] = shape;
  parallel_for(
      modes, [] { return RowMajor<T>(); },
      [&, batch = batch, in = in, out = out](RowMajor<T>& all, std::int64_t k) {
        Eigen::Map<RowMajor<T>> ys(y + k * 2 * batch * out, 2 * batch, out);
        all.resize(2 * batch, 2 * out);
        product<T>({2 * batch, 2 * out, in}, {x + k * 2 * batch * in, in}, {w + k * in * 2 * out, 2 * out}, all.data(),
                   2 * out);
        ys.topRows(batch) = all.topLeftCorner(batch, out) - all.bottomRightCorner(batch, out);
        ys.bottomRows(batch) = all.topRightCorner(batch, out) + all.bottomLeftCorner(batch, out);
      });
}

template <class T>
void mode_product_gradient(const ModeProductShape& shape, const T* x, const T* w, const T* grad_y, T* grad_x,
                           T* grad_w) {
  const auto [modes, batch, in, out] = shape;
  parallel_for(
      modes, [] { return std::pair<RowMajor<T>, RowMajor<T>>(); },
      [&, batch = batch, in = in, out = out](std::pair<RowMajor<T>, RowMajor<T>>& buffers, std::int64_t k) {
        auto& [all, turned] = buffers;
        const Eigen::Map<const RowMajor<T>> gs(grad_y + k * 2 * batch * out, 2 * batch, out);
        all.resize(2 * batch, 2 * out);
        all.topLeftCorner(batch, out) = gs.topRows(batch);
        all.topRightCorner(batch, out) = gs.bottomRows(batch);
        all.bottomLeftCorner(batch, out) = gs.bottomRows(batch);
        all.bottomRightCorner(batch, out) = -gs.topRows(batch);
        if (grad_x) {
          turned = Eigen::Map<const RowMajor<T>>(w + k * in * 2 * out, in, 2 * out).transpose();
          product<T>({2 * batch, in, 2 * out}, {all.data(), 2 * out}, {turned.data(), in}, grad_x + k * 2 * batch * in,
                     in);
        }
        if (grad_w) {
          product<T>({in, 2 * out, 2 * batch}, {x + k * 2 * batch * in, 1, in}, {all.data(), 2 * out},
                     grad_w + k * in * 2 * out, 2 * out);
        }
      });
}

template void mode_product(const ModeProductShape&, const float*, const float*, float*);
template void mode_product(const ModeProductShape&, const double*, const double*, double*);
template void mode_product_gradient(const ModeProductShape&, const float*, const float*, const float*, float*, float*);
template void mode_product_gradient(const ModeProductShape&, const double*, const double*, const double*, double*,
                                    double*);

}  // namespace floe::operators
