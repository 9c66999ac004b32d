// SPDX-License-Identifier: MIT
#include "lattice/free_field.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.h"
#include "lattice/observables.h"
#include "lattice/reference.h"
#include "support/catch.h"

using floe::Block;
using floe::ConfigError;
using namespace floe::lattice;
namespace rnd = floe::random;

namespace {

// S = phi^T A phi, written link by link.
Eigen::MatrixXd quadratic_form(const Geometry& geometry, double mass_squared) {
  Eigen::MatrixXd form = mass_squared * Eigen::MatrixXd::Identity(geometry.volume(), geometry.volume());
  for (int x = 0; x < geometry.volume(); ++x) {
    for (int mu = 0; mu < geometry.dimension(); ++mu) {
      Eigen::VectorXd link = Eigen::VectorXd::Zero(geometry.volume());
      link[geometry.forward(x, mu)] += 1;
      link[x] -= 1;
      form += link * link.transpose();
    }
  }
  return form;
}

}  // namespace

TEST_CASE("the free field has its exact values", "[free_field]") {
  struct Row {
    int size;
    double mass_squared, log_z, phi_squared, susceptibility, two_point_k_min;
  };
  const Row rows[] = {
      {4, 1, -2.85813181, 0.13174603, 0.5, 0.16666667},      {6, 1, -6.53099389, 0.12753527, 0.5, 0.25},
      {8, 1, -11.62288526, 0.12708700, 0.5, 0.31530097},     {8, 0.25, -4.33331455, 0.19275059, 2, 0.59823895},
      {32, 0.0625, -29.38969427, 0.24665015, 8, 4.95395599}, {64, 0.015625, -66.00402679, 0.30290859, 32, 19.79763126}};
  for (const Row& row : rows) {
    CAPTURE(row.size, row.mass_squared);
    const FreeField field(Geometry({row.size, row.size}), row.mass_squared);
    CHECK(std::abs(field.log_z() - row.log_z) < 1e-8);
    CHECK(std::abs(field.phi_squared() - row.phi_squared) < 1e-8);
    CHECK(std::abs(field.susceptibility() - row.susceptibility) < 1e-8);
    CHECK(std::abs(field.two_point(1) - row.two_point_k_min) < 1e-8);
    const Eigen::ArrayXd correlator = field.correlator(0);
    CHECK(correlator.sum() == Approx(field.susceptibility()).epsilon(1e-12));
    CHECK(xi_second_moment(field.susceptibility(), field.two_point(1), row.size) ==
          Approx(1 / std::sqrt(row.mass_squared)).epsilon(1e-12));
    CHECK(1 / xi_arccosh(correlator.head(row.size / 2 + 1), row.size) ==
          Approx(2 * std::asinh(std::sqrt(row.mass_squared) / 2)).epsilon(1e-9));
  }
  // F = -log Z in the half convention of neumc: its field is sqrt(2) times ours.
  const FreeField field(Geometry({8, 8}), 1.25);
  CHECK(-(field.log_z() + 64 * std::log(std::numbers::sqrt2)) == Approx(-8.60833364).margin(1e-8));
}

TEST_CASE("the free field agrees with dense linear algebra", "[free_field]") {
  for (const std::string& shape : reference::shapes) {
    CAPTURE(shape);
    const Geometry geometry = parse_geometry(shape);
    const FreeField field(geometry, 0.7);
    const Eigen::MatrixXd form = quadratic_form(geometry, 0.7);
    const Eigen::LLT<Eigen::MatrixXd> factor(form);
    const double log_det = 2 * factor.matrixLLT().diagonal().array().log().sum();
    const double log_z = 0.5 * (geometry.volume() * std::log(std::numbers::pi) - log_det);
    CHECK(field.log_z() == Approx(log_z).epsilon(1e-12).margin(1e-12));
    const Eigen::MatrixXd covariance = 0.5 * form.inverse();
    const Eigen::ArrayXd two_point = field.two_point_position();
    CHECK((two_point - covariance.col(0).array()).abs().maxCoeff() < 1e-14);
    CHECK(field.phi_squared() == Approx(two_point[0]).epsilon(1e-13));
    // The correlator at zero transverse momentum sums the two-point function over a slice.
    for (int mu = 0; mu < geometry.dimension(); ++mu) {
      Eigen::ArrayXd slices = Eigen::ArrayXd::Zero(geometry.size(mu));
      for (int x = 0; x < geometry.volume(); ++x) {
        slices[geometry.coordinates(x)[static_cast<std::size_t>(mu)]] += two_point[x];
      }
      CHECK((slices - field.correlator(mu)).abs().maxCoeff() < 1e-13);
    }
    const Block<double> phi = reference::random_block<double>(geometry.volume(), 20);
    const Eigen::VectorXd one = reference::sample(phi, 3).matrix();
    CHECK(field.log_density(phi)[3] == Approx(-one.dot(form * one) - log_z).epsilon(1e-12).margin(1e-12));
  }
}

