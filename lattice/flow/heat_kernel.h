// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "base/lanes.h"
#include "lattice/geometry.h"

namespace floe::lattice {

/// The lattice heat kernel J_s = exp(-s khat^2), khat^2 = sum_mu 4 sin^2(k_mu / 2), in lattice units of the time s.
///
/// It is a product over the axes, so that smearing is one small matrix product per axis. Every J_s is a symmetric
/// circulant, and products add their times: J_r J_s = J_{r+s}.
template <class T>
class HeatKernel final {
 public:
  /// Throws ConfigError for a negative or infinite time.
  HeatKernel(const Geometry& geometry, double time);

  /// True for s = 0, where smearing changes nothing.
  bool is_identity() const { return axes_.empty(); }

  /// out = J_s in, or out += J_s in; blocks are (lane, site). `scratch` has the size of a block; nothing may overlap.
  void apply(const T* in, T* out, T* scratch, bool accumulate = false) const;

 private:
  std::vector<int> sizes_;
  // Per axis, row-major: the circulant on sums and on differences of mirrored sites, half the arithmetic of the whole.
  struct Axis {
    std::vector<T> even;  // (L / 2 + 1) squared
    std::vector<T> odd;   // ((L - 1) / 2) squared
  };
  void apply_axis(int axis, Eigen::Index inner, Eigen::Index volume, const T* in, T* out, bool accumulate) const;

  std::vector<Axis> axes_;
};

/// J_s(x, x), the same for every site: the product over the axes of (1/L) sum_k exp(-s khat^2).
double heat_kernel_at_origin(const Geometry& geometry, double time);

}  // namespace floe::lattice
