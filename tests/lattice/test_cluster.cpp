// SPDX-License-Identifier: MIT
#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "base/error.h"
#include "lattice/local_update.h"
#include "lattice/reference.h"
#include "lattice/update.h"
#include "lattice/wolff.h"
#include "support/catch.h"

using floe::Block;
using floe::Lanes;
using namespace floe::lattice;
namespace random_numbers = floe::random;

namespace {

/// chi^2 of counts against probabilities, as standard deviations above its mean (counts are of independent draws).
double excess(const std::vector<double>& counts, const std::vector<double>& probabilities) {
  double total = 0;
  for (const double count : counts) total += count;
  double chi_squared = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const double expected = total * probabilities[i];
    chi_squared += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  const double degrees = static_cast<double>(counts.size()) - 1;
  return (chi_squared - degrees) / std::sqrt(2 * degrees);
}

/// Probabilities of the 2^V sign patterns at fixed |phi|.
std::vector<double> sign_probabilities(const Geometry& geometry, const Eigen::ArrayXd& magnitude) {
  const int volume = geometry.volume();
  std::vector<double> result(std::size_t{1} << volume);
  double sum = 0;
  for (std::size_t pattern = 0; pattern < result.size(); ++pattern) {
    Eigen::ArrayXd phi = magnitude;
    for (int x = 0; x < volume; ++x) phi[x] *= (pattern >> x & 1U) != 0 ? -1 : 1;
    result[pattern] = std::exp(-reference::action(geometry, {0, 0}, phi));
    sum += result[pattern];
  }
  for (double& p : result) p /= sum;
  return result;
}

std::size_t pattern_of(const Block<double>& field, int lane) {
  std::size_t pattern = 0;
  for (int x = 0; x < field.cols(); ++x) pattern |= static_cast<std::size_t>(field(lane, x) < 0 ? 1 : 0) << x;
  return pattern;
}

}  // namespace

TEST_CASE("cluster updates sample the signs exactly", "[cluster]") {
  // All sign patterns of tiny lattices against their Boltzmann weights; 12 updates between counts leave chains of this
  // size without memory.
  for (const ClusterChoice choice : {ClusterChoice::one, ClusterChoice::all}) {
    for (const char* shape : {"3", "2x2", "1x3", "3x2", "2x1x2", "1x2x1x2"}) {
      CAPTURE(shape, static_cast<int>(choice));
      const Geometry geometry = parse_geometry(shape);
      const int volume = geometry.volume();
      Eigen::ArrayXd magnitude(volume);
      for (int x = 0; x < volume; ++x) magnitude[x] = 0.25 + 0.1 * x;
      const std::vector<double> exact = sign_probabilities(geometry, magnitude);
      ClusterUpdate update(geometry, choice);
      random_numbers::LaneStream random(random_numbers::make_key(11, "test"), 0);
      Block<double> field(8, volume);
      field.rowwise() = magnitude.transpose();
      std::vector<double> counts(exact.size());
      for (int i = 0; i < 1500; ++i) {
        for (int k = 0; k < 12; ++k) update(field, random);
        for (int lane = 0; lane < 8; ++lane) counts[pattern_of(field, lane)] += 1;
      }
      for (int x = 0; x < volume; ++x) CHECK((field.col(x).abs() == magnitude[x]).all());
      CHECK(std::abs(excess(counts, exact)) < 4);
    }
  }
}

TEST_CASE("one cluster update keeps detailed balance between sign patterns", "[cluster]") {
  // P(a) T(a -> b) = P(b) T(b -> a), transitions counted from each start.
  for (const ClusterChoice choice : {ClusterChoice::one, ClusterChoice::all}) {
    CAPTURE(static_cast<int>(choice));
    const Geometry geometry({3});
    const Eigen::ArrayXd magnitude = Eigen::Array3d(0.3, 0.5, 0.4);
    const std::vector<double> exact = sign_probabilities(geometry, magnitude);
    constexpr int draws = 8 * 1500;
    std::array<std::array<double, 8>, 8> transition{};
    ClusterUpdate update(geometry, choice);
    random_numbers::LaneStream random(random_numbers::make_key(12, "test"), 0);
    for (std::size_t start = 0; start < 8; ++start) {
      for (int i = 0; i < draws / 8; ++i) {
        Block<double> field(8, 3);
        for (int x = 0; x < 3; ++x) field.col(x).setConstant((start >> x & 1U) != 0 ? -magnitude[x] : magnitude[x]);
        update(field, random);
        for (int lane = 0; lane < 8; ++lane) transition[start][pattern_of(field, lane)] += 1.0 / draws;
      }
    }
    for (std::size_t a = 0; a < 8; ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        const double forward = exact[a] * transition[a][b];
        const double backward = exact[b] * transition[b][a];
        const double variance =
            (exact[a] * exact[a] * transition[a][b] + exact[b] * exact[b] * transition[b][a]) / draws;
        CHECK(std::abs(forward - backward) <= 4 * std::sqrt(variance));
      }
    }
  }
}

