// SPDX-License-Identifier: MIT
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "flow/double_well.h"
#include "flow/gaussian_mixture.h"
#include "flow/generalized_gaussian.h"
#include "flow/hmc_refresh.h"
#include "flow/linear_path.h"
#include "random/lane_stream.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::flow;

namespace {

Block<double> normals(Eigen::Index sites, double scale) {
  Block<double> x(lane_count<double>, sites);
  random::LaneStream(random::make_key(11, "points"), 0).fill_normal(x);
  return scale * x;
}

/// Gradient and time derivative of a path against differences of order two of its energy: errors h^2 f''' / 6 and
/// rounding 1e-16 f / h are both below 1e-7 here.
void check_derivatives(const EnergyPath<double>& path, double t, const Block<double>& x) {
  const double h = 1e-5;
  const LaneSums<double> rate = (path.energy(t + h, x) - path.energy(t - h, x)) / (2 * h);
  CHECK((rate - path.time_derivative(t, x)).abs().maxCoeff() < 1e-6 * (1 + rate.abs().maxCoeff()));
  Block<double> gradient;
  path.gradient(t, x, gradient);
  for (Eigen::Index site = 0; site < x.cols(); ++site) {
    Block<double> up = x, down = x;
    up.col(site) += h;
    down.col(site) -= h;
    const LaneSums<double> slope = (path.energy(t, up) - path.energy(t, down)) / (2 * h);
    CHECK((slope - gradient.col(site)).abs().maxCoeff() < 1e-6 * (1 + slope.abs().maxCoeff()));
  }
}

const GaussianMixtureOptions three_modes{
    .dimension = 3, .means = {1, 2, 0, -1, 0.5, 1, 0, -2, 1}, .widths = {0.7, 1.2, 1}, .weights = {1, 2, 1}};

}  // namespace

TEST_CASE("gradients and time derivatives of the paths are those of their energies") {
  check_derivatives(MixturePath<double>(three_modes, 1.5), 0.4, normals(3, 2));
  const auto base = std::make_shared<GeneralizedGaussian<double>>(6, GeneralizedGaussianOptions{1.3, 4});
  const auto well = std::make_shared<DoubleWell<double>>(DoubleWellOptions{.sites = 6, .mass = 3, .coupling = 0.7});
  check_derivatives(LinearPath<double>(base, well, 1.5), 0.6, normals(6, 1.5));
  const auto mixture = std::make_shared<GaussianMixture<double>>(three_modes);
  const auto gaussian = std::make_shared<GeneralizedGaussian<double>>(3, GeneralizedGaussianOptions{2, 2});
  check_derivatives(LinearPath<double>(gaussian, mixture), 0.3, normals(3, 2));
}

TEST_CASE("the ends of a mixture's path are its base and the mixture, and its density is normalised in between") {
  const GaussianMixtureOptions options{.dimension = 1, .means = {-2, 3}, .widths = {0.5, 1}, .weights = {1, 3}};
  const MixturePath<double> path(options, 1.5);
  const auto x = normals(1, 3);
  const LaneSums<double> square = x.col(0).square();
  CHECK((path.energy(0, x) - square / 4.5 - std::log(1.5 * std::sqrt(2 * std::numbers::pi))).abs().maxCoeff() < 1e-12);
  CHECK((path.energy(1, x) - GaussianMixture<double>(options).energy(x)).abs().maxCoeff() < 1e-12);
  for (const double t : {0.0, 0.3, 1.0}) {
    double sum = 0;
    const double h = 0.02;
    for (int i = -125; i < 125; ++i) {
      Block<double> grid(lane_count<double>, 1);
      for (int lane = 0; lane < lane_count<double>; ++lane) grid(lane, 0) = (8 * i + lane) * h;
      sum += h * (-path.energy(t, grid)).exp().sum();
    }
    CHECK(sum == Approx(1).epsilon(1e-10));  // the trapezoid rule on a Gaussian
  }
}

