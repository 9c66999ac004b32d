// SPDX-License-Identifier: MIT
#include "flow/linear_path.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"
#include "flow/require.h"

namespace floe::flow {

template <class T>
LinearPath<T>::LinearPath(std::shared_ptr<const BaseEnergy<T>> base, std::shared_ptr<const Energy<T>> target,
                          double power)
    : base_(std::move(base)), target_(std::move(target)), power_(power) {
  require_at_least("path.power", power, 1);
  if (base_->size() != target_->size())
    throw ShapeError(
        fmt::format("a base of {} sites and a target of {} (a path joins equal spaces); build both with "
                    "one size",
                    base_->size(), target_->size()));
}

template <class T>
LaneSums<T> LinearPath<T>::energy(double t, const Block<T>& x) const {
  const double u = std::pow(t, power_);
  // 0 times the energy of a far-away point may be 0 times infinity: the end points take one energy only.
  if (u == 0) return base_->energy(x);
  if (u == 1) return target_->energy(x);
  return (1 - u) * base_->energy(x) + u * target_->energy(x);
}

template <class T>
void LinearPath<T>::gradient(double t, const Block<T>& x, Block<T>& gradient) const {
  const T u = static_cast<T>(std::pow(t, power_));
  Block<T> other;
  base_->gradient(x, gradient);
  target_->gradient(x, other);
  gradient = (1 - u) * gradient + u * other;
}

template <class T>
LaneSums<T> LinearPath<T>::time_derivative(double t, const Block<T>& x) const {
  return power_ * std::pow(t, power_ - 1) * (target_->energy(x) - base_->energy(x));
}

template class LinearPath<float>;
template class LinearPath<double>;

}  // namespace floe::flow
