// SPDX-License-Identifier: MIT
#include "lattice/flow/heat_kernel_field.h"

#include <Eigen/Dense>
#include <cmath>
#include <complex>
#include <numbers>

#include "base/error.h"
#include "lattice/flow/heat_kernel.h"
#include "random/lane_stream.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::lattice;

namespace {

Block<double> random_block(const Geometry& geometry, const char* purpose) {
  Block<double> x(lane_count<double>, geometry.volume());
  random::LaneStream(random::make_key(1, purpose), 0).fill_normal(x);
  return x;
}

HeatKernelField<double> random_field(const Geometry& geometry, std::vector<double> scales = {0, 0.3, 1.1}) {
  HeatKernelBasis basis{.scales = std::move(scales), .features = 4, .max_frequency = 2};
  basis.widths = free_field_widths(geometry, 0.5, basis.scales);
  HeatKernelField<double> field(geometry, basis);
  Block<double> numbers(lane_count<double>, field.parameter_count());
  random::LaneStream(random::make_key(2, "coefficients"), 0).fill_normal(numbers);
  field.set_coefficients(0.1 * numbers.row(0).matrix().transpose());
  return field;
}

}  // namespace

TEST_CASE("smearing multiplies every Fourier mode by its Gaussian") {
  const Geometry geometry(
      GENERATE(std::vector<int>{7}, std::vector<int>{4, 6}, std::vector<int>{3, 4, 2}, std::vector<int>{2, 3, 1, 4}));
  const double time = 0.7;
  const HeatKernel<double> kernel(geometry, time);
  const Block<double> x = random_block(geometry, "smear");
  Block<double> smeared(lane_count<double>, geometry.volume()), scratch = smeared;
  kernel.apply(x.data(), smeared.data(), scratch.data());
  for (int momentum = 0; momentum < geometry.volume(); ++momentum) {
    const auto k = geometry.coordinates(momentum);
    std::complex<double> before = 0, after = 0;
    for (int site = 0; site < geometry.volume(); ++site) {
      const auto at = geometry.coordinates(site);
      double phase = 0;
      for (int mu = 0; mu < geometry.dimension(); ++mu)
        phase += 2 * std::numbers::pi * k[mu] * at[mu] / geometry.size(mu);
      before += std::polar(x(5, site), phase);
      after += std::polar(smeared(5, site), phase);
    }
    CHECK(std::abs(after - std::exp(-time * geometry.khat_squared(momentum)) * before) < 1e-12 * geometry.volume());
  }
  Block<double> twice = smeared;
  kernel.apply(x.data(), twice.data(), scratch.data(), true);
  CHECK((twice - 2 * smeared).abs().maxCoeff() < 1e-14);
}

TEST_CASE("the heat-kernel velocity is the sum it is defined as") {
  // By dense matrices, written down from the definition.
  const Geometry geometry({3, 4});
  HeatKernelBasis basis{.scales = {0, 0.5}, .features = 3, .max_frequency = 1.5};
  basis.widths = {0.8, 0.5};
  HeatKernelField<double> field(geometry, basis);
  const Eigen::VectorXd c = Eigen::VectorXd::LinSpaced(field.parameter_count(), -0.4, 0.7);
  field.set_coefficients(c);
  const Block<double> x = random_block(geometry, "definition");
  Block<double> velocity;
  LaneSums<double> divergence;
  field.velocity_and_divergence(x, velocity, divergence);

  std::vector<Eigen::MatrixXd> smear;
  for (const double scale : basis.scales) {
    Eigen::MatrixXd dense(12, 12);
    for (int x0 = 0; x0 < 12; ++x0)
      for (int y0 = 0; y0 < 12; ++y0) {
        const auto a = geometry.coordinates(x0), b = geometry.coordinates(y0);
        double sum = 0;
        for (int momentum = 0; momentum < 12; ++momentum) {
          const auto k = geometry.coordinates(momentum);
          const double phase = 2 * std::numbers::pi * (k[0] * (a[0] - b[0]) / 3.0 + k[1] * (a[1] - b[1]) / 4.0);
          sum += std::exp(-scale * geometry.khat_squared(momentum)) * std::cos(phase) / 12;
        }
        dense(x0, y0) = sum;
      }
    smear.push_back(dense);
  }
  for (int lane = 0; lane < lane_count<double>; ++lane) {
    Eigen::VectorXd expected = Eigen::VectorXd::Zero(12);
    for (int a = 0, index = 0; a < 2; ++a)
      for (int s = 0; s < 2; ++s)
        for (int k = 0; k < 3; ++k, ++index) {
          const Eigen::ArrayXd z = (smear[s] * x.row(lane).matrix().transpose()).array() / basis.widths[s];
          const Eigen::ArrayXd h = k == 0 ? z : Eigen::ArrayXd((k * 0.75 * z).sin());
          expected += c[index] * smear[a] * h.matrix();
        }
    CHECK((velocity.row(lane).matrix().transpose() - expected).norm() < 1e-13 * expected.norm());
  }
}