TEST_CASE("samples of a generalised Gaussian and of a mixture have the moments of their densities") {
  constexpr int blocks = 4000, count = blocks * lane_count<double>;
  const auto key = random::make_key(3, "samples");
  const double power = GENERATE(1.0, 2.0, 4.0), width = 1.3;
  const GeneralizedGaussian<double> base(2, {width, power});
  const GaussianMixture<double> mixture(three_modes);
  Eigen::Array4d sums = Eigen::Array4d::Zero();
  Eigen::Array3d mean = Eigen::Array3d::Zero(), square = Eigen::Array3d::Zero();
  for (int b = 0; b < blocks; ++b) {
    Block<double> x;
    base.sample(key, 8 * b, x);
    sums += Eigen::Array4d(x.col(0).sum(), x.square().sum() / 2, x.square().square().sum() / 2,
                           (x.col(0) * x.col(1)).sum());
    mixture.sample(key, 8 * b, x);
    mean += x.colwise().sum().transpose();
    square += x.square().colwise().sum().transpose();
  }
  sums /= count;
  // <|x|^k> = width^k Gamma((k + 1) / p) / Gamma(1 / p); standard errors follow from the next moments.
  const auto moment = [&](int k) { return std::pow(width, k) * std::tgamma((k + 1) / power) / std::tgamma(1 / power); };
  const auto error = [&](int k) { return std::sqrt((moment(2 * k) - moment(k) * moment(k)) / count); };
  CHECK(std::abs(sums[0]) < 4 * std::sqrt(moment(2) / count));
  CHECK(std::abs(sums[1] - moment(2)) < 4 * error(2) / std::numbers::sqrt2);
  CHECK(std::abs(sums[2] - moment(4)) < 4 * error(4) / std::numbers::sqrt2);
  CHECK(std::abs(sums[3]) < 4 * moment(2) / std::sqrt(count));
  const Eigen::Array3d expected_mean(-0.25, 0.25, 0.75);
  const double widths = 0.25 * 0.49 + 0.5 * 1.44 + 0.25;
  const Eigen::Array3d expected_square(0.25 + 0.5 + widths, 1 + 0.125 + 1 + widths, 0.5 + 0.25 + widths);
  CHECK(((mean / count - expected_mean).abs() < 4 * (expected_square / count).sqrt()).all());
  CHECK(((square / count - expected_square).abs() < 4 * (16 * expected_square / count).sqrt()).all());
}

TEST_CASE("the transfer matrix gives the known values of the double well, and a quadrature those of three sites") {
  // Independent 481-point trapezoid on [-6, 6].
  struct Row {
    int sites;
    double mass, log_z, x_squared, x_fourth, mean_squared;
  };
  for (const auto& row : {Row{4, 1.5, 3.65815370, 1.06521700, 1.99291129, 0.89924142},
                          Row{16, 1.5, 1.05092446, 1.01283913, 1.97140201, 0.82220012},
                          Row{64, 1.5, -42.21313044, 1.00829386, 1.97065294, 0.81566874},
                          Row{16, 4.5, 9.76523399, 4.33738136, 20.19488074, 4.28602557},
                          Row{16, 6, 23.19023488, 5.88042779, 35.97042122, 5.84232557}}) {
    const auto values = exact_double_well({.sites = row.sites, .mass = row.mass});
    INFO(row.sites << " sites, m = " << row.mass);
    CHECK(values.log_z == Approx(row.log_z).margin(2e-7));
    CHECK(values.x_squared == Approx(row.x_squared).margin(2e-7));
    CHECK(values.x_fourth == Approx(row.x_fourth).margin(2e-7));
    CHECK(values.mean_squared == Approx(row.mean_squared).margin(2e-7));
  }
  const DoubleWellOptions options{.sites = 3, .mass = 2, .coupling = 1.5, .time = 2};
  const DoubleWell<double> well(options);
  const double h = 0.08, range = 4.4;
  const int points = static_cast<int>(2 * range / h);
  double z = 0, square = 0;
  Block<double> x(lane_count<double>, 3);
  for (int i = 0; i < points; ++i)
    for (int j = 0; j < points; ++j)
      for (int k = 0; k < points; k += lane_count<double>) {
        for (int lane = 0; lane < lane_count<double>; ++lane)
          x.row(lane) = h * Eigen::Array3d(i, j, k + lane).transpose() - range;
        const LaneSums<double> weight = (-well.energy(x)).exp() * h * h * h;
        z += weight.sum();
        square += (weight * x.col(0).square()).sum();
      }
  const auto values = exact_double_well(options);
  CHECK(values.log_z == Approx(std::log(z)).margin(1e-6));
  CHECK(values.x_squared == Approx(square / z).margin(1e-6));
}

