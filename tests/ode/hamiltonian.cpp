// SPDX-License-Identifier: MIT
#include "ode/hamiltonian.h"

#include <cmath>

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
  CHECK(test::observed_order({20, 40, 80}, [&](int n) { return drift(SymplecticMethod::fourth_order, n, 6 * n); }) ==
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
      CHECK(stats.nfe == (m == SymplecticMethod::leapfrog ? steps + 1 : 6 * steps));
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
