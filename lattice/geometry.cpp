// SPDX-License-Identifier: MIT
#include "lattice/geometry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.h"

namespace floe::lattice {
namespace {

int checked_volume(const std::vector<int>& sizes) {
  if (sizes.empty() || sizes.size() > Geometry::max_dimension) {
    throw ShapeError(fmt::format("a lattice of {} dimensions (1 to {} are supported); give sizes such as 8x8",
                                 sizes.size(), Geometry::max_dimension));
  }
  std::int64_t volume = 1;
  for (int size : sizes) {
    if (size < 1) {
      throw ShapeError(fmt::format("lattice {} has the size {} (every size is at least 1); give positive sizes",
                                   fmt::join(sizes, "x"), size));
    }
    volume *= size;
    if (volume > std::numeric_limits<int>::max() / (2 * Geometry::max_dimension)) {
      throw ShapeError(
          fmt::format("lattice {} is too large (sites and links are counted in 32 bits); choose a smaller lattice",
                      fmt::join(sizes, "x")));
    }
  }
  return static_cast<int>(volume);
}

// The neighbour tables of a lattice, (site, axis, forward or backward), of its first `axes` axes.
std::vector<int> neighbour_table(const std::vector<int>& sizes, std::size_t axes) {
  int sites = 1;
  for (std::size_t mu = 0; mu < axes; ++mu) sites *= sizes[mu];
  std::vector<int> table(2 * axes * static_cast<std::size_t>(sites));
  int stride = sites;
  for (std::size_t mu = 0; mu < axes; ++mu) {
    const int length = sizes[mu];
    stride /= length;
    for (int site = 0; site < sites; ++site) {
      const int coordinate = site / stride % length;
      int* entry = &table[2 * (static_cast<std::size_t>(site) * axes + mu)];
      entry[0] = coordinate + 1 < length ? site + stride : site - (length - 1) * stride;
      entry[1] = coordinate > 0 ? site - stride : site + (length - 1) * stride;
    }
  }
  return table;
}

}  // namespace

Geometry::Geometry(std::vector<int> sizes)
    : sizes_(std::move(sizes)),
      volume_(checked_volume(sizes_)),
      neighbours_(neighbour_table(sizes_, sizes_.size())),
      row_neighbours_(neighbour_table(sizes_, sizes_.size() - 1)) {}

Geometry::Coordinates Geometry::coordinates(int site) const {
  Coordinates result{};
  for (int mu = dimension() - 1; mu >= 0; --mu) {
    result[static_cast<std::size_t>(mu)] = site % size(mu);
    site /= size(mu);
  }
  return result;
}

int Geometry::site(const Coordinates& coordinates) const {
  int result = 0;
  for (int mu = 0; mu < dimension(); ++mu) {
    const int wrapped = coordinates[static_cast<std::size_t>(mu)] % size(mu);
    result = result * size(mu) + (wrapped < 0 ? wrapped + size(mu) : wrapped);
  }
  return result;
}

double Geometry::khat_squared(int momentum) const {
  const Coordinates n = coordinates(momentum);
  double sum = 0;
  for (int mu = 0; mu < dimension(); ++mu) {
    const double sine = std::sin(std::numbers::pi * n[static_cast<std::size_t>(mu)] / size(mu));
    sum += 4 * sine * sine;
  }
  return sum;
}

Eigen::ArrayXd Geometry::khat_squared() const {
  Eigen::ArrayXd result(volume_);
  for (int momentum = 0; momentum < volume_; ++momentum) result[momentum] = khat_squared(momentum);
  return result;
}

Geometry parse_geometry(std::string_view text) {
  std::vector<int> sizes;
  const char* position = text.data();
  const char* const end = text.data() + text.size();
  while (true) {
    int size = 0;
    const auto [next, status] = std::from_chars(position, end, size);
    if (status != std::errc() || (next != end && (*next != 'x' || next + 1 == end))) {
      throw ShapeError(fmt::format("\"{}\" is no lattice (expected sizes joined by x); write for example 8x8", text));
    }
    sizes.push_back(size);
    if (next == end) return Geometry(std::move(sizes));
    position = next + 1;
  }
}

std::string to_string(const Geometry& geometry) {
  return fmt::format("{}", fmt::join(geometry.sizes(), "x"));
}

}  // namespace floe::lattice
