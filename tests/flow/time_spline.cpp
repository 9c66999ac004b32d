// SPDX-License-Identifier: MIT
#include "flow/time_spline.h"

#include <cmath>

#include "base/error.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::flow;

TEST_CASE("the time spline reproduces cubic polynomials exactly") {
  Eigen::MatrixXd values(2, 7);
  const auto cubic = [](double t) { return 1 - 2 * t + 3 * t * t - 4 * t * t * t; };
  for (int i = 0; i < 7; ++i) values.col(i) << cubic(i / 6.0), 2.5;
  const TimeSpline spline(values);
  for (const double t : {0.0, 0.05, 0.3, 0.5, 0.77, 1.0}) {
    CHECK(spline(t)[0] == Approx(cubic(t)).margin(1e-13));
    CHECK(spline(t)[1] == Approx(2.5).margin(1e-13));
  }
}

TEST_CASE("the time spline converges with the fourth power of the node distance") {
  const auto error = [](int nodes) {
    Eigen::MatrixXd values(1, nodes);
    for (int i = 0; i < nodes; ++i) values(0, i) = std::sin(5.0 * i / (nodes - 1));
    const TimeSpline spline(values);
    double largest = 0;
    for (int i = 0; i <= 500; ++i) largest = std::max(largest, std::abs(spline(i / 500.0)[0] - std::sin(i / 100.0)));
    return largest;
  };
  CHECK(std::log2(error(21) / error(41)) == Approx(4).margin(0.4));
}

TEST_CASE("B-splines are a partition of unity with the given number of functions") {
  for (const int count : {1, 2, 3, 4, 6, 9})
    for (const double t : {0.0, 0.1, 0.5, 0.9999, 1.0}) {
      const Eigen::VectorXd basis = b_splines(count, t);
      REQUIRE(basis.size() == count);
      CHECK(basis.sum() == Approx(1));
      CHECK(basis.minCoeff() >= 0);
    }
  CHECK(b_splines(4, 0.5)[1] == Approx(3.0 / 8));  // Bernstein: 3 t (1-t)^2
}

TEST_CASE("a time spline needs four nodes of finite values") {
  CHECK_THROWS_AS(TimeSpline(Eigen::MatrixXd::Zero(2, 3)), ShapeError);
  Eigen::MatrixXd values = Eigen::MatrixXd::Zero(2, 5);
  values(1, 2) = NAN;
  CHECK_THROWS_AS(TimeSpline(values), NumericalError);
}
