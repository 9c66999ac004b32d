// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <vector>

#include "base/lanes.h"

namespace floe::ode {

/// Two states integrated together, such as fields and their log-densities: any two states, also of different precision.
template <class A, class B>
struct Joint {
  A first;
  B second;
};

/// What the integrators know of a type of state; specialise it to add one. All functions are static:
///
///   combine(out, coefficients, x...)  out = sum_i coefficients[i] x_i in one pass; out may be one of the x
///   same_shape(a, b), resize_like(a, b)
///   all_finite(x)
///   error_norm(error, x, dxdt, h, absolute, relative)
///       the norm of the error per sample, in units of the tolerance absolute + relative (|x| + |h dxdt|): the root
///       mean square over the sample's own components, then the largest over the samples, so that neither a large batch
///       nor a large lattice hides a sample that needs smaller steps. Not finite when an input is not.
template <class State>
struct StateTraits;

template <class S>
concept State = requires(S& out, const S& x) {
  { StateTraits<S>::same_shape(x, x) } -> std::same_as<bool>;
  StateTraits<S>::resize_like(out, x);
};

namespace detail {

/// max that keeps NaN.
inline double larger(double a, double b) {
  return a > b || std::isnan(a) ? a : b;
}

template <class T, class Out, class X0, class... X>
auto linear_expression(const double* c, const X0& x0, const X&... x) {
  if constexpr (sizeof...(X) == 0)
    return static_cast<T>(*c) * x0;
  else
    return static_cast<T>(*c) * x0 + linear_expression<T, Out>(c + 1, x...);
}

}  // namespace detail

/// Eigen arrays. What has a lane per row (Block, Lanes and sums of them in any precision) holds one sample per row;
/// every other shape is one sample.
template <class T, int Rows, int Columns, int Flags, int MaxRows, int MaxColumns>
struct StateTraits<Eigen::Array<T, Rows, Columns, Flags, MaxRows, MaxColumns>> {
  using Array = Eigen::Array<T, Rows, Columns, Flags, MaxRows, MaxColumns>;
  static constexpr bool samples_in_rows = Rows == lane_count<double> || Rows == lane_count<float>;

  template <class... X>
  static void combine(Array& out, const double* c, const X&... x) {
    out = detail::linear_expression<T, Array>(c, x...);
  }
  static bool same_shape(const Array& a, const Array& b) { return a.rows() == b.rows() && a.cols() == b.cols(); }
  static void resize_like(Array& a, const Array& b) { a.resize(b.rows(), b.cols()); }
  static bool all_finite(const Array& x) { return (x * T(0)).sum() == T(0); }

  static double error_norm(const Array& error, const Array& x, const Array& dxdt, double h, double absolute,
                           double relative) {
    const auto a = static_cast<T>(absolute);
    const auto r = static_cast<T>(relative);
    const auto step = static_cast<T>(std::abs(h));
    if constexpr (samples_in_rows) {
      using Sum = Eigen::Array<T, Rows, 1>;
      Sum sum = Sum::Zero();
      for (Eigen::Index site = 0; site < x.cols(); ++site) {
        const auto scale = a + r * (x.col(site).abs() + step * dxdt.col(site).abs());
        sum += (error.col(site) / scale).square();
      }
      double largest = 0;
      for (int lane = 0; lane < Rows; ++lane) largest = detail::larger(largest, static_cast<double>(sum[lane]));
      return std::sqrt(largest / static_cast<double>(std::max<Eigen::Index>(1, x.cols())));
    } else {
      const double sum = static_cast<double>((error / (a + r * (x.abs() + step * dxdt.abs()))).square().sum());
      return std::sqrt(sum / static_cast<double>(std::max<Eigen::Index>(1, x.size())));
    }
  }
};

/// std::vector of numbers: one sample.
template <std::floating_point T, class Allocator>
struct StateTraits<std::vector<T, Allocator>> {
  using Vector = std::vector<T, Allocator>;
  using Array = Eigen::Array<T, Eigen::Dynamic, 1>;
  static auto view(const Vector& x) { return Eigen::Map<const Array>(x.data(), static_cast<Eigen::Index>(x.size())); }

  template <class... X>
  static void combine(Vector& out, const double* c, const X&... x) {
    Eigen::Map<Array>(out.data(), static_cast<Eigen::Index>(out.size())) =
        detail::linear_expression<T, Array>(c, view(x)...);
  }
  static bool same_shape(const Vector& a, const Vector& b) { return a.size() == b.size(); }
  static void resize_like(Vector& a, const Vector& b) { a.resize(b.size()); }
  static bool all_finite(const Vector& x) { return (view(x) * T(0)).sum() == T(0); }
  static double error_norm(const Vector& error, const Vector& x, const Vector& dxdt, double h, double absolute,
                           double relative) {
    const auto scale = static_cast<T>(absolute) +
                       static_cast<T>(relative) * (view(x).abs() + static_cast<T>(std::abs(h)) * view(dxdt).abs());
    const double sum = static_cast<double>((view(error) / scale).square().sum());
    return std::sqrt(sum / static_cast<double>(std::max<std::size_t>(1, x.size())));
  }
};

/// Two parts: each part of a sample has its own norm, so that one log-density is not lost among a thousand sites.
template <class A, class B>
struct StateTraits<Joint<A, B>> {
  using Pair = Joint<A, B>;
  template <class... X>
  static void combine(Pair& out, const double* c, const X&... x) {
    StateTraits<A>::combine(out.first, c, x.first...);
    StateTraits<B>::combine(out.second, c, x.second...);
  }
  static bool same_shape(const Pair& a, const Pair& b) {
    return StateTraits<A>::same_shape(a.first, b.first) && StateTraits<B>::same_shape(a.second, b.second);
  }
  static void resize_like(Pair& a, const Pair& b) {
    StateTraits<A>::resize_like(a.first, b.first);
    StateTraits<B>::resize_like(a.second, b.second);
  }
  static bool all_finite(const Pair& x) {
    return StateTraits<A>::all_finite(x.first) && StateTraits<B>::all_finite(x.second);
  }
  static double error_norm(const Pair& error, const Pair& x, const Pair& dxdt, double h, double absolute,
                           double relative) {
    return detail::larger(StateTraits<A>::error_norm(error.first, x.first, dxdt.first, h, absolute, relative),
                          StateTraits<B>::error_norm(error.second, x.second, dxdt.second, h, absolute, relative));
  }
};

}  // namespace floe::ode
