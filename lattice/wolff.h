// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "base/lanes.h"
#include "lattice/geometry.h"
#include "random/lane_stream.h"

namespace floe::lattice {

/// Which clusters of one set of bonds are flipped.
enum class ClusterChoice {
  one,  ///< That of a random site (Wolff).
  all,  ///< Every cluster, each with probability 1/2 (Swendsen, Wang).
};

/// Cluster updates of the signs of phi at fixed |phi| (Brower, Tamayo, Phys. Rev. Lett. 62 (1989) 1087; Wolff, Phys.
/// Rev. Lett. 62 (1989) 361), eight chains at once. The signs are an Ising model with couplings |phi_x phi_y|:
/// neighbours of equal sign are bonded with probability
///
///     1 - exp(-4 phi_x phi_y),
///
/// and whole clusters flip. Alone it is not ergodic: combine it with an update of |phi|.
///
/// All bonds are drawn first, as bits of eight chains, with one vector of random numbers per link (E < 4 phi_x phi_y
/// with E = -log u); growing a cluster is then a flood fill over bits that needs no arithmetic. A bond is looked at
/// only once in either order of drawing, so that the distribution is that of the usual growth.
class ClusterUpdate final {
 public:
  /// `geometry` is referred to and must outlive the update.
  ClusterUpdate(const Geometry& geometry, ClusterChoice choice);

  /// One set of bonds and the flips. Returns the fraction of sites of each chain that changed sign.
  Lanes<double> operator()(Block<double>& field, random::LaneStream& random);

 private:
  void draw_bonds(const Block<double>& field, random::LaneStream& random);
  void choose_one(random::LaneStream& random);
  void choose_all(random::LaneStream& random);
  void fill(int start, unsigned chains, unsigned flipped);
  template <int Dimension>
  void fill(int start, unsigned chains, unsigned flipped);
  Lanes<double> flip(Block<double>& field) const;

  const Geometry* geometry_;
  ClusterChoice choice_;
  Block<double> exponential_;        // of one row, (lane, link)
  std::vector<std::uint8_t> bond_;   // (site, +0, -0, +1, ...), bit = chain
  std::vector<std::uint32_t> mark_;  // (site), what the chains have done there
  std::vector<int> queue_;           // sites where a front waits, first in first out: fronts then merge
};

}  // namespace floe::lattice
