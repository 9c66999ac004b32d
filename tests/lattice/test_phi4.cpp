// SPDX-License-Identifier: MIT
#include "lattice/phi4.h"

#include <limits>

#include "base/error.h"
#include "lattice/reference.h"
#include "support/catch.h"

using floe::Block;
using floe::ConfigError;
using floe::lane_count;
using floe::ShapeError;
using namespace floe::lattice;

TEMPLATE_TEST_CASE("the action is its formula", "[phi4]", float, double) {
  // Each site term rounds a few times; the sum over at most 120 sites is in double.
  const double tolerance = 20 * std::numeric_limits<TestType>::epsilon();
  const Phi4 phi4{-1.7, 0.9};
  for (const std::string& shape : reference::shapes) {
    CAPTURE(shape);
    const Geometry geometry = parse_geometry(shape);
    const Block<TestType> phi = reference::random_block<TestType>(geometry.volume(), 1);
    const auto actions = action(geometry, phi4, phi);
    for (int lane = 0; lane < lane_count<TestType>; ++lane) {
      const Eigen::ArrayXd one = reference::sample(phi, lane);
      const double scale = reference::action(geometry, {1.7, 0.9}, one);
      CHECK(std::abs(actions[lane] - reference::action(geometry, phi4, one)) < tolerance * scale);
    }
  }
}

TEST_CASE("the gradient is the derivative of the action", "[phi4]") {
  // Richardson-extrapolated central differences of a quartic are exact; what is left is rounding, about 1e-16 S / step.
  const Phi4 phi4{-1.7, 0.9};
  for (const std::string& shape : reference::shapes) {
    CAPTURE(shape);
    const Geometry geometry = parse_geometry(shape);
    const int volume = geometry.volume();
    const Block<double> phi = reference::random_block<double>(volume, 2);
    const Block<double> direction = reference::random_block<double>(volume, 3);
    Block<double> gradient;
    action_gradient(geometry, phi4, phi, gradient);
    const auto difference = [&](double step) {
      return ((action<double>(geometry, phi4, phi + step * direction) -
               action<double>(geometry, phi4, phi - step * direction)) /
              (2 * step))
          .eval();
    };
    const auto derivative = ((4 * difference(0.25) - difference(0.5)) / 3).eval();
    const auto exact = (gradient * direction).rowwise().sum().eval();
    const auto scale = (gradient * direction).abs().rowwise().sum().eval();
    CHECK(((derivative - exact).abs() / scale).maxCoeff() < 1e-12);
    // d/d eps of the action along the force, the form in which molecular dynamics uses it.
    const double eps = 1e-4;
    const auto small = ((4 * difference(eps) - difference(2 * eps)) / 3).eval();
    CHECK(((small - exact).abs() / scale).maxCoeff() < 1e-8);
  }
}

TEST_CASE("the gradient in single precision follows the one in double", "[phi4]") {
  const Phi4 phi4{-4, 6.975};
  for (const std::string& shape : reference::shapes) {
    CAPTURE(shape);
    const Geometry geometry = parse_geometry(shape);
    const Block<float> phi = reference::random_block<float>(geometry.volume(), 4);
    Block<float> gradient;
    action_gradient(geometry, phi4, phi, gradient);
    for (int half = 0; half < 2; ++half) {
      Block<double> exact;
      const Block<double> part = phi.middleRows<8>(8 * half).cast<double>();
      action_gradient(geometry, phi4, part, exact);
      // Terms up to 4 lambda |phi|^3 with |phi| < 4.
      CHECK((gradient.middleRows<8>(8 * half).cast<double>() - exact).abs().maxCoeff() < 2000 * 1e-6);
    }
  }
}

TEST_CASE("a block of another lattice is refused", "[phi4]") {
  Block<double> phi = Block<double>::Zero(8, 63);
  Block<double> gradient;
  CHECK_THROWS_WITH(action(Geometry({8, 8}), Phi4{}, phi), ContainsSubstring("63 sites on the lattice 8x8"));
  CHECK_THROWS_AS(action_gradient(Geometry({8, 8}), Phi4{}, phi, gradient), ShapeError);
  CHECK_THROWS_WITH(action_gradient(Geometry({63}), Phi4{}, phi, phi), ContainsSubstring("in place"));
}

TEST_CASE("couplings without a normalisable weight are refused", "[phi4]") {
  CHECK_NOTHROW(Phi4{-4, 6.975}.validate());
  CHECK_NOTHROW(Phi4{0.1, 0}.validate());
  CHECK_THROWS_WITH((Phi4{-4, 0}.validate()), ContainsSubstring("cannot be normalised"));
  CHECK_THROWS_AS((Phi4{1, -0.1}.validate()), ConfigError);
  CHECK_THROWS_WITH((Phi4{std::numeric_limits<double>::quiet_NaN(), 1}.validate()),
                    ContainsSubstring("must be finite"));
}
