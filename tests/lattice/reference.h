// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <random>
#include <string>
#include <vector>

#include "base/lanes.h"
#include "lattice/geometry.h"
#include "lattice/phi4.h"

namespace floe::lattice::reference {

/// The shapes every kernel is tested on: sizes 1 and 2, odd sizes, unequal sizes, 1 to 4 dimensions.
inline const std::vector<std::string> shapes = {"1",       "2",       "7",       "1x1",    "2x2",   "8x8",
                                                "1x5",     "5x1",     "3x4",     "2x7",    "3x4x5", "2x1x6",
                                                "2x3x4x5", "1x2x1x3", "3x11x33", "2x2x6x9"};

/// S by its formula, one sample, coordinates and wrap-around written out.
inline double action(const Geometry& geometry, const Phi4& phi4, const Eigen::ArrayXd& phi) {
  double sum = 0;
  for (int x = 0; x < geometry.volume(); ++x) {
    for (int mu = 0; mu < geometry.dimension(); ++mu) {
      auto next = geometry.coordinates(x);
      next[static_cast<std::size_t>(mu)] += 1;
      const double difference = phi[geometry.site(next)] - phi[x];
      sum += difference * difference;
    }
    sum += phi4.mass_squared * phi[x] * phi[x] + phi4.coupling * phi[x] * phi[x] * phi[x] * phi[x];
  }
  return sum;
}

template <class T>
Block<T> random_block(int volume, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  Block<T> block(lane_count<T>, volume);
  for (auto& value : block.reshaped()) value = static_cast<T>(normal(engine));
  return block;
}

template <class T>
Eigen::ArrayXd sample(const Block<T>& block, int lane) {
  return block.row(lane).transpose().template cast<double>();
}

}  // namespace floe::lattice::reference