TEST_CASE("samples have the exact covariance", "[free_field]") {
  for (const char* shape : {"5", "1x4", "3x4", "2x3x2", "2x2x1x3"}) {
    CAPTURE(shape);
    const Geometry geometry = parse_geometry(shape);
    const int volume = geometry.volume();
    const FreeField field(geometry, 0.3);
    const int blocks = 2000;
    Eigen::MatrixXd products = Eigen::MatrixXd::Zero(volume, volume);
    Eigen::VectorXd sum = Eigen::VectorXd::Zero(volume);
    Block<double> phi;
    for (int block = 0; block < blocks; ++block) {
      rnd::LaneStream stream(rnd::make_key(21, shape), static_cast<std::uint64_t>(8 * block));
      field.sample(stream, phi);
      products += phi.matrix().transpose() * phi.matrix();
      sum += phi.matrix().colwise().sum().transpose();
    }
    const double samples = 8.0 * blocks;
    const Eigen::MatrixXd exact = 0.5 * quadratic_form(geometry, 0.3).inverse();
    // Var(x_i x_j) = C_ii C_jj + C_ij^2. Of up to 144 correlated entries the largest deviation stays within 4.5 sigma.
    for (int i = 0; i < volume; ++i) {
      CHECK(std::abs(sum[i] / samples) < 4.5 * std::sqrt(exact(i, i) / samples));
      for (int j = 0; j <= i; ++j) {
        const double sigma = std::sqrt((exact(i, i) * exact(j, j) + exact(i, j) * exact(i, j)) / samples);
        CHECK(std::abs(products(i, j) / samples - exact(i, j)) < 4.5 * sigma);
      }
    }
  }
}

TEST_CASE("observables of free samples have their exact values", "[free_field]") {
  const Geometry geometry({8, 8});
  const FreeField field(geometry, 0.25);
  const Observables observables(geometry, field.phi4());
  const int blocks = 1000;
  Series series(observables.count(), 8 * blocks);
  Block<double> phi;
  for (int block = 0; block < blocks; ++block) {
    rnd::LaneStream stream(rnd::make_key(22, "free samples"), static_cast<std::uint64_t>(8 * block));
    field.sample(stream, phi);
    series.append_block(8 * block, observables(phi));
  }
  const auto check = [&](const std::string& name, double exact, double relative_spread) {
    for (const Quantity& quantity : observables.quantities()) {
      if (quantity.name != name) continue;
      CAPTURE(name);
      const Estimate estimate = gamma_method(series, quantity.function);
      CHECK(std::abs(estimate.value - exact) < 3 * estimate.error);
      CHECK(estimate.error < relative_spread);
      // The error itself, known to about 1 %.
      CHECK(jackknife(series, quantity.function).error == Approx(estimate.error).epsilon(0.25));
    }
  };
  check("magnetisation", 0, 0.003);
  check("susceptibility", 2, 0.05);
  check("abs_magnetisation", std::sqrt(2 / std::numbers::pi * 2 / 64), 0.002);
  check("binder", 0, 0.05);
  check("phi_squared", 0.19275059, 0.001);
  check("phi_fourth", 3 * 0.19275059 * 0.19275059, 0.002);
  check("action", 0.5, 0.002);
  check("two_point_k_min", 0.59823895, 0.01);
  check("xi_second_moment", 2, 0.05);
  check("xi_arccosh", 1 / (2 * std::asinh(0.25)), 0.05);
}

TEST_CASE("a sample does not depend on the block it is drawn in", "[free_field]") {
  const FreeField field(Geometry({6, 5}), 1);
  Block<double> first, shifted;
  rnd::LaneStream stream(rnd::make_key(23, "blocks"), 0), other(rnd::make_key(23, "blocks"), 3);
  field.sample(stream, first);
  field.sample(other, shifted);
  CHECK((first.row(5) == shifted.row(2)).all());
  CHECK_FALSE((first.row(5) == shifted.row(5)).any());
}

TEST_CASE("a free field without positive mass is refused", "[free_field]") {
  CHECK_THROWS_WITH(FreeField(Geometry({4}), 0), ContainsSubstring("mass_squared=0"));
  CHECK_THROWS_AS(FreeField(Geometry({4}), -1), ConfigError);
  CHECK_THROWS_AS(FreeField(Geometry({4}), std::numeric_limits<double>::quiet_NaN()), ConfigError);
}
