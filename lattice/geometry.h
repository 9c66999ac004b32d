// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace floe::lattice {

/// A periodic hypercubic lattice of 1 to 4 dimensions with any, also unequal, sizes.
///
/// Sites are numbered row-major, the last axis fastest: site = (x_0 L_1 + x_1) L_2 + x_2 and so on. A row is the run of
/// sites along the last axis; its sites are consecutive, and its neighbours along the other axes are rows again.
/// Momenta carry the same numbering: index n stands for k_mu = 2 pi n_mu / L_mu.
class Geometry final {
 public:
  static constexpr int max_dimension = 4;

  /// Throws ShapeError unless there are 1 to 4 sizes, each at least 1, whose product times eight fits an int.
  explicit Geometry(std::vector<int> sizes);

  int dimension() const { return static_cast<int>(sizes_.size()); }
  const std::vector<int>& sizes() const { return sizes_; }
  int size(int mu) const { return sizes_[static_cast<std::size_t>(mu)]; }
  int volume() const { return volume_; }

  /// The site one step along +mu or -mu.
  int forward(int site, int mu) const { return neighbours_[index(site, mu)]; }
  int backward(int site, int mu) const { return neighbours_[index(site, mu) + 1]; }

  /// The 2 d neighbours of a site: (+0, -0, +1, -1, ...).
  const int* neighbours(int site) const { return neighbours_.data() + index(site, 0); }

  int row_length() const { return sizes_.back(); }
  int row_count() const { return volume_ / sizes_.back(); }

  /// The 2 (d - 1) neighbouring rows of a row: (+0, -0, +1, -1, ...) without the last axis.
  const int* row_neighbours(int row) const {
    return row_neighbours_.data() + static_cast<std::ptrdiff_t>(row) * 2 * (dimension() - 1);
  }

  using Coordinates = std::array<int, max_dimension>;  ///< Entries beyond the dimension are zero.
  Coordinates coordinates(int site) const;
  /// The site at these coordinates, which may lie outside and are wrapped.
  int site(const Coordinates& coordinates) const;

  /// khat^2 = sum_mu 4 sin^2(k_mu / 2) of one momentum: the eigenvalue of minus the lattice Laplacian.
  double khat_squared(int momentum) const;
  /// khat^2 of all momenta, in site order.
  Eigen::ArrayXd khat_squared() const;

  friend bool operator==(const Geometry& a, const Geometry& b) { return a.sizes_ == b.sizes_; }

 private:
  std::size_t index(int site, int mu) const {
    return 2 * (static_cast<std::size_t>(site) * sizes_.size() + static_cast<std::size_t>(mu));
  }

  std::vector<int> sizes_;
  int volume_ = 1;
  std::vector<int> neighbours_;
  std::vector<int> row_neighbours_;
};

/// Reads "8", "8x8", "16x8x8". Throws ShapeError.
Geometry parse_geometry(std::string_view text);

/// The inverse of parse_geometry.
std::string to_string(const Geometry& geometry);

}  // namespace floe::lattice