TEST_CASE("divergence, adjoint and features of the heat-kernel field agree with finite differences of its velocity") {
  const Geometry geometry(GENERATE(std::vector<int>{5}, std::vector<int>{4, 3}, std::vector<int>{2, 3, 4}));
  auto field = random_field(geometry);
  const Block<double> x = random_block(geometry, "x"), cotangent = random_block(geometry, "cotangent");
  Block<double> velocity, adjoint, forward, backward;
  LaneSums<double> divergence, divergence_forward, divergence_backward;
  HeatKernelField<double>::Rows rows;
  field.velocity_and_divergence(x, velocity, divergence);
  field.linearize(x);
  field.adjoint(cotangent, adjoint);
  field.features(cotangent, rows);

  const double h = 1e-5;  // central differences: error of order h^2 times third derivatives of order one
  LaneSums<double> trace = LaneSums<double>::Zero();
  double adjoint_error = 0;
  for (int site = 0; site < geometry.volume(); ++site) {
    Block<double> moved = x;
    moved.col(site) += h;
    field.velocity_and_divergence(moved, forward, divergence_forward);
    moved.col(site) -= 2 * h;
    field.velocity_and_divergence(moved, backward, divergence_backward);
    const Block<double> derivative = (forward - backward) / (2 * h);
    trace += derivative.col(site);
    const LaneSums<double> expected =
        (derivative * cotangent).rowwise().sum() + (divergence_forward - divergence_backward) / (2 * h);
    adjoint_error = std::max(adjoint_error, (expected - adjoint.col(site)).abs().maxCoeff());
  }
  CHECK((trace - divergence).abs().maxCoeff() < 1e-8);
  CHECK(adjoint_error < 1e-8);

  // Linear in the coefficients: sum_k c_k (div v_k + cotangent . v_k) = div V + cotangent . V.
  Block<double> numbers(lane_count<double>, field.parameter_count());
  random::LaneStream(random::make_key(2, "coefficients"), 0).fill_normal(numbers);
  const LaneSums<double> sum = (rows.matrix() * (0.1 * numbers.row(0).matrix().transpose())).array();
  CHECK((sum - divergence - (velocity * cotangent).rowwise().sum()).abs().maxCoeff() < 1e-12 * geometry.volume());
}

TEST_CASE("the heat-kernel field commutes with the symmetries of the lattice and of the field") {
  const Geometry geometry({4, 4});
  auto field = random_field(geometry);
  const Block<double> x = random_block(geometry, "symmetry");
  const auto moved = [&](const Block<double>& from, const auto& map) {
    Block<double> to = from;
    for (int site = 0; site < geometry.volume(); ++site)
      to.col(geometry.site(map(geometry.coordinates(site)))) = from.col(site);
    return to;
  };
  using At = Geometry::Coordinates;
  const auto check = [&](const auto& map, double sign) {
    Block<double> velocity, velocity_of_moved;
    LaneSums<double> divergence, divergence_of_moved;
    field.velocity_and_divergence(x, velocity, divergence);
    field.velocity_and_divergence(sign * moved(x, map), velocity_of_moved, divergence_of_moved);
    CHECK((sign * moved(velocity, map) - velocity_of_moved).abs().maxCoeff() < 1e-13);
    CHECK((divergence - divergence_of_moved).abs().maxCoeff() < 1e-12);
  };
  check([](At at) { return At{at[0] + 1, at[1] + 3}; }, 1);
  check([](At at) { return At{-at[0], at[1]}; }, 1);
  check([](At at) { return At{at[1], at[0]}; }, 1);
  check([](At at) { return at; }, -1);
}

