// SPDX-License-Identifier: MIT
#include <cmath>
#include <numbers>

#include "random/lane_stream.h"
#include "random/stream.h"
#include "support/catch.h"

using floe::Block;
using floe::random::LaneStream;
using floe::random::make_key;
using floe::random::Stream;

namespace {

constexpr int sites = 1 << 17;
constexpr double count = 8.0 * sites;

Block<double> normals(std::uint64_t seed, const char* purpose, std::uint64_t first = 0) {
  Block<double> block(8, sites);
  LaneStream(make_key(seed, purpose), first).fill_normal(block);
  return block;
}

Block<double> uniforms(std::uint64_t seed, const char* purpose, std::uint64_t first = 0) {
  Block<double> block(8, sites);
  LaneStream(make_key(seed, purpose), first).fill_uniform(block);
  return block;
}

/// Pearson's statistic of counts against equal expectations, as a standard normal (Wilson, Hilferty 1931).
double chi_square_sigma(const Eigen::ArrayXd& counts) {
  const double expected = counts.mean();
  const double k = static_cast<double>(counts.size() - 1);
  const double chi_square = ((counts - expected).square() / expected).sum();
  return (std::cbrt(chi_square / k) - (1 - 2 / (9 * k))) / std::sqrt(2 / (9 * k));
}

}  // namespace

TEST_CASE("uniforms are uniform, alone and in pairs", "[random]") {
  const Block<double> u = uniforms(1, "uniform");
  CHECK(u.minCoeff() > 0.0);
  CHECK(u.maxCoeff() < 1.0);
  CHECK(std::abs(u.mean() - 0.5) < 4 / std::sqrt(12 * count));
  Eigen::ArrayXd bins = Eigen::ArrayXd::Zero(1024);
  Eigen::ArrayXd fine = Eigen::ArrayXd::Zero(1024);
  Eigen::ArrayXd successive = Eigen::ArrayXd::Zero(1024);
  Eigen::ArrayXd neighbours = Eigen::ArrayXd::Zero(1024);
  for (int site = 0; site < sites; ++site) {
    for (int w = 0; w < 8; ++w) {
      ++bins(static_cast<int>(1024 * u(w, site)));
      // The bits below the first thirty.
      const double scaled = 0x1p30 * u(w, site);
      ++fine(static_cast<int>(1024 * (scaled - std::floor(scaled))));
      if (site % 2 == 0) ++successive(static_cast<int>(32 * u(w, site)) * 32 + static_cast<int>(32 * u(w, site + 1)));
      if (w % 2 == 0) ++neighbours(static_cast<int>(32 * u(w, site)) * 32 + static_cast<int>(32 * u(w + 1, site)));
    }
  }
  CHECK(std::abs(chi_square_sigma(bins)) < 4);
  CHECK(std::abs(chi_square_sigma(fine)) < 4);
  CHECK(std::abs(chi_square_sigma(successive)) < 4);
  CHECK(std::abs(chi_square_sigma(neighbours)) < 4);
}

TEST_CASE("normals have the moments of a standard normal", "[random]") {
  const Block<double> x = normals(2, "moments");
  // Standard errors: Var x^n = <x^2n> - <x^n>^2.
  const double unit = 4 / std::sqrt(count);
  CHECK(std::abs(x.mean()) < unit);
  CHECK(std::abs(x.square().mean() - 1) < unit * std::sqrt(2.0));
  CHECK(std::abs(x.cube().mean()) < unit * std::sqrt(15.0));
  CHECK(std::abs(x.square().square().mean() - 3) < unit * std::sqrt(96.0));
  CHECK(std::abs(x.cube().square().mean() - 15) < unit * std::sqrt(10395.0 - 225.0));
}

TEST_CASE("normals fall into equally probable cells and tails as they should", "[random]") {
  const Block<double> x = normals(3, "cells");
  Eigen::ArrayXd cells = Eigen::ArrayXd::Zero(256);
  Eigen::ArrayXd pairs = Eigen::ArrayXd::Zero(256);
  const auto cell = [](double value, int n) {
    return std::min(n - 1, static_cast<int>(n * 0.5 * std::erfc(-value / std::numbers::sqrt2)));
  };
  for (int site = 0; site < sites; ++site) {
    for (int w = 0; w < 8; ++w) {
      ++cells(cell(x(w, site), 256));
      // The two normals of one pair.
      if (site % 2 == 0) ++pairs(16 * cell(x(w, site), 16) + cell(x(w, site + 1), 16));
    }
  }
  CHECK(std::abs(chi_square_sigma(cells)) < 4);
  CHECK(std::abs(chi_square_sigma(pairs)) < 4);
  for (const double bound : {1.0, 2.0, 3.0, 4.0}) {
    const double probability = 0.5 * std::erfc(bound / std::numbers::sqrt2);
    const double error = std::sqrt(count * probability);
    CHECK(std::abs(static_cast<double>((x > bound).count()) - count * probability) < 4 * error + 1);
    CHECK(std::abs(static_cast<double>((x < -bound).count()) - count * probability) < 4 * error + 1);
  }
  CHECK(x.abs().maxCoeff() < 8.6);
}

TEST_CASE("seeds, purposes, samples and kinds of numbers are uncorrelated", "[random]") {
  const Block<double> x = normals(4, "base");
  const double bound = 4 / std::sqrt(count);
  CHECK(std::abs((x * normals(5, "base")).mean()) < bound);
  CHECK(std::abs((x * normals(4, "chain")).mean()) < bound);
  CHECK(std::abs((x * normals(4, "base", 8)).mean()) < bound);
  CHECK(std::abs((x.leftCols(sites - 1) * x.rightCols(sites - 1)).mean()) < bound);
  CHECK(std::abs((x.square() * x.square().rowwise().reverse()).mean() - 1) < 4 * std::sqrt(8 / count) * std::sqrt(2.0));
  // A uniform and a normal at one position come from different words.
  const Block<double> centred = (uniforms(4, "base") - 0.5) * std::sqrt(12.0);
  CHECK(std::abs((x * centred).mean()) < bound);
  CHECK(std::abs((x.square() * centred).mean()) < bound * std::sqrt(3.0));
}
