// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "ode/state.h"

namespace floe::ode {

/// Tensors as states, (batch, ...) with samples along axis 0, on any device and of any floating type.
///
/// Linear combinations make new tensors and never write into storage that somebody else may hold: the initial state of
/// the caller stays as it is, copies are clones (a copy that shares storage spoils the result of a right-hand side
/// which writes in place), and autograd may record all steps. Gradients through dopri5 take the step sizes as
/// constants.
template <>
struct StateTraits<torch::Tensor> {
  using Tensor = torch::Tensor;

  template <class... X>
  static void combine(Tensor& out, const double* c, const Tensor& x0, const X&... x) {
    if constexpr (sizeof...(X) == 0) {
      out = *c == 1 ? x0.clone() : x0 * *c;
    } else {
      out = start(c, x0, x...);
    }
  }

  static bool same_shape(const Tensor& a, const Tensor& b) {
    return a.defined() == b.defined() &&
           (!a.defined() || (a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type() && a.device() == b.device()));
  }
  static void resize_like(Tensor& a, const Tensor& b) {
    const torch::NoGradGuard no_grad;
    a = torch::empty_like(b);
  }
  static bool all_finite(const Tensor& x) { return std::isfinite(x.detach().sum(torch::kDouble).item<double>()); }

  static double error_norm(const Tensor& error, const Tensor& x, const Tensor& dxdt, double h, double absolute,
                           double relative) {
    const torch::NoGradGuard no_grad;
    if (x.numel() == 0) return 0;
    const Tensor scale = (x.abs() + dxdt.abs() * std::abs(h)).mul_(relative).add_(absolute);
    const Tensor squares = (error / scale).square();
    if (x.dim() < 2) return std::sqrt(squares.max().item<double>());
    return std::sqrt(squares.flatten(1).mean(1).max().item<double>());
  }

 private:
  template <class... X>
  static Tensor start(const double* c, const Tensor& x0, const Tensor& x1, const X&... x) {
    // The sum is a fresh tensor, and addition saves no operand for its gradient: it may grow in place.
    Tensor sum = torch::add(c[0] == 1 ? x0 : x0 * c[0], x1, c[1]);
    const double* next = c + 2;
    (sum.add_(x, *next++), ...);
    return sum;
  }
};

/// A list of tensors integrated together, such as {field, log-density}: each has its own norm, as in Joint.
template <>
struct StateTraits<std::vector<torch::Tensor>> {
  using List = std::vector<torch::Tensor>;
  using One = StateTraits<torch::Tensor>;

  template <class... X>
  static void combine(List& out, const double* c, const List& x0, const X&... x) {
    out.resize(x0.size());
    for (std::size_t i = 0; i < out.size(); ++i) One::combine(out[i], c, x0[i], x[i]...);
  }
  static bool same_shape(const List& a, const List& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), One::same_shape);
  }
  static void resize_like(List& a, const List& b) {
    a.resize(b.size());
    for (std::size_t i = 0; i < a.size(); ++i) One::resize_like(a[i], b[i]);
  }
  static bool all_finite(const List& x) { return std::all_of(x.begin(), x.end(), One::all_finite); }
  static double error_norm(const List& error, const List& x, const List& dxdt, double h, double absolute,
                           double relative) {
    double norm = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      norm = detail::larger(norm, One::error_norm(error[i], x[i], dxdt[i], h, absolute, relative));
    return norm;
  }
};

}  // namespace floe::ode
