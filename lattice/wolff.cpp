// SPDX-License-Identifier: MIT
#include "lattice/wolff.h"

#include <algorithm>
#include <bit>

#include "lattice/exponential.h"
#include "lattice/lane_mask.h"

namespace floe::lattice {
namespace {

constexpr unsigned every_chain = 0xff;

// A mark holds a bit per chain for each of: visited, flipped, waiting (the front of the chain has reached the site and
// not yet left it).
constexpr unsigned flipped_shift = 8;
constexpr unsigned waiting_shift = 16;

}  // namespace

ClusterUpdate::ClusterUpdate(const Geometry& geometry, ClusterChoice choice) : geometry_(&geometry), choice_(choice) {
  const auto volume = static_cast<std::size_t>(geometry.volume());
  exponential_.resize(Eigen::NoChange, geometry.row_length() * geometry.dimension());
  bond_.resize(2 * volume * static_cast<std::size_t>(geometry.dimension()));
  mark_.resize(volume);
  queue_.resize(std::bit_ceil(volume + 1));
}

Lanes<double> ClusterUpdate::operator()(Block<double>& field, random::LaneStream& random) {
  draw_bonds(field, random);
  std::fill(mark_.begin(), mark_.end(), std::uint32_t{0});
  if (choice_ == ClusterChoice::one) {
    choose_one(random);
  } else {
    choose_all(random);
  }
  return flip(field);
}

void ClusterUpdate::draw_bonds(const Block<double>& field, random::LaneStream& random) {
  const Vector<double>* const phi = sites(field);
  const Vector<double>* const exponential = sites(exponential_);
  const int dimension = geometry_->dimension();
  const int links = geometry_->row_length() * dimension;
  std::uint8_t* const bond = bond_.data();
  int site = 0;
  for (int row = 0; row < geometry_->row_count(); ++row) {
    fill_exponential(exponential_, random, 0.25);
    for (int link = 0; link < links; ++site) {
      const int* const neighbours = geometry_->neighbours(site);
      for (int mu = 0; mu < dimension; ++mu, ++link) {
        const int next = neighbours[2 * mu];
        const auto chains = static_cast<std::uint8_t>(less_mask(exponential[link], phi[site] * phi[next]));
        bond[2 * (site * dimension + mu)] = chains;
        bond[2 * (next * dimension + mu) + 1] = chains;
      }
    }
  }
}

void ClusterUpdate::choose_one(random::LaneStream& random) {
  const Lanes<double> start = random.uniform() * geometry_->volume();
  for (unsigned lane = 0; lane < 8; ++lane) fill(static_cast<int>(start[lane]), 1U << lane, every_chain);
}

void ClusterUpdate::choose_all(random::LaneStream& random) {
  // The cluster whose first site is x flips by coin x. One uniform gives 32 coins, its leading bits.
  Vector<double> coins{};
  const Vector<double> half = Vector<double>{} + 0.5;
  for (int site = 0; site < geometry_->volume(); ++site) {
    if (site % 32 == 0) {
      const Lanes<double> uniform = random.uniform();
      coins = as_vector(uniform);
    }
    const unsigned tails = less_mask(coins, half);
    coins += coins;
    coins -= coins < 1.0 ? Vector<double>{} : Vector<double>{} + 1.0;
    const unsigned fresh = every_chain & ~mark_[static_cast<std::size_t>(site)];
    if (fresh != 0) fill(site, fresh, tails);
  }
}

// Marks the clusters of `start` in these chains as visited, and as flipped in those of `flipped`. Free of branches but
// for the loop: whether a bond is there cannot be predicted.
template <int Dimension>
void ClusterUpdate::fill(int start, unsigned chains, unsigned flipped) {
  constexpr std::ptrdiff_t directions = 2 * Dimension;
  const int* const neighbours = geometry_->neighbours(0);
  const std::uint8_t* const bonds = bond_.data();
  std::uint32_t* const marks = mark_.data();
  int* const queue = queue_.data();
  const std::uint32_t wrap = static_cast<std::uint32_t>(queue_.size()) - 1;
  const std::uint32_t flip_bits = flipped << flipped_shift;
  std::uint32_t head = 0;
  std::uint32_t tail = 1;
  queue[0] = start;
  marks[start] |= chains | ((chains << flipped_shift) & flip_bits) | chains << waiting_shift;
  while (head != tail) {
    const std::ptrdiff_t site = queue[head++ & wrap];
    const std::uint32_t front = marks[site] >> waiting_shift;
    marks[site] &= (1U << waiting_shift) - 1;
    const int* const next = neighbours + site * directions;
    const std::uint8_t* const bond = bonds + site * directions;
    for (int n = 0; n < directions; ++n) {
      const std::uint32_t mark = marks[next[n]];
      const std::uint32_t fresh = front & bond[n] & ~mark;
      marks[next[n]] = mark | fresh * (1U | 1U << waiting_shift) | ((fresh << flipped_shift) & flip_bits);
      queue[tail & wrap] = next[n];
      // Enqueued where chains are fresh and none waits already.
      tail += static_cast<std::uint32_t>(fresh != 0) & static_cast<std::uint32_t>(mark >> waiting_shift == 0);
    }
  }
}

void ClusterUpdate::fill(int start, unsigned chains, unsigned flipped) {
  switch (geometry_->dimension()) {
    case 1:
      return fill<1>(start, chains, flipped);
    case 2:
      return fill<2>(start, chains, flipped);
    case 3:
      return fill<3>(start, chains, flipped);
    default:
      return fill<4>(start, chains, flipped);
  }
}

Lanes<double> ClusterUpdate::flip(Block<double>& field) const {
  Vector<double>* const phi = sites(field);
  Vector<double> count{};
  for (int site = 0; site < geometry_->volume(); ++site) {
    const unsigned flips = mark_[static_cast<std::size_t>(site)] >> flipped_shift & every_chain;
    if (flips == 0) continue;
    Vector<double> sign;
    for (unsigned lane = 0; lane < 8; ++lane) sign[lane] = (flips >> lane & 1U) != 0 ? -1.0 : 1.0;
    phi[site] *= sign;
    count += sign;
    count += -1.0;
  }
  Lanes<double> result;
  as_vector(result) = count * (-0.5 / geometry_->volume());
  return result;
}

}  // namespace floe::lattice
