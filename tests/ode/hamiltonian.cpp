// SPDX-License-Identifier: MIT
#include "ode/hamiltonian.h"

#include <boost/numeric/odeint/stepper/symplectic_rkn_sb3a_mclachlan.hpp>
#include <boost/numeric/odeint/stepper/velocity_verlet.hpp>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/lanes.h"
#include "support/catch.h"
#include "support/convergence.h"

using namespace floe;
using ode::SymplecticMethod;

namespace {

/// A chain of quartic oscillators, coupled to their neighbours: S = sum (q_{s+1}-q_s)^2 / 2 + q^4 / 4.
struct Chain {
  static Lanes<double> action(const Block<double>& q) {
    Lanes<double> sum = Lanes<double>::Zero();
    for (Eigen::Index s = 0; s < q.cols(); ++s)
      sum += (q.col((s + 1) % q.cols()) - q.col(s)).square() / 2 + q.col(s).square().square() / 4;
    return sum;
  }
  void operator()(const Block<double>& q, Block<double>& dpdt) const {
    const Eigen::Index n = q.cols();
    for (Eigen::Index s = 0; s < n; ++s)
      dpdt.col(s) = q.col((s + 1) % n) + q.col((s + n - 1) % n) - 2 * q.col(s) - q.col(s).cube();
  }
};

Block<double> wave(Eigen::Index sites, double phase) {
  Block<double> x(8, sites);
  for (Eigen::Index s = 0; s < sites; ++s)
    for (Eigen::Index w = 0; w < 8; ++w)
      x(w, s) = std::sin(phase + 0.7 * static_cast<double>(s) + 0.3 * static_cast<double>(w));
  return x;
}

Lanes<double> energy(const Block<double>& q, const Block<double>& p) {
  return Chain::action(q) + p.square().rowwise().sum() / 2;
}

}  // namespace

TEST_CASE("the symplectic methods are reversible to rounding") {
  for (const auto method : {SymplecticMethod::leapfrog, SymplecticMethod::fourth_order}) {
    const Block<double> q0 = wave(12, 0), p0 = wave(12, 1);
    Block<double> q = q0, p = p0;
    ode::integrate_hamiltonian(Chain(), q, p, 1.0, 25, method);
    CHECK((q - q0).abs().maxCoeff() > 0.1);
    p = -p;
    ode::integrate_hamiltonian(Chain(), q, p, 1.0, 25, method);
    CHECK((q - q0).abs().maxCoeff() < 1e-12);
    CHECK((p + p0).abs().maxCoeff() < 1e-12);
  }
}

TEST_CASE("the energy drift falls with the order of the method, and forces are counted") {
  const auto drift = [](SymplecticMethod method, int steps, std::int64_t evaluations) {
    Block<double> q = wave(10, 0.2), p = wave(10, 1.4);
    const Lanes<double> before = energy(q, p);
    const ode::Stats stats = ode::integrate_hamiltonian(Chain(), q, p, 2.0, steps, method);
    CHECK(stats.nfe == evaluations);
    CHECK(stats.accepted == steps);
    return (energy(q, p) - before).abs().maxCoeff();
  };
  CHECK(test::observed_order({20, 40, 80, 160}, [&](int n) { return drift(SymplecticMethod::leapfrog, n, n + 1); }) ==
        Approx(2).margin(0.15));
  CHECK(test::observed_order({20, 40, 80}, [&](int n) { return drift(SymplecticMethod::fourth_order, n, 5 * n); }) ==
        Approx(4).margin(0.3));
}

TEST_CASE("the harmonic oscillator is followed with the order of the method") {
  const auto force = [](const Eigen::ArrayXd& q, Eigen::ArrayXd& dpdt) { dpdt = -q; };
  for (const auto& [method, order] :
       {std::pair{SymplecticMethod::leapfrog, 2.0}, std::pair{SymplecticMethod::fourth_order, 4.0}}) {
    const auto error = [&, m = method](int steps) {
      Eigen::ArrayXd q = Eigen::ArrayXd::Constant(2, 1.0), p = Eigen::ArrayXd::Constant(2, 0.5);
      ode::integrate_hamiltonian(force, q, p, 1.3, steps, m);
      return std::abs(q[1] - std::cos(1.3) - 0.5 * std::sin(1.3)) +
             std::abs(p[0] - 0.5 * std::cos(1.3) + std::sin(1.3));
    };
    CHECK(test::observed_order({16, 32, 64}, error) == Approx(order).margin(0.1));
  }
}

