// SPDX-License-Identifier: MIT
#include "lattice/site_mean.h"

#include <cmath>

#include "base/error.h"
#include "lattice/thermodynamic_integration.h"
#include "support/catch.h"

using namespace floe::lattice;

TEST_CASE("the mean of a Gaussian site is linear in its source", "[site_mean]") {
  const SiteMean mean(2.5, 0, 10);
  for (const double source : {-25.0, -3.3, 0.0, 1e-3, 0.777, 9.99, 40.0}) {
    CHECK(mean(source) == Approx(source / 2.5).epsilon(1e-10).margin(1e-12));
  }
}

TEST_CASE("the mean of a site is the derivative of its log integral", "[site_mean]") {
  // log int exp(-b phi^2 - c phi^4 + 2 J phi) by brute force; m = d/d(2 J).
  const auto log_integral = [](double b, double c, double source) {
    double sum = 0;
    for (int i = -40000; i <= 40000; ++i) {
      const double phi = 1e-4 * i;
      sum += std::exp(-b * phi * phi - c * phi * phi * phi * phi + 2 * source * phi);
    }
    return std::log(sum);
  };
  for (const double b : {0.0, 1.5, -3.0}) {
    const double c = 1.3;
    const SiteMean mean(b, c, 5);
    for (const double source : {0.0123, 0.7, 2.9, 4.99, 7.5}) {
      CAPTURE(b, source);
      const double h = 1e-4;
      const double expected = (log_integral(b, c, source + h) - log_integral(b, c, source - h)) / (4 * h);
      CHECK(mean(source) == Approx(expected).epsilon(2e-7));
      CHECK(mean(-source) == -mean(source));
    }
  }
}

TEST_CASE("a site whose weight does not decay is refused", "[site_mean]") {
  CHECK_THROWS_WITH(SiteMean(-1, 0, 1), ContainsSubstring("diverges"));
  CHECK_THROWS_WITH(SiteMean(1, 1, 0), ContainsSubstring("no range"));
}
