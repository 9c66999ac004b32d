// SPDX-License-Identifier: MIT
#include "ode/semilinear.h"

#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <vector>

#include "base/error.h"
#include "ode/integrate.h"
#include "ode/phi_functions.h"
#include "support/catch.h"
#include "support/convergence.h"

using namespace floe;
using ode::SemilinearIntegrator;
using ode::SemilinearMethod;

namespace {

/// phi_k by its integral 1/(k-1)! int_0^1 exp((1 - s) z) s^(k-1) ds, Gauss-Legendre of 20 points by Newton's method.
template <class T>
T phi_by_quadrature(int k, T z) {
  constexpr int n = 20;
  T sum = 0;
  double factorial = 1;
  for (int i = 2; i < k; ++i) factorial *= i;
  for (int i = 0; i < n; ++i) {
    double x = std::cos(std::numbers::pi * (i + 0.75) / (n + 0.5)), slope = 0;
    for (int iteration = 0; iteration < 50; ++iteration) {
      double p0 = 1, p1 = x;
      for (int j = 2; j <= n; ++j) {
        const double p2 = ((2 * j - 1) * x * p1 - (j - 1) * p0) / j;
        p0 = p1;
        p1 = p2;
      }
      slope = n * (x * p1 - p0) / (x * x - 1);
      x -= p1 / slope;
    }
    const double s = 0.5 * (1 + x);
    sum += std::exp((1 - s) * z) * std::pow(s, k - 1) / ((1 - x * x) * slope * slope);
  }
  return sum / factorial;
}

/// Bernoulli's equation u' = L u + c u^2 for rates from growth to stiff decay, u(t) in closed form.
struct Bernoulli {
  std::vector<double> rates{0.5, 0.0, -1.0, -10.0, -100.0, -1e4};
  double c = 0.7;
  void operator()(const std::vector<double>& u, std::vector<double>& n, double) const {
    for (std::size_t i = 0; i < u.size(); ++i) n[i] = c * u[i] * u[i];
  }
  double exact(std::size_t i, double u0, double t) const {
    const double r = rates[i];
    return r == 0 ? u0 / (1 - c * u0 * t) : r * u0 * std::exp(r * t) / (r + c * u0 * (1 - std::exp(r * t)));
  }
};

double bernoulli_error(SemilinearMethod method, int steps) {
  const Bernoulli system;
  std::vector<double> u(system.rates.size(), 0.8);
  SemilinearIntegrator<double> integrate(system.rates, method);
  integrate(system, u, 0.0, 1.0, steps);
  double largest = 0;
  // Crank-Nicolson does not damp the last two rates at these steps, which it need not to be of its order elsewhere.
  const std::size_t count = method == SemilinearMethod::etdrk4 ? u.size() : 4;
  for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(u[i] - system.exact(i, 0.8, 1.0)));
  return largest;
}

/// u_t = 5 u_xx + 3 u_x - |u|^2 u / 2 + cos 3t in 16 modes on a circle of length 2 pi, by sums: complex values and
/// complex rates.
struct Waves {
  static constexpr int n = 16;
  using Modes = std::vector<std::complex<double>>;
  static int wave(int m) { return m < n / 2 ? m : m - n; }
  static Modes rates() {
    Modes rates(n);
    for (int m = 0; m < n; ++m) rates[m] = {-5.0 * wave(m) * wave(m), 3.0 * wave(m)};
    return rates;
  }
  static Modes start() {
    Modes u(n);
    for (int m = 0; m < n; ++m) u[m] = std::polar(std::exp(-0.5 * std::abs(wave(m))), 1.0 * m * m);
    return u;
  }
  void operator()(const Modes& u, Modes& du, double t) const {
    std::complex<double> field[n];
    for (int x = 0; x < n; ++x) {
      field[x] = 0;
      for (int m = 0; m < n; ++m) field[x] += u[m] * std::polar(1.0, 2 * std::numbers::pi * m * x / n);
      field[x] = -0.5 * std::norm(field[x]) * field[x] + std::cos(3 * t);
    }
    for (int m = 0; m < n; ++m) {
      du[m] = 0;
      for (int x = 0; x < n; ++x) du[m] += field[x] * std::polar(1.0 / n, -2 * std::numbers::pi * m * x / n);
    }
  }
};

}  // namespace

TEST_CASE("phi functions agree with their integrals, small and large arguments alike") {
  for (const double z : {0.0, 1e-12, -1e-9, 1e-4, -0.03, 0.7, -0.999, -1.001, 1.5, -3.0, -7.5}) {
    const auto phi = ode::phi_functions(z);
    CHECK(phi[0] == Approx(std::exp(z)).epsilon(1e-15));
    for (int k = 1; k <= 3; ++k) CHECK(phi[k] == Approx(phi_by_quadrature(k, z)).epsilon(2e-14));
  }
  for (const std::complex<double> z : {std::complex{0.0, 0.5}, {-0.3, 0.94}, {-2.0, 5.0}, {0.0, -9.0}}) {
    const auto phi = ode::phi_functions(z);
    for (int k = 1; k <= 3; ++k) CHECK(std::abs(phi[k] - phi_by_quadrature(k, z)) < 1e-14);
  }
  // phi_3(z) = -1 / (2 z) - 1 / z^2 - 1 / z^3 for z -> -infinity.
  const double z = -1e6;
  CHECK(ode::phi_functions(z)[3] == Approx(-0.5 / z - 1 / (z * z) - 1 / (z * z * z)).epsilon(1e-14));
}