TEST_CASE("a velocity functor makes each mode move with its own mass") {
  // H = sum w_i p_i^2 / 2 + q_i^2 / 2: frequencies sqrt(w_i).
  const Eigen::ArrayXd w = Eigen::ArrayXd::LinSpaced(5, 0.5, 4.0);
  const auto force = [](const Eigen::ArrayXd& q, Eigen::ArrayXd& dpdt) { dpdt = -q; };
  const auto velocity = [&](const Eigen::ArrayXd& p, Eigen::ArrayXd& dqdt) { dqdt = w * p; };
  for (const auto& [method, order] :
       {std::pair{SymplecticMethod::leapfrog, 2.0}, std::pair{SymplecticMethod::fourth_order, 4.0}}) {
    const auto error = [&, m = method](int steps) {
      Eigen::ArrayXd q = Eigen::ArrayXd::Ones(5), p = Eigen::ArrayXd::Zero(5);
      const ode::Stats stats = ode::integrate_hamiltonian(force, q, p, 0.9, steps, m, velocity);
      CHECK(stats.nfe == (m == SymplecticMethod::leapfrog ? steps + 1 : 5 * steps));
      return (q - (w.sqrt() * 0.9).cos()).abs().maxCoeff();
    };
    CHECK(test::observed_order({16, 32, 64}, error) == Approx(order).margin(0.1));
  }
  // Leapfrog with unit velocity is leapfrog without one, bit for bit.
  const auto unit = [](const Eigen::ArrayXd& p, Eigen::ArrayXd& dqdt) { dqdt = p; };
  Eigen::ArrayXd q1 = w, p1 = w.sin(), q2 = q1, p2 = p1;
  ode::integrate_hamiltonian(force, q1, p1, 1.0, 7);
  ode::integrate_hamiltonian(force, q2, p2, 1.0, 7, SymplecticMethod::leapfrog, unit);
  CHECK((q1 == q2).all());
  CHECK((p1 == p2).all());
}

TEST_CASE("both methods are the steppers of Boost.Odeint") {
  using Vector = std::vector<double>;
  const auto cubic = [](const Vector& q, Vector& dpdt) {
    for (std::size_t i = 0; i < q.size(); ++i) dpdt[i] = -q[i] - q[i] * q[i] * q[i];
  };
  const Vector q0{0.3, -1.1}, p0{0.7, 0.2};
  constexpr int steps = 12;
  const auto same = [](const Vector& a, const Vector& b) {
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).epsilon(1e-13));
  };
  for (const auto method : {SymplecticMethod::leapfrog, SymplecticMethod::fourth_order}) {
    Vector q = q0, p = p0;
    ode::integrate_hamiltonian(cubic, q, p, 1.5, steps, method);
    auto state = std::make_pair(q0, p0);
    if (method == SymplecticMethod::leapfrog) {
      boost::numeric::odeint::velocity_verlet<Vector> stepper;
      const auto acceleration = [&](const Vector& x, const Vector&, Vector& a, double) { cubic(x, a); };
      for (int i = 0; i < steps; ++i) stepper.do_step(acceleration, state, 0.0, 1.5 / steps);
    } else {
      boost::numeric::odeint::symplectic_rkn_sb3a_mclachlan<Vector> stepper;
      for (int i = 0; i < steps; ++i) stepper.do_step(cubic, state, 0.0, 1.5 / steps);
    }
    same(q, state.first);
    same(p, state.second);
  }
}

TEST_CASE("a force that kicks gives the trajectory of the same force") {
  const auto kick = [](const Block<double>& q, Block<double>& p, double h) {
    Block<double> force(q.rows(), q.cols());
    Chain()(q, force);
    p += h * force;
  };
  for (const auto method : {SymplecticMethod::leapfrog, SymplecticMethod::fourth_order}) {
    Block<double> q = wave(9, 0), p = wave(9, 1), q2 = q, p2 = p;
    const auto stats = ode::integrate_hamiltonian(Chain(), q, p, 1.0, 10, method);
    CHECK(ode::integrate_hamiltonian(kick, q2, p2, 1.0, 10, method).nfe == stats.nfe);
    CHECK((q - q2).abs().maxCoeff() < 1e-14);
    CHECK((p - p2).abs().maxCoeff() < 1e-14);
  }
}

TEST_CASE("an integrator is kept across trajectories and lattice sizes") {
  ode::HamiltonianIntegrator<Block<double>> integrator;
  for (const Eigen::Index sites : {6, 12, 6}) {
    Block<double> q = wave(sites, 0), p = wave(sites, 1), q2 = q, p2 = p;
    integrator(Chain(), q, p, 1.0, 10);
    ode::integrate_hamiltonian(Chain(), q2, p2, 1.0, 10);
    CHECK((q == q2).all());
    CHECK((p == p2).all());
  }
  Block<double> q = wave(4, 0), p = wave(5, 0);
  CHECK_THROWS_AS(integrator(Chain(), q, p, 1.0, 10), ShapeError);
  p = q;
  CHECK_THROWS_WITH(integrator(Chain(), q, p, 1.0, 0), ContainsSubstring("invalid steps=0 of a trajectory"));
}
