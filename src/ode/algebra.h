// SPDX-License-Identifier: MIT
#pragma once

// What Boost.Odeint needs to step any State: how to form linear combinations, resize and copy.

#include <boost/numeric/odeint/util/copy.hpp>
#include <boost/numeric/odeint/util/is_resizeable.hpp>
#include <boost/numeric/odeint/util/resize.hpp>
#include <boost/numeric/odeint/util/same_size.hpp>

#include "ode/state.h"

namespace floe::ode::detail {

/// out = sum_i c_i x_i, in one pass over memory whatever the number of terms.
template <std::size_t Terms>
struct LinearCombination {
  double coefficients[Terms];
  template <class... C>
  explicit LinearCombination(C... c) : coefficients{static_cast<double>(c)...} {}
  using result_type = void;

  template <class S, class... X>
  void operator()(S& out, const X&... x) const {
    static_assert(sizeof...(X) == Terms);
    StateTraits<S>::combine(out, coefficients, x...);
  }
};

// The names Boost.Odeint calls; coefficients stay double for every precision of the state.
struct Operations {
  template <class...>
  struct scale_sum2 : LinearCombination<2> {
    using LinearCombination<2>::LinearCombination;
  };
  template <class...>
  struct scale_sum3 : LinearCombination<3> {
    using LinearCombination<3>::LinearCombination;
  };
  template <class...>
  struct scale_sum4 : LinearCombination<4> {
    using LinearCombination<4>::LinearCombination;
  };
  template <class...>
  struct scale_sum5 : LinearCombination<5> {
    using LinearCombination<5>::LinearCombination;
  };
  template <class...>
  struct scale_sum6 : LinearCombination<6> {
    using LinearCombination<6>::LinearCombination;
  };
  template <class...>
  struct scale_sum7 : LinearCombination<7> {
    using LinearCombination<7>::LinearCombination;
  };
};

struct Algebra {
  static void for_each3(auto& out, const auto& a, const auto& b, const auto& op) { op(out, a, b); }
  static void for_each4(auto& out, const auto& a, const auto& b, const auto& c, const auto& op) { op(out, a, b, c); }
  static void for_each5(auto& out, const auto& a, const auto& b, const auto& c, const auto& d, const auto& op) {
    op(out, a, b, c, d);
  }
  static void for_each6(auto& out, const auto& a, const auto& b, const auto& c, const auto& d, const auto& e,
                        const auto& op) {
    op(out, a, b, c, d, e);
  }
  static void for_each7(auto& out, const auto& a, const auto& b, const auto& c, const auto& d, const auto& e,
                        const auto& f, const auto& op) {
    op(out, a, b, c, d, e, f);
  }
  static void for_each8(auto& out, const auto& a, const auto& b, const auto& c, const auto& d, const auto& e,
                        const auto& f, const auto& g, const auto& op) {
    op(out, a, b, c, d, e, f, g);
  }
};

}  // namespace floe::ode::detail

namespace boost::numeric::odeint {

template <class S>
struct is_resizeable_sfinae<S, std::enable_if_t<floe::ode::State<S>>> : boost::true_type {
  using type = boost::true_type;
};

template <floe::ode::State S>
struct same_size_impl<S, S> {
  static bool same_size(const S& a, const S& b) { return floe::ode::StateTraits<S>::same_shape(a, b); }
};

template <floe::ode::State S>
struct resize_impl<S, S> {
  static void resize(S& a, const S& b) { floe::ode::StateTraits<S>::resize_like(a, b); }
};

template <floe::ode::State S>
struct copy_impl<S, S> {
  static void copy(const S& from, S& to) {
    const double one = 1;
    floe::ode::StateTraits<S>::combine(to, &one, from);
  }
};

}  // namespace boost::numeric::odeint
