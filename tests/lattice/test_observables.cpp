// SPDX-License-Identifier: MIT
#include "lattice/observables.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "base/error.h"
#include "lattice/reference.h"
#include "support/catch.h"

using floe::Block;
using floe::ConfigError;
using floe::ShapeError;
using namespace floe::lattice;

namespace {

// One sample measured by the definitions, as sums over pairs of sites.
Eigen::ArrayXd measure(const Geometry& geometry, const Phi4& phi4, const Eigen::ArrayXd& phi) {
  const int volume = geometry.volume();
  const int time = *std::max_element(geometry.sizes().begin(), geometry.sizes().end());
  const double m = phi.mean();
  Eigen::ArrayXd values = Eigen::ArrayXd::Zero(10 + time / 2);
  values.head<6>() << m, std::abs(m), m * m, std::pow(m, 4), phi.square().mean(), phi.pow(4).mean();
  int axes = 0;
  for (int mu = 0; mu < geometry.dimension(); ++mu) {
    for (int x = 0; x < volume; ++x) values[6] += phi[x] * phi[geometry.forward(x, mu)] / volume;
    if (geometry.size(mu) != time) continue;
    ++axes;
    for (int x = 0; x < volume; ++x) {
      for (int y = 0; y < volume; ++y) {
        const int t = geometry.coordinates(y)[static_cast<std::size_t>(mu)] -
                      geometry.coordinates(x)[static_cast<std::size_t>(mu)];
        values[8] += phi[x] * phi[y] * std::cos(2 * std::numbers::pi * t / time) / volume;
        const int wrapped = (t + time) % time;
        if (wrapped <= time / 2) values[9 + wrapped] += phi[x] * phi[y] / volume;
      }
    }
  }
  values.tail(values.size() - 8) /= axes;
  values[7] = reference::action(geometry, phi4, phi) / volume;
  return values;
}

}  // namespace

TEST_CASE("observables are their definitions", "[observables]") {
  const Phi4 phi4{-4, 6.975};
  for (const std::string& shape : reference::shapes) {
    CAPTURE(shape);
    const Geometry geometry = parse_geometry(shape);
    const Observables observables(geometry, phi4);
    const Block<double> phi = reference::random_block<double>(geometry.volume(), 7);
    const Eigen::ArrayXXd values = observables(phi);
    REQUIRE(values.rows() == observables.count());
    REQUIRE(values.cols() == 8);
    for (const int lane : {0, 5}) {
      const Eigen::ArrayXd exact = measure(geometry, phi4, reference::sample(phi, lane));
      REQUIRE(exact.size() == observables.count());
      CHECK((values.col(lane) - exact).abs().maxCoeff() < 1e-12 * (1 + exact.abs().maxCoeff()));
    }
    const Block<float> single = reference::random_block<float>(geometry.volume(), 8);
    const Eigen::ArrayXd exact = measure(geometry, phi4, reference::sample(single, 11));
    CHECK((observables(single).col(11) - exact).abs().maxCoeff() < 1e-12 * (1 + exact.abs().maxCoeff()));
  }
}

TEST_CASE("the correlator sums up to the susceptibility", "[observables]") {
  const Geometry geometry({4, 7, 7});
  const Observables observables(geometry, {1, 1});
  const Eigen::ArrayXXd values = observables(reference::random_block<double>(geometry.volume(), 9));
  const auto correlator = values.middleRows(observables.index("correlator_0"), 4);
  const Eigen::ArrayXd sum = correlator.row(0) + 2 * correlator.bottomRows(3).colwise().sum();
  const Eigen::ArrayXd susceptibility = geometry.volume() * values.row(observables.index("m_squared"));
  CHECK((sum - susceptibility).abs().maxCoeff() < 1e-12);
}

TEST_CASE("correlation lengths are exact on the free correlator", "[observables]") {
  // The zero-momentum correlator of the free field is proportional to cosh(E (t - T/2)), 2 sinh(E/2) = m.
  for (const double mass : {1.0, 0.25}) {
    for (const int period : {2, 5, 8, 64}) {
      const double energy = 2 * std::asinh(mass / 2);
      Eigen::ArrayXd correlator(period / 2 + 1);
      for (int t = 0; t <= period / 2; ++t) correlator[t] = std::cosh(energy * (t - period / 2.0));
      for (int t = 1; t <= period / 2; ++t)
        CHECK(effective_mass(correlator, period, t) == Approx(energy).epsilon(1e-9));
      if (period > 2) {
        CHECK(xi_arccosh(correlator, period) == Approx(1 / energy).epsilon(1e-9));
      } else {
        CHECK(std::isnan(xi_arccosh(correlator, period)));
      }
      const double k = 2 * std::sin(std::numbers::pi / period);
      const double at_zero = 1 / (2 * mass * mass);
      const double at_k = 1 / (2 * (mass * mass + k * k));
      CHECK(xi_second_moment(at_zero, at_k, period) == Approx(1 / mass).epsilon(1e-13));
    }
  }
  CHECK(std::isnan(xi_second_moment(1, 1, 1)));
  CHECK(std::isnan(xi_second_moment(1, 2, 8)));
  CHECK(std::isnan(xi_arccosh(Eigen::ArrayXd::Ones(1), 1)));
}

TEST_CASE("quantities are computed from the means", "[observables]") {
  const Geometry geometry({6, 6});
  const Observables observables(geometry, {-4, 6.975});
  const Eigen::ArrayXd mean = observables(reference::random_block<double>(36, 10)).rowwise().mean();
  const auto value = [&](const std::string& name) {
    for (const auto& list : {observables.quantities(), observables.correlator_quantities()}) {
      for (const Quantity& quantity : list) {
        if (quantity.name == name) return quantity.function(mean);
      }
    }
    FAIL("no quantity " << name);
    return 0.0;
  };
  const auto of = [&](const std::string& name) { return mean[observables.index(name)]; };
  CHECK(value("susceptibility") == 36 * of("m_squared"));
  CHECK(value("connected_susceptibility") ==
        Approx(36 * (of("m_squared") - std::pow(of("abs_magnetisation"), 2))).epsilon(1e-13));
  CHECK(value("binder") == Approx(1 - of("m_fourth") / (3 * std::pow(of("m_squared"), 2))).epsilon(1e-13));
  CHECK(value("phi_squared") == of("phi_squared"));
  CHECK(value("two_point_3") == of("correlator_3"));
  CHECK_THROWS_WITH(observables.index("energy"), ContainsSubstring("unknown observable \"energy\""));
  CHECK_THROWS_AS(observables.index(""), ConfigError);
  CHECK_THROWS_WITH(observables(Block<double>(Block<double>::Zero(8, 35))), ContainsSubstring("lattice 6x6"));
}
