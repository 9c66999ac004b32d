// SPDX-License-Identifier: MIT
#pragma once

#include <complex>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ode/options.h"

namespace floe::ode {

/// Methods for du/dt = L u + N(u, t) with a diagonal L that may be stiff.
enum class SemilinearMethod {
  etdrk4,   ///< order 4, exponential time differencing; L is integrated exactly; four evaluations of N per step
  cn_heun,  ///< order 2, Crank-Nicolson for L and Heun for N; two evaluations
  cn_euler  ///< order 1, Crank-Nicolson for L and Euler for N; one evaluation
};

/// "etdrk4", "cn_heun", "cn_euler".
std::string_view to_string(SemilinearMethod method);
/// The order of convergence of a method.
int order(SemilinearMethod method);

namespace detail {
/// What a step of size h multiplies by, one number per component.
///
/// etdrk4, z = h L:  e = exp(z), e2 = exp(z/2), q = h/2 phi_1(z/2), f1 = h (phi_1 - 3 phi_2 + 4 phi_3)(z),
///                   f2 = h (2 phi_2 - 4 phi_3)(z), f3 = h (4 phi_3 - phi_2)(z)
/// Crank-Nicolson:   e = (1 + z/2) / (1 - z/2), q = h / (1 - z/2)
template <class Rate>
struct SemilinearTables {
  std::vector<Rate> e, e2, q, f1, f2, f3;
};
template <class Rate>
void fill_tables(SemilinearMethod method, const std::vector<Rate>& rates, double h, SemilinearTables<Rate>& tables);
extern template void fill_tables(SemilinearMethod, const std::vector<double>&, double, SemilinearTables<double>&);
extern template void fill_tables(SemilinearMethod, const std::vector<std::complex<double>>&, double,
                                 SemilinearTables<std::complex<double>>&);

/// Throws ConfigError for steps < 1 or times that are not finite, ShapeError when the sizes differ.
void check_semilinear(std::size_t rates, std::size_t state, double t0, double t1, int steps);
bool all_finite(const double* values, std::size_t count);

inline double times(double c, double x) {
  return c * x;
}
inline std::complex<double> times(double c, std::complex<double> x) {
  return {c * x.real(), c * x.imag()};
}
inline std::complex<double> times(std::complex<double> c, std::complex<double> x) {
  return {c.real() * x.real() - c.imag() * x.imag(), c.real() * x.imag() + c.imag() * x.real()};
}
}  // namespace detail

/// Integrates du/dt = L u + N(u, t) with diagonal L = diag(rates) in equal steps: the coefficients of a Fourier, cosine
/// or sine series under a linear differential operator with constant coefficients, and what is nonlinear, of low order
/// or driven in N. Boost.Odeint has no such steppers; for what is not stiff see integrate.h.
///
/// etdrk4 is the method of Cox and Matthews (J. Comput. Phys. 176 (2002) 430):
///
///   a = e2 u + q N(u, t)                c  = e2 a + q (2 N(b, t + h/2) - N(u, t))
///   b = e2 u + q N(a, t + h/2)          u' = e u + f1 N(u, t) + f2 (N(a, t + h/2) + N(b, t + h/2)) + f3 N(c, t + h)
///
/// with the factors of detail::SemilinearTables. Its order is 4 as long as N is smooth on the scale of the fast modes
/// (periodic problems); it is exact for N = 0. Crank-Nicolson with Heun is
///
///   p = e u + q N(u, t),                u' = e u + q (N(u, t) + N(p, t + h)) / 2
///
/// and with Euler u' = p, the scheme of the data of Li et al. (ICLR 2021).
///
/// Value is double or std::complex<double>, Rate the type of L's entries, double where Value is. The tables are kept
/// until the step size changes, and no memory is allocated after the first step. One object per thread.
template <class Value, class Rate = double>
class SemilinearIntegrator final {
  static_assert(std::is_same_v<Value, double> || std::is_same_v<Value, std::complex<double>>);
  static_assert(std::is_same_v<Rate, double> || std::is_same_v<Rate, Value>);

 public:
  using State = std::vector<Value>;

  explicit SemilinearIntegrator(std::vector<Rate> rates, SemilinearMethod method = SemilinearMethod::etdrk4)
      : method_(method), rates_(std::move(rates)) {
    const int stages = method == SemilinearMethod::etdrk4 ? 4 : method == SemilinearMethod::cn_heun ? 2 : 1;
    for (int i = 0; i < stages; ++i) n_[i].resize(rates_.size());
    if (stages > 1) a_.resize(rates_.size());
    if (stages > 2) b_.resize(rates_.size());
  }

