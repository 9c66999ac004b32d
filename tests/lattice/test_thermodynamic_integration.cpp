// SPDX-License-Identifier: MIT
#include "lattice/thermodynamic_integration.h"

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "lattice/transfer_matrix.h"
#include "support/catch.h"

using namespace floe::lattice;

TEST_CASE("the integral over one site", "[log_z]") {
  // Closed forms: pure quartic, Gaussian, and quadratic + quartic by Bessel functions:
  // int exp(-b x^2 - c x^4) = sqrt(b / (4 c)) exp(b^2 / (8 c)) K_{1/4}(b^2 / (8 c)).
  CHECK(log_site_integral(0, 6.975) == Approx(std::log(2 * std::tgamma(1.25) * std::pow(6.975, -0.25))).epsilon(1e-11));
  CHECK(log_site_integral(3.7, 0) == Approx(0.5 * std::log(std::numbers::pi / 3.7)).epsilon(1e-11));
  for (const double c : {1e-3, 0.5, 40.0}) {
    const double b = 1.3;
    const double z = b * b / (8 * c);
    // log of exp(z) K(z), from its definition where exp would overflow nothing: z stays below 300.
    const double exact = 0.5 * std::log(b / (4 * c)) + z + std::log(std::cyl_bessel_k(0.25, z));
    CHECK(log_site_integral(b, c) == Approx(exact).epsilon(1e-12));
  }
  // Two far wells at +-phi_0: each a Gaussian with curvature 2 |b| times 1 + 3 / (16 |b| phi_0^2) + ....
  const double deep = log_site_integral(-400, 1);
  CHECK(deep == Approx(40000 + std::log(2 * std::sqrt(std::numbers::pi / 800))).epsilon(1e-8));
  CHECK_THROWS_WITH(log_site_integral(0, 0), ContainsSubstring("diverges"));
  CHECK_THROWS_AS(log_site_integral(1, -1), floe::ConfigError);
}

TEST_CASE("log Z of phi^4 in two dimensions by thermodynamic integration", "[log_z]") {
  // Reference values of an independent program.
  struct Case {
    int size;
    double coupling, log_z, error;
    std::int64_t measurements;
  };
  for (const Case& c : {Case{6, 6.975, 6.9869, 0.0012, 500}, Case{8, 6.008, 15.9877, 0.0024, 300}}) {
    CAPTURE(c.size);
    ThermodynamicIntegrationOptions options;
    options.chains.chains = 32;
    options.chains.thermalisation = 200;
    options.chains.measurements = c.measurements;
    const LogZEstimate estimate = integrate_log_z(Geometry({c.size, c.size}), {-4, c.coupling}, options, 31);
    CAPTURE(estimate.value, estimate.error);
    CHECK(std::abs(estimate.value - c.log_z) < 3 * std::hypot(estimate.error, c.error));
    CHECK(estimate.error < 0.03);
    CHECK(estimate.hopping.size() == 12);
  }
}

TEST_CASE("log Z of the circle and of the free field by thermodynamic integration", "[log_z]") {
  ThermodynamicIntegrationOptions options;
  options.chains.chains = 32;
  options.chains.thermalisation = 200;
  options.chains.measurements = 300;
  const Phi4 phi4{-0.5, 0.4};
  const LogZEstimate circle = integrate_log_z(Geometry({8}), phi4, options, 32);
  CHECK(std::abs(circle.value - reference::circle_values(phi4, 8, 6).log_z) < 3 * circle.error);
  CHECK(circle.error < 0.03);
  // A free field, by molecular dynamics; an axis of size 1 has no gradient.
  options.chains.algorithm = Algorithm::hmc;
  const Geometry geometry({3, 1, 2});
  double exact = 0;
  for (int k = 0; k < 6; ++k) exact += 0.5 * std::log(std::numbers::pi / (geometry.khat_squared(k) + 1));
  const LogZEstimate free = integrate_log_z(geometry, {1, 0}, options, 33);
  CAPTURE(free.value, free.error, exact);
  CHECK(std::abs(free.value - exact) < 3 * free.error);
  CHECK(free.error < 0.03);
}

TEST_CASE("thermodynamic integration refuses what it cannot do", "[log_z]") {
  ThermodynamicIntegrationOptions options;
  options.nodes = 0;
  CHECK_THROWS_WITH(integrate_log_z(Geometry({4}), {1, 1}, options, 1), ContainsSubstring("nodes=0"));
  options = {};
  options.chains.measurements = 0;
  CHECK_THROWS_WITH(integrate_log_z(Geometry({4}), {1, 1}, options, 1), ContainsSubstring("measurements=0"));
  options = {};
  options.chains.chains = 8;
  CHECK_THROWS_WITH(integrate_log_z(Geometry({4}), {1, 1}, options, 1, [] { return true; }),
                    ContainsSubstring("stopped"));
}