TEST_CASE("methods for diagonal stiff operators converge with their orders to the solution of Bernoulli's equation") {
  const auto method = GENERATE(SemilinearMethod::etdrk4, SemilinearMethod::cn_heun, SemilinearMethod::cn_euler);
  CAPTURE(ode::to_string(method));
  const double order = test::observed_order({40, 80, 160}, [&](int steps) { return bernoulli_error(method, steps); });
  CHECK(order == Approx(ode::order(method)).margin(0.15));
}

TEST_CASE("exponential time differencing takes steps far beyond the explicit limit and is exact for a linear problem") {
  const std::vector<double> rates{-1e6, -3.0, 2.0};
  std::vector<double> u{1.0, 1.0, 1.0};
  SemilinearIntegrator<double> integrate(rates);
  const auto stats = integrate([](const auto&, auto& n, double) { n.assign(3, 0.0); }, u, 0.0, 2.0, 3);
  CHECK(stats.nfe == 12);
  CHECK(stats.accepted == 3);
  CHECK(u[0] == 0.0);
  CHECK(u[1] == Approx(std::exp(-6.0)).epsilon(1e-14));
  CHECK(u[2] == Approx(std::exp(4.0)).epsilon(1e-14));
  // A constant drive is integrated exactly as well: phi functions instead of quadrature.
  u = {0.0, 0.0, 0.0};
  integrate([](const auto&, auto& n, double) { n.assign(3, 1.0); }, u, 0.0, 2.0, 1);
  for (std::size_t i = 0; i < 3; ++i) CHECK(u[i] == Approx((std::exp(2 * rates[i]) - 1) / rates[i]).epsilon(1e-13));
}

TEST_CASE("complex modes with complex rates: order four, and the same solution by explicit Runge-Kutta") {
  const Waves system;
  const auto solve = [&](int steps) {
    Waves::Modes u = Waves::start();
    SemilinearIntegrator<std::complex<double>, std::complex<double>> integrate(Waves::rates());
    integrate(system, u, 0.0, 0.5, steps);
    return u;
  };
  // The explicit method of the core on real and imaginary parts; h |L| = 0.06 there.
  std::vector<double> parts;
  for (const auto& value : Waves::start()) parts.insert(parts.end(), {value.real(), value.imag()});
  const auto explicit_system = [&](const std::vector<double>& x, std::vector<double>& dxdt, double t) {
    Waves::Modes u(Waves::n), du(Waves::n);
    for (int m = 0; m < Waves::n; ++m) u[m] = {x[2 * m], x[2 * m + 1]};
    system(u, du, t);
    for (int m = 0; m < Waves::n; ++m) {
      du[m] += Waves::rates()[m] * u[m];
      dxdt[2 * m] = du[m].real();
      dxdt[2 * m + 1] = du[m].imag();
    }
  };
  const auto reference = ode::integrate(explicit_system, parts, 0.0, 0.5, {.method = ode::Method::rk4, .steps = 2500});
  const auto error = [&](int steps) {
    const Waves::Modes u = solve(steps);
    double sum = 0;
    for (int m = 0; m < Waves::n; ++m)
      sum += std::norm(u[m] - std::complex{reference.state[2 * m], reference.state[2 * m + 1]});
    return std::sqrt(sum);
  };
  CHECK(error(256) < 5e-9);
  CHECK(test::observed_order({64, 128, 256}, error) > 3.7);
}

TEST_CASE("methods for diagonal operators tell what is wrong") {
  SemilinearIntegrator<double> integrate({-1.0, -2.0});
  const auto zero = [](const auto& u, auto& n, double) { n.assign(u.size(), 0.0); };
  std::vector<double> three(3), two(2);
  CHECK_THROWS_AS(integrate(zero, three, 0.0, 1.0, 1), ShapeError);
  CHECK_THROWS_AS(integrate(zero, two, 0.0, 1.0, 0), ConfigError);
  CHECK_THROWS_AS(integrate(zero, two, 1.0, 0.0, 4), ConfigError);
  const auto explode = [](const auto& u, auto& n, double) {
    for (std::size_t i = 0; i < u.size(); ++i) n[i] = 1e200 * (1 + u[i] * u[i]);
  };
  try {
    integrate(explode, two, 0.0, 1.0, 4);
    FAIL("no error");
  } catch (const NumericalError& error) {
    CHECK(std::string(error.what()).find("not finite at t=0.25") != std::string::npos);
  }
}
