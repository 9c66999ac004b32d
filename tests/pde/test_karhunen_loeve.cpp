// SPDX-License-Identifier: MIT
#include <cmath>
#include <vector>

#include "base/error.h"
#include "pde/grid_axis.h"
#include "pde/random_fields/karhunen_loeve.h"
#include "pde/random_fields/kernel_series.h"
#include "random/stream.h"
#include "support/catch.h"

using namespace floe;
using pde::KarhunenLoeve;
using pde::KarhunenLoeveOptions;
using pde::Kernel;
using pde::SquaredExponentialSeries;

namespace {

std::vector<double> points(int count) {
  return pde::GridAxis{.points = count, .boundary = pde::Boundary::neumann}.coordinates();
}

}  // namespace

TEST_CASE("Gauss-Legendre nodes integrate polynomials of twice their number") {
  const pde::Quadrature rule = pde::gauss_legendre(7, 3);
  for (int power = 0; power < 14; ++power) {
    const double sum = (rule.weights.array() * rule.nodes.array().pow(power)).sum();
    CHECK(sum == Approx(std::pow(3, power + 1) / (power + 1)).epsilon(1e-12));
  }
  CHECK(pde::gauss_legendre(2, 2).nodes[0] == Approx(1 - 1 / std::sqrt(3.0)).epsilon(1e-14));
}

TEST_CASE("the series of the squared exponential is its covariance") {
  for (const double length : {0.05, 0.2, 1.0}) {
    const SquaredExponentialSeries series(length, 1.5);
    std::vector<double> x = points(13);
    for (double& value : x) value *= 1.5;
    const Eigen::MatrixXd phi = series.eigenfunctions(x);
    const Eigen::MatrixXd covariance = phi * series.eigenvalues().asDiagonal() * phi.transpose();
    for (Eigen::Index i = 0; i < 13; ++i) {
      for (Eigen::Index j = 0; j < 13; ++j) {
        // The eigenvalues left out are below 1e-13 of the first, their eigenfunctions of order one to ten.
        const double exact =
            std::exp(-0.5 * std::pow((x[static_cast<std::size_t>(i)] - x[static_cast<std::size_t>(j)]) / length, 2));
        CHECK(covariance(i, j) == Approx(exact).margin(1e-11));
      }
    }
    CHECK(series.eigenvalues().sum() == Approx(1.5).epsilon(1e-11));
  }
  CHECK_THROWS_AS(SquaredExponentialSeries(0.001), ConfigError);
  CHECK_THROWS_WITH(SquaredExponentialSeries(0.001), ContainsSubstring("too short"));
}

TEST_CASE("antiderivatives of the series are those of its functions") {
  const SquaredExponentialSeries series(0.2);
  const pde::Quadrature rule = pde::gauss_legendre(60, 0.7);
  const std::vector<double> x(rule.nodes.begin(), rule.nodes.end());
  const std::vector<double> end = {0.7, 0.0};
  const Eigen::RowVectorXd sum = rule.weights.transpose() * series.eigenfunctions(x);
  const Eigen::MatrixXd integral = series.antiderivatives(end);
  for (Eigen::Index j = 0; j < sum.size(); ++j) {
    // What rounding does to an eigenfunction grows as 1e-16 / lambda.
    CHECK(integral(0, j) == Approx(sum[j]).margin(1e-15 / series.eigenvalues()[j]));
    CHECK(std::abs(integral(1, j)) < 1e-15 / series.eigenvalues()[j]);
  }
}