TEST_CASE("cluster updates report what they flip", "[cluster]") {
  const Geometry geometry({4, 4});
  for (const ClusterChoice choice : {ClusterChoice::one, ClusterChoice::all}) {
    ClusterUpdate update(geometry, choice);
    random_numbers::LaneStream random(random_numbers::make_key(13, "test"), 0);
    Block<double> field = reference::random_block<double>(16, 1);
    for (int i = 0; i < 20; ++i) {
      const Block<double> before = field;
      const Lanes<double> flipped = update(field, random);
      const Lanes<double> changed = (field != before).cast<double>().rowwise().mean();
      CHECK((flipped - changed).abs().maxCoeff() < 1e-14);
    }
    // Frozen signs: one cluster is the lattice.
    field.setConstant(5);
    Lanes<double> flipped = Lanes<double>::Zero();
    for (int i = 0; i < 100; ++i) flipped += update(field, random) / 100;
    CHECK(flipped.mean() == Approx(choice == ClusterChoice::one ? 1 : 0.5).margin(0.06));
  }
}

TEST_CASE("a chain does not depend on the chains beside it", "[cluster]") {
  // Chains 8 to 15 alone, and with other configurations in the lanes of their neighbours.
  const Geometry geometry({5, 4});
  const Phi4 phi4{-4, 6};
  WolffOptions options;
  const auto update_a = make_wolff_update(geometry, phi4, options, {});
  const auto update_b = make_wolff_update(geometry, phi4, options, {});
  const auto key = random_numbers::make_key(14, "test");
  random_numbers::LaneStream random_a(key, 8), random_b(key, 8);
  Block<double> a = reference::random_block<double>(20, 2);
  Block<double> b = reference::random_block<double>(20, 3);
  b.row(5) = a.row(5);
  for (int i = 0; i < 30; ++i) {
    (*update_a)(a, random_a, Phase::thermalisation);
    (*update_b)(b, random_b, Phase::thermalisation);
  }
  CHECK((a.row(5) == b.row(5)).all());
  CHECK((a.row(4) != b.row(4)).all());
}

TEST_CASE("local updates sample the distribution of one and two sites", "[cluster]") {
  // Moments by quadrature. On one site of size 1 the gradient vanishes: exp(-m^2 phi^2 - lambda phi^4).
  const Phi4 phi4{-1, 0.5};
  for (const char* shape : {"1", "2", "1x2"}) {
    CAPTURE(shape);
    const Geometry geometry = parse_geometry(shape);
    const int volume = geometry.volume();
    double norm = 0, second = 0, fourth = 0, product = 0;
    for (double x = -5; x <= 5; x += 0.05) {
      for (double y = volume == 2 ? -5 : 0; y <= (volume == 2 ? 5 : 0); y += 0.05) {
        Eigen::ArrayXd phi(volume);
        phi[0] = x;
        if (volume == 2) phi[1] = y;
        const double weight = std::exp(-reference::action(geometry, phi4, phi));
        norm += weight;
        second += weight * x * x;
        fourth += weight * x * x * x * x;
        product += weight * x * y;
      }
    }
    for (const int hits : {1, 3}) {
      CAPTURE(hits);
      LocalUpdateOptions options;
      options.hits = hits;
      LocalUpdate update(geometry, phi4, options);
      random_numbers::LaneStream random(random_numbers::make_key(15, "test"), 0);
      Block<double> field = Block<double>::Zero(8, volume);
      for (int i = 0; i < 300; ++i) update.adapt(update(field, random));
      // Eight independent chains: the error from their spread, 7 degrees of freedom.
      Lanes<double> sums[3] = {Lanes<double>::Zero(), Lanes<double>::Zero(), Lanes<double>::Zero()};
      Lanes<double> acceptance = Lanes<double>::Zero();
      constexpr int sweeps = 20000;
      for (int i = 0; i < sweeps; ++i) {
        acceptance += update(field, random) / sweeps;
        const Lanes<double> square = field.col(0).square();
        sums[0] += square / sweeps;
        sums[1] += square.square() / sweeps;
        if (volume == 2) sums[2] += field.col(0) * field.col(1) / sweeps;
      }
      const double exact[3] = {second / norm, fourth / norm, product / norm};
      for (int k = 0; k < (volume == 2 ? 3 : 2); ++k) {
        const double mean = sums[k].mean();
        const double error = std::sqrt((sums[k] - mean).square().sum() / 56);
        CAPTURE(k, mean, exact[k], error);
        CHECK(std::abs(mean - exact[k]) < 4.5 * error);  // about 3 sigma for 7 degrees of freedom
        CHECK(error < 0.03 * std::abs(exact[k]));
      }
      CHECK((acceptance - 0.5).abs().maxCoeff() < 0.15);  // one site tells the adaptation little
    }
  }
}

TEST_CASE("local updates keep and restore their widths", "[cluster]") {
  const Geometry geometry({3});
  LocalUpdate a(geometry, {-1, 1}, {});
  LocalUpdate b(geometry, {-1, 1}, {});
  a.adapt(Lanes<double>::Constant(0.9));
  b.set_state(a.state());
  a.adapt(Lanes<double>::Constant(0.2));
  b.adapt(Lanes<double>::Constant(0.2));
  CHECK((a.width() == b.width()).all());
  CHECK_THROWS_AS(b.set_state({1}), floe::ShapeError);
  LocalUpdateOptions options;
  options.hits = 0;
  CHECK_THROWS_WITH(LocalUpdate(geometry, {-1, 1}, options), ContainsSubstring("hits=0"));
  options = {};
  options.target_acceptance = 0;
  CHECK_THROWS_AS(LocalUpdate(geometry, {-1, 1}, options), floe::ConfigError);
}
