// SPDX-License-Identifier: MIT
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "pde/random_fields/gaussian_field.h"
#include "support/catch.h"

using namespace floe;
using pde::Boundary;
using pde::GaussianField;
using pde::GaussianFieldOptions;
using pde::GridAxis;
using pde::Placement;

namespace {

const std::vector<GridAxis> kinds = {
    {.points = 1, .boundary = Boundary::periodic, .placement = Placement::vertices, .length = 2.5},
    {.points = 1, .boundary = Boundary::neumann, .placement = Placement::vertices, .length = 0.5},
    {.points = 1, .boundary = Boundary::neumann, .placement = Placement::cells, .length = 1},
    {.points = 1, .boundary = Boundary::dirichlet, .placement = Placement::vertices, .length = 1},
    {.points = 1, .boundary = Boundary::dirichlet, .placement = Placement::cells, .length = 3}};

GridAxis with_points(GridAxis axis, int points) {
  axis.points = points;
  return axis;
}

std::vector<double> draw(GaussianField& field, std::uint64_t sample) {
  random::Stream stream(random::make_key(11, "gaussian field test"), sample);
  std::vector<double> values(field.size());
  field(stream, values);
  return values;
}

/// The series itself at point x.
double series(const GaussianField& field, std::uint64_t sample, std::span<const double> x) {
  random::Stream stream(random::make_key(11, "gaussian field test"), sample);
  double sum = 0;
  for (std::size_t p = 0; p < field.mode_count(); ++p) {
    sum += std::sqrt(field.eigenvalue(p)) * stream.normal() * field.eigenfunction(p, x);
  }
  return sum;
}

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double v : values) most = std::max(most, std::abs(v));
  return most;
}

}  // namespace

TEST_CASE("a Gaussian field is its series at the points of any grid, resolved or not") {
  for (const GridAxis& kind : kinds) {
    for (const int points : {3, 4, 9, 16}) {
      for (const int modes : {0, 1, 5, 40}) {
        GaussianField field({with_points(kind, points)}, {.alpha = 0.7, .tau = 2, .sigma = 3, .modes = modes});
        const auto values = draw(field, 5);
        const auto x = field.axes()[0].coordinates();
        for (int i = 0; i < points; ++i) {
          const auto at = static_cast<std::size_t>(i);
          INFO(pde::to_string(kind.boundary) << ", points " << points << ", modes " << modes << ", i " << i);
          CHECK(values[at] == Approx(series(field, 5, {&x[at], 1})).margin(1e-12 * (1 + largest(values))));
        }
      }
    }
  }
}

TEST_CASE("axes of a Gaussian field may differ") {
  for (const GridAxis& first : kinds) {
    for (const GridAxis& second : kinds) {
      GaussianField field({with_points(first, 4), with_points(second, 6)}, {.alpha = 1, .tau = 2, .modes = 9});
      const auto values = draw(field, 2);
      for (int i = 0; i < 4; ++i) {
        for (int j = 0; j < 6; ++j) {
          const std::vector<double> x = {field.axes()[0].coordinate(i), field.axes()[1].coordinate(j)};
          CHECK(values[static_cast<std::size_t>(6 * i + j)] ==
                Approx(series(field, 2, x)).margin(1e-12 * (1 + largest(values))));
        }
      }
    }
  }
  GaussianField solid({with_points(kinds[0], 4), with_points(kinds[2], 3), with_points(kinds[3], 5)}, {.modes = 6});
  const auto values = draw(solid, 3);
  const std::vector<double> x = {solid.axes()[0].coordinate(2), solid.axes()[1].coordinate(1),
                                 solid.axes()[2].coordinate(3)};
  CHECK(values[(2 * 3 + 1) * 5 + 3] == Approx(series(solid, 3, x)).margin(1e-13));
}

TEST_CASE("the eigenfunctions are orthonormal and have the eigenvalues of the operator") {
  const GaussianFieldOptions options{.alpha = 1.5, .tau = 2, .sigma = 3, .modes = 7};
  for (const GridAxis& kind : kinds) {
    const GaussianField field({with_points(kind, 8)}, options);
    // The midpoint rule with n points is exact for products of these up to n half waves.
    const int n = 64;
    const double h = kind.length / n;
    for (std::size_t p = 0; p < field.mode_count(); ++p) {
      for (std::size_t q = 0; q < field.mode_count(); ++q) {
        double product = 0;
        for (int i = 0; i < n; ++i) {
          const double x = (i + 0.5) * h;
          product += h * field.eigenfunction(p, {&x, 1}) * field.eigenfunction(q, {&x, 1});
        }
        CHECK(product == Approx(p == q ? 1 : 0).margin(1e-13));
      }
      // -phi'' = k^2 phi, by differences of fourth order: k^6 d^4 / 90 relative to k^2.
      const double d = 1e-3 * kind.length;
      const auto phi = [&](double x) { return field.eigenfunction(p, {&x, 1}); };
      const double x = 0.37 * kind.length;
      const double second =
          (-phi(x - 2 * d) + 16 * phi(x - d) - 30 * phi(x) + 16 * phi(x + d) - phi(x + 2 * d)) / (12 * d * d);
      const double square = -second / phi(x);
      CHECK(field.eigenvalue(p) == Approx(9 * std::pow(square + 4, -1.5)).epsilon(1e-6));
    }
  }
}

