// SPDX-License-Identifier: MIT
#include "operators/fno/mode_product.h"

#include <Eigen/Core>

#include "base/parallel_for.h"

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
        const Eigen::Map<const RowMajor<T>> xs(x + k * 2 * batch * in, 2 * batch, in);
        const Eigen::Map<const RowMajor<T>> ws(w + k * in * 2 * out, in, 2 * out);
        Eigen::Map<RowMajor<T>> ys(y + k * 2 * batch * out, 2 * batch, out);
        all.resize(2 * batch, 2 * out);
        all.noalias() = xs * ws;
        ys.topRows(batch) = all.topLeftCorner(batch, out) - all.bottomRightCorner(batch, out);
        ys.bottomRows(batch) = all.topRightCorner(batch, out) + all.bottomLeftCorner(batch, out);
      });
}

template <class T>
void mode_product_gradient(const ModeProductShape& shape, const T* x, const T* w, const T* grad_y, T* grad_x,
                           T* grad_w) {
  const auto [modes, batch, in, out] = shape;
  parallel_for(
      modes, [] { return RowMajor<T>(); },
      [&, batch = batch, in = in, out = out](RowMajor<T>& all, std::int64_t k) {
        const Eigen::Map<const RowMajor<T>> gs(grad_y + k * 2 * batch * out, 2 * batch, out);
        all.resize(2 * batch, 2 * out);
        all.topLeftCorner(batch, out) = gs.topRows(batch);
        all.topRightCorner(batch, out) = gs.bottomRows(batch);
        all.bottomLeftCorner(batch, out) = gs.bottomRows(batch);
        all.bottomRightCorner(batch, out) = -gs.topRows(batch);
        if (grad_x) {
          const Eigen::Map<const RowMajor<T>> ws(w + k * in * 2 * out, in, 2 * out);
          Eigen::Map<RowMajor<T>>(grad_x + k * 2 * batch * in, 2 * batch, in).noalias() = all * ws.transpose();
        }
        if (grad_w) {
          const Eigen::Map<const RowMajor<T>> xs(x + k * 2 * batch * in, 2 * batch, in);
          Eigen::Map<RowMajor<T>>(grad_w + k * in * 2 * out, in, 2 * out).noalias() = xs.transpose() * all;
        }
      });
}

template void mode_product(const ModeProductShape&, const float*, const float*, float*);
template void mode_product(const ModeProductShape&, const double*, const double*, double*);
template void mode_product_gradient(const ModeProductShape&, const float*, const float*, const float*, float*, float*);
template void mode_product_gradient(const ModeProductShape&, const double*, const double*, const double*, double*,
                                    double*);

}  // namespace floe::operators