TEST_CASE("the velocity metric is the sum of the scalar products of the basis fields") {
  const Geometry geometry({3, 5});
  auto field = random_field(geometry, {0, 0.6});
  const Block<double> x = random_block(geometry, "metric");
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(field.parameter_count(), field.parameter_count());
  field.add_velocity_gram(x, gram);
  const Eigen::VectorXd c = Eigen::VectorXd::LinSpaced(field.parameter_count(), -1, 2);
  field.set_coefficients(c);
  Block<double> velocity;
  LaneSums<double> divergence;
  field.velocity_and_divergence(x, velocity, divergence);
  const Eigen::MatrixXd full = gram.selfadjointView<Eigen::Lower>();
  CHECK(c.dot(full * c) == Approx(velocity.square().sum()).epsilon(1e-12));
}

TEST_CASE("float32 and float64 heat-kernel fields agree to float32") {
  const Geometry geometry({6, 8});
  HeatKernelBasis basis;
  basis.widths = free_field_widths(geometry, 0.5, basis.scales);
  HeatKernelField<double> fine(geometry, basis);
  HeatKernelField<float> coarse(geometry, basis);
  const Eigen::VectorXd c = Eigen::VectorXd::LinSpaced(fine.parameter_count(), -0.02, 0.05);
  fine.set_coefficients(c);
  coarse.set_coefficients(c);
  const Block<double> x = random_block(geometry, "precision");
  Block<float> x32(lane_count<float>, geometry.volume());
  x32 << x.cast<float>(), x.cast<float>();
  Block<double> velocity;
  Block<float> velocity32;
  LaneSums<double> divergence;
  LaneSums<float> divergence32;
  fine.velocity_and_divergence(x, velocity, divergence);
  coarse.velocity_and_divergence(x32, velocity32, divergence32);
  CHECK((velocity - velocity32.topRows(8).cast<double>()).abs().maxCoeff() < 1e-5);
  CHECK((divergence - divergence32.head(8)).abs().maxCoeff() < 1e-6 * geometry.volume() * basis.parameter_count());
}

TEST_CASE("a heat-kernel basis that cannot work is refused") {
  const Geometry geometry({4, 4});
  const auto build = [&](HeatKernelBasis basis) { HeatKernelField<double> field(geometry, std::move(basis)); };
  CHECK_THROWS_WITH(build({.scales = {}, .widths = {}}), ContainsSubstring("field.scales is empty"));
  CHECK_THROWS_AS(build({.scales = {0, 1, 0.5}, .widths = {1, 1, 1}}), ConfigError);
  CHECK_THROWS_AS(build({.scales = {-1, 1}, .widths = {1, 1}}), ConfigError);
  CHECK_THROWS_AS(build({.scales = {0, 1}, .widths = {1}}), ShapeError);
  CHECK_THROWS_AS(build({.scales = {0, 1}, .widths = {1, 0}}), NumericalError);
  auto field = random_field(geometry);
  CHECK_THROWS_WITH(field.set_coefficients(Eigen::VectorXd::Zero(3)), ContainsSubstring("3 coefficients"));
  Block<double> small = Block<double>::Zero(lane_count<double>, 9), velocity;
  LaneSums<double> divergence;
  CHECK_THROWS_AS(field.velocity_and_divergence(small, velocity, divergence), ShapeError);
}