TEST_CASE("the same sample on finer grids is the same function") {
  for (const GridAxis& kind : kinds) {
    const int coarse = kind.placement == Placement::cells ? 9 : kind.boundary == Boundary::periodic ? 16 : 17;
    const int fine = kind.placement == Placement::cells ? 45 : kind.boundary == Boundary::periodic ? 64 : 65;
    const auto at = [&](int i) {
      return static_cast<std::size_t>(kind.placement == Placement::cells ? 5 * i + 2 : 4 * i);
    };
    for (const int modes : {12, 0}) {
      const GaussianFieldOptions options{.alpha = 4, .tau = 4, .modes = modes};
      GaussianField a({with_points(kind, coarse), with_points(kind, coarse)}, options);
      GaussianField b({with_points(kind, fine), with_points(kind, fine)}, options);
      const auto u = draw(a, 8);
      const auto v = draw(b, 8);
      double apart = 0;
      for (int i = 0; i < coarse; ++i) {
        for (int j = 0; j < coarse; ++j) {
          apart = std::max(apart, std::abs(u[static_cast<std::size_t>(i * coarse + j)] -
                                           v[at(i) * static_cast<std::size_t>(fine) + at(j)]));
        }
      }
      // With modes given nothing is lost; without, what the coarse grid leaves out: sum of sqrt(lambda) over the rest.
      double left_out = 0;
      for (std::size_t p = a.mode_count(); p < b.mode_count(); ++p) left_out += b.eigenvalue(p);
      CHECK(apart < (modes > 0 ? 1e-13 * largest(v) : 1e-13 + 2 * 5 * std::sqrt(left_out / kind.length / kind.length)));
      if (modes == 0) CHECK(apart < 0.1 * largest(v));
    }
  }
}

TEST_CASE("the covariance of drawn fields is that of the operator") {
  // All entries of the covariance matrix over 6 points: each within 5 standard errors of its exact value, where
  // Var(u v) = C_uu C_vv + C_uv^2, and in the mean square within what chance allows.
  for (const GridAxis& kind : kinds) {
    GaussianField field({with_points(kind, 6)}, {.alpha = 1, .tau = 3, .sigma = 2});
    const std::size_t n = 6;
    const int samples = 4000;
    std::vector<double> sum(n * n);
    for (int s = 0; s < samples; ++s) {
      const auto u = draw(field, static_cast<std::uint64_t>(s));
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) sum[i * n + j] += u[i] * u[j] / samples;
      }
    }
    const auto exact = [&](std::size_t i, std::size_t j) {
      const double x = kind.placement == Placement::cells ? with_points(kind, 6).coordinate(static_cast<int>(i))
                                                          : with_points(kind, 6).coordinate(static_cast<int>(i));
      const double y = with_points(kind, 6).coordinate(static_cast<int>(j));
      return field.covariance({&x, 1}, {&y, 1});
    };
    double square = 0;
    int entries = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        const double error = std::sqrt((exact(i, i) * exact(j, j) + std::pow(exact(i, j), 2)) / samples);
        if (exact(i, i) * exact(j, j) < 1e-20) continue;
        const double deviation = (sum[i * n + j] - exact(i, j)) / error;
        CHECK(std::abs(deviation) < 5);
        square += deviation * deviation;
        ++entries;
      }
    }
    CHECK(square / entries < 2.5);
    CHECK(square / entries > 0.1);
  }
}

TEST_CASE("covariances known in closed form") {
  // On the circle (-d^2 + tau^2)^-1 has the kernel cosh(tau (1/2 - r)) / (2 tau sinh(tau / 2)); on an interval with
  // Dirichlet ends sinh(tau min) sinh(tau (1 - max)) / (tau sinh tau), with Neumann ends cosh for sinh above.
  const double tau = 3;
  const GaussianFieldOptions options{.alpha = 1, .tau = tau, .modes = 4000};
  const double x = 0.3, y = 0.42;
  const GaussianField circle({{.points = 8}}, options);
  CHECK(circle.covariance({&x, 1}, {&y, 1}) ==
        Approx(std::cosh(tau * (0.5 - 0.12)) / (2 * tau * std::sinh(tau / 2))).epsilon(1e-4));
  const GaussianField ends({{.points = 8, .boundary = Boundary::dirichlet}}, options);
  CHECK(ends.covariance({&x, 1}, {&y, 1}) ==
        Approx(std::sinh(tau * x) * std::sinh(tau * (1 - y)) / (tau * std::sinh(tau))).epsilon(1e-4));
  const GaussianField walls({{.points = 8, .boundary = Boundary::neumann}}, options);
  CHECK(walls.covariance({&x, 1}, {&y, 1}) ==
        Approx(std::cosh(tau * x) * std::cosh(tau * (1 - y)) / (tau * std::sinh(tau))).epsilon(1e-4));
}