  /// Advances u from t0 to t1, forwards. nonlinear(const State& u, State& n, double t) writes N(u, t) into n, of the
  /// size of u; observer(const State& u, double t) sees both ends and each end of a step. Throws ConfigError for steps
  /// < 1 and times that make no sense, ShapeError when u does not fit the rates, NumericalError naming t when the state
  /// is not finite.
  template <class Nonlinear, class Observer>
  Stats operator()(Nonlinear&& nonlinear, State& u, double t0, double t1, int steps, Observer&& observer) {
    detail::check_semilinear(rates_.size(), u.size(), t0, t1, steps);
    Stats stats;
    const double h = (t1 - t0) / steps;
    if (h != step_) {
      detail::fill_tables(method_, rates_, h, tables_);
      step_ = h;
    }
    const auto node = [&](int i) { return i == steps ? t1 : t0 + i * h; };
    observer(std::as_const(u), t0);
    for (int i = 0; i < steps; ++i) {
      switch (method_) {
        case SemilinearMethod::etdrk4:
          etdrk4(nonlinear, u, node(i), h);
          stats.nfe += 4;
          break;
        case SemilinearMethod::cn_heun:
          cn_heun(nonlinear, u, node(i), h);
          stats.nfe += 2;
          break;
        case SemilinearMethod::cn_euler:
          cn_euler(nonlinear, u, node(i));
          stats.nfe += 1;
          break;
      }
      ++stats.accepted;
      if (!detail::all_finite(reinterpret_cast<const double*>(u.data()), u.size() * sizeof(Value) / sizeof(double)))
        detail::throw_not_finite("state", node(i + 1));
      observer(std::as_const(u), node(i + 1));
    }
    return stats;
  }
  template <class Nonlinear>
  Stats operator()(Nonlinear&& nonlinear, State& u, double t0, double t1, int steps) {
    return (*this)(nonlinear, u, t0, t1, steps, [](const State&, double) {});
  }

  const std::vector<Rate>& rates() const { return rates_; }
  SemilinearMethod method() const { return method_; }

 private:
  template <class Nonlinear>
  void etdrk4(Nonlinear& nonlinear, State& u, double t, double h) {
    using detail::times;
    const std::size_t count = u.size();
    const Rate *e = tables_.e.data(), *e2 = tables_.e2.data(), *q = tables_.q.data();
    const Rate *f1 = tables_.f1.data(), *f2 = tables_.f2.data(), *f3 = tables_.f3.data();
    const Value *n0 = n_[0].data(), *n1 = n_[1].data(), *n2 = n_[2].data(), *n3 = n_[3].data();
    Value *x = u.data(), *a = a_.data(), *b = b_.data();
    nonlinear(std::as_const(u), n_[0], t);
    for (std::size_t i = 0; i < count; ++i) a[i] = times(e2[i], x[i]) + times(q[i], n0[i]);
    nonlinear(std::as_const(a_), n_[1], t + h / 2);
    for (std::size_t i = 0; i < count; ++i) b[i] = times(e2[i], x[i]) + times(q[i], n1[i]);
    nonlinear(std::as_const(b_), n_[2], t + h / 2);
    for (std::size_t i = 0; i < count; ++i) b[i] = times(e2[i], a[i]) + times(q[i], 2.0 * n2[i] - n0[i]);
    nonlinear(std::as_const(b_), n_[3], t + h);
    for (std::size_t i = 0; i < count; ++i)
      x[i] = times(e[i], x[i]) + times(f1[i], n0[i]) + times(f2[i], n1[i] + n2[i]) + times(f3[i], n3[i]);
  }

  template <class Nonlinear>
  void cn_heun(Nonlinear& nonlinear, State& u, double t, double h) {
    using detail::times;
    const Rate *e = tables_.e.data(), *q = tables_.q.data();
    nonlinear(std::as_const(u), n_[0], t);
    for (std::size_t i = 0; i < u.size(); ++i) a_[i] = times(e[i], u[i]) + times(q[i], n_[0][i]);
    nonlinear(std::as_const(a_), n_[1], t + h);
    for (std::size_t i = 0; i < u.size(); ++i) u[i] = a_[i] + times(q[i], 0.5 * (n_[1][i] - n_[0][i]));
  }

  template <class Nonlinear>
  void cn_euler(Nonlinear& nonlinear, State& u, double t) {
    using detail::times;
    nonlinear(std::as_const(u), n_[0], t);
    for (std::size_t i = 0; i < u.size(); ++i) u[i] = times(tables_.e[i], u[i]) + times(tables_.q[i], n_[0][i]);
  }

  SemilinearMethod method_;
  std::vector<Rate> rates_;
  double step_ = 0;
  detail::SemilinearTables<Rate> tables_;
  State n_[4], a_, b_;
};

}  // namespace floe::ode