TEST_CASE("the Karhunen-Loeve series leaves out no more than the rest of the variance") {
  // C - C_kept is a covariance itself: |C - C_kept|(x, y) <= sqrt of its values at (x, x) and (y, y).
  for (const Kernel kernel : {Kernel::squared_exponential, Kernel::spherical}) {
    const KarhunenLoeveOptions options{.kernel = kernel, .length = 0.25, .sigma = 1.5};
    const KarhunenLoeve field(points(9), points(7), options);
    REQUIRE(field.terms() == 100);
    const auto size = static_cast<Eigen::Index>(field.size());
    Eigen::MatrixXd kept = Eigen::MatrixXd::Zero(size, size);
    double trace = 0;
    for (std::size_t p = 0; p < field.terms(); ++p) {
      const Eigen::VectorXd phi = field.eigenfunction(p);
      kept += field.eigenvalue(p) * phi * phi.transpose();
      trace += field.eigenvalue(p);
      if (p > 0) CHECK(field.eigenvalue(p) <= field.eigenvalue(p - 1));
    }
    // All the variance of the smooth kernel, most of the rough one's.
    CHECK(trace < 2.25 * (1 + 1e-9));
    CHECK(trace > (kernel == Kernel::spherical ? 0.8 : 1 - 1e-5) * 2.25);
    const double quadrature = kernel == Kernel::spherical ? 0.02 : 1e-9;
    for (Eigen::Index i = 0; i < size; ++i) {
      for (Eigen::Index j = 0; j < size; ++j) {
        const double dx = static_cast<double>(i / 7 - j / 7) / 8;
        const double dy = static_cast<double>(i % 7 - j % 7) / 6;
        const double rest = std::sqrt(std::abs((2.25 - kept(i, i)) * (2.25 - kept(j, j))));
        CHECK(std::abs(kept(i, j) - covariance(options, std::hypot(dx, dy))) < rest + quadrature);
      }
    }
  }
}

TEST_CASE("drawn Karhunen-Loeve fields have the covariance of their terms, and are functions of position") {
  for (const Kernel kernel : {Kernel::squared_exponential, Kernel::spherical}) {
    const KarhunenLoeveOptions options{.kernel = kernel, .length = 0.3, .terms = 60};
    const KarhunenLoeve field(points(4), points(3), options);
    const auto key = random::make_key(5, "kle test");
    const int samples = 3000;
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(12, 12);
    Eigen::VectorXd u(12);
    for (int s = 0; s < samples; ++s) {
      random::Stream stream(key, static_cast<std::uint64_t>(s));
      field(stream, {u.data(), 12});
      sum += u * u.transpose() / samples;
    }
    Eigen::MatrixXd exact = Eigen::MatrixXd::Zero(12, 12);
    for (std::size_t p = 0; p < field.terms(); ++p) {
      exact += field.eigenvalue(p) * field.eigenfunction(p) * field.eigenfunction(p).transpose();
    }
    double square = 0;
    for (Eigen::Index i = 0; i < 12; ++i) {
      for (Eigen::Index j = 0; j <= i; ++j) {
        const double error = std::sqrt((exact(i, i) * exact(j, j) + std::pow(exact(i, j), 2)) / samples);
        CHECK(std::abs(sum(i, j) - exact(i, j)) < 5 * error);
        square += std::pow((sum(i, j) - exact(i, j)) / error, 2) / 78;
      }
    }
    CHECK(square < 2);

    const KarhunenLoeve finer(points(7), points(9), options);
    std::vector<double> coarse_values(12), fine_values(63);
    random::Stream a(key, 1), b(key, 1);
    field(a, coarse_values);
    finer(b, fine_values);
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t j = 0; j < 3; ++j) {
        CHECK(coarse_values[3 * i + j] == Approx(fine_values[9 * (2 * i) + 4 * j]).margin(1e-6));
      }
    }
  }
}

TEST_CASE("the spherical covariance, and options that cannot be") {
  const KarhunenLoeveOptions options{.kernel = Kernel::spherical, .length = 0.5, .sigma = 2};
  CHECK(covariance(options, 0) == 4);
  CHECK(covariance(options, 0.25) == Approx(4 * (1 - 0.75 + 0.0625)));
  CHECK(covariance(options, 0.5) == 0);
  CHECK(covariance(options, 0.7) == 0);
  CHECK_THROWS_WITH(KarhunenLoeve(points(3), points(3), {.terms = 0}), ContainsSubstring("terms = 0"));
  CHECK_THROWS_WITH(KarhunenLoeve(points(3), points(3), {.length = 0}), ContainsSubstring("too short"));
  CHECK_THROWS_WITH(KarhunenLoeve(points(3), points(3), {.sigma = 0}), ContainsSubstring("sigma = 0"));
}