TEST_CASE("fields of the Fourier neural operator's Darcy and Navier-Stokes programs, in law") {
  // Darcy: U = idct2(s tau^(alpha-1) (pi^2 |k|^2 + tau^2)^(-alpha/2) xi) with xi(0, 0) = 0 and the orthonormal inverse,
  // whose matrix is c_k cos(pi k (2 i + 1) / 2 s), c = sqrt(1/s), sqrt(2/s): the variance of every point.
  const int s = 7;
  const double pi = std::numbers::pi;
  const GaussianField darcy(
      std::vector<GridAxis>(2, {.points = s, .boundary = Boundary::neumann, .placement = Placement::cells}),
      {.alpha = 2, .tau = 3, .sigma = 3, .mean_zero = true});
  for (int i = 0; i < s; ++i) {
    double variance = 0;
    for (int k = 0; k < s; ++k) {
      for (int l = 0; l < s; ++l) {
        if (k + l == 0) continue;
        const double scale = s * 3 * std::pow(pi * pi * (k * k + l * l) + 9, -1.0);
        const double ck = (k == 0 ? std::sqrt(1.0 / s) : std::sqrt(2.0 / s)) * std::cos(pi * k * (2 * i + 1) / (2 * s));
        const double cl = (l == 0 ? std::sqrt(1.0 / s) : std::sqrt(2.0 / s)) * std::cos(pi * l * (2 * 1 + 1) / (2 * s));
        variance += std::pow(scale * ck * cl, 2);
      }
    }
    const std::vector<double> x = {(i + 0.5) / s, 1.5 / s};
    CHECK(darcy.covariance(x, x) == Approx(variance).epsilon(1e-12));
  }
  // Navier-Stokes: Re ifft2(n^2 sqrt2 7^1.5 (4 pi^2 |k|^2 + 49)^(-5/4) z), E|z|^2 = 1: the sum over all wave vectors.
  const GaussianField vorticity(std::vector<GridAxis>(2, {.points = 9}),
                                {.alpha = 2.5, .tau = 7, .sigma = std::pow(7, 1.5), .mean_zero = true});
  double variance = 0;
  for (int k = -4; k <= 4; ++k) {
    for (int l = -4; l <= 4; ++l) {
      if (k != 0 || l != 0) variance += 0.5 * 2 * std::pow(7, 3) * std::pow(4 * pi * pi * (k * k + l * l) + 49, -2.5);
    }
  }
  const std::vector<double> x = {0.3, 0.7};
  CHECK(vorticity.covariance(x, x) == Approx(variance).epsilon(1e-12));
}

TEST_CASE("a field of mean zero has no mean") {
  GaussianField field(
      std::vector<GridAxis>(2, {.points = 12, .boundary = Boundary::neumann, .placement = Placement::cells}),
      {.mean_zero = true});
  const auto values = draw(field, 1);
  double sum = 0;
  for (const double v : values) sum += v;
  CHECK(std::abs(sum) < 1e-12);
  CHECK(largest(values) > 1e-3);
}

TEST_CASE("Gaussian fields that cannot be are refused in words") {
  const std::vector<GridAxis> axes = {{.points = 8}};
  CHECK_THROWS_AS(GaussianField(axes, {.alpha = 0}), ConfigError);
  CHECK_THROWS_WITH(GaussianField(axes, {.tau = 0}), ContainsSubstring("set mean_zero or tau above 0"));
  CHECK_NOTHROW(GaussianField(axes, {.tau = 0, .mean_zero = true}));
  CHECK_THROWS_WITH(GaussianField({{.points = 8, .placement = Placement::cells}}, {}), ContainsSubstring("vertices"));
  CHECK_THROWS_WITH(GaussianField({{.points = 2, .boundary = Boundary::dirichlet}}, {}),
                    ContainsSubstring("too few points"));
  GaussianField field(axes, {});
  std::vector<double> wrong(7);
  random::Stream stream(random::make_key(1, "x"), 0);
  CHECK_THROWS_AS(field(stream, wrong), ShapeError);
}