TEST_CASE("hybrid Monte Carlo refreshment leaves the distribution as it is and finds it from elsewhere") {
  const GaussianMixtureOptions options{.dimension = 2, .means = {1, 0, -1, 0}, .widths = {1}, .weights = {3, 1}};
  const MixturePath<float> path(options, 1);
  const HmcRefreshOptions hmc{.trajectories = 10};
  const auto steps = tune_hmc(path, hmc, 5, 1);
  REQUIRE(steps.size() == 5);
  constexpr int blocks = 400;
  double first = 0, square = 0, acceptance = 0;
  for (int b = 0; b < blocks; ++b) {
    Block<float> x;
    path.sample_base(random::make_key(2, "start"), lane_count<float> * b, x);
    x *= 2.0F;  // not the distribution
    acceptance += hmc_refresh(path, 1, hmc, steps[4], random::make_key(2, "refresh"), lane_count<float> * b, x);
    first += x.col(0).cast<double>().sum();
    square += x.col(1).cast<double>().square().sum();
  }
  const int count = blocks * lane_count<float>;
  CHECK(acceptance / blocks == Approx(0.85).margin(0.08));
  // Mean 3/4 - 1/4, variance 1 + 1 - 1/4; standard errors of independent samples.
  CHECK(std::abs(first / count - 0.5) < 4 * std::sqrt(1.75 / count));
  CHECK(std::abs(square / count - 1) < 4 * std::sqrt(2.0 / count));
}

TEST_CASE("modes that samples miss are found") {
  const MixtureModes modes = mixture_modes({.dimension = 2, .means = {8, 8, -8, -8}, .widths = {1}, .weights = {1}});
  Eigen::ArrayXXd samples(2, 3);
  samples << 8.5, 7, 8, 8, 8, 5;
  CHECK(mode_distance(modes, samples) == Approx(std::hypot(16, 13)));
  CHECK(mode_shares(modes, samples, Eigen::Array3d(1, 1, 2)).isApprox(Eigen::Array2d(1, 0)));
  samples.col(1) << -8, -9;
  CHECK(mode_distance(modes, samples) == Approx(1));
  CHECK(mode_shares(modes, samples, Eigen::Array3d(1, 1, 2)).isApprox(Eigen::Array2d(0.75, 0.25)));
}

TEST_CASE("energies refuse parameters that make no sense") {
  CHECK_THROWS_WITH(GeneralizedGaussian<double>(2, {-1, 2}), ContainsSubstring("base.width = -1"));
  CHECK_THROWS_WITH(GeneralizedGaussian<double>(2, {1, 0.5}), ContainsSubstring("base.power = 0.5"));
  CHECK_THROWS_WITH(mixture_modes({.dimension = 3, .means = {1, 2}}), ContainsSubstring("target.means has 2 numbers"));
  CHECK_THROWS_WITH(mixture_modes({.dimension = 1, .means = {1, 2, 3}, .widths = {1, 2}}),
                    ContainsSubstring("target.widths has 2 numbers for 3 modes"));
  CHECK_THROWS_WITH(mixture_modes({.dimension = 1, .means = {1}, .widths = {1}, .weights = {0}}),
                    ContainsSubstring("target.weights holds 0"));
  CHECK_THROWS_WITH(DoubleWell<double>({.sites = 2}), ContainsSubstring("target.sites = 2"));
  CHECK_THROWS_WITH(DoubleWell<double>({.mass = 0}), ContainsSubstring("target.mass = 0"));
  const auto base = std::make_shared<GeneralizedGaussian<double>>(2, GeneralizedGaussianOptions{});
  CHECK_THROWS_WITH(LinearPath<double>(base, std::make_shared<DoubleWell<double>>(DoubleWellOptions{})),
                    ContainsSubstring("a base of 2 sites and a target of 16"));
}
