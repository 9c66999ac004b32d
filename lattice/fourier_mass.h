// SPDX-License-Identifier: MIT
#pragma once

#include <complex>
#include <vector>

#include "base/lanes.h"
#include "fft/real_transform.h"
#include "lattice/geometry.h"
#include "random/lane_stream.h"

namespace floe::lattice {

/// The mass of Fourier-accelerated molecular dynamics, diagonal in momentum space:
///
///     K = 1/2 pi M^-1 pi,     M(k) = scale (khat^2 + mass_squared).
///
/// With scale = 2 and the mass of a free field all its modes oscillate with frequency 1, and a trajectory of length
/// pi/2 decorrelates them all. Batrouni et al., Phys. Rev. D 32 (1985) 2736.
class FourierMass final {
 public:
  /// Throws ConfigError unless mass_squared and scale are positive.
  FourierMass(const Geometry& geometry, double mass_squared, double scale = 2);

  double mass_squared() const { return mass_squared_; }
  double scale() const { return scale_; }
  void set(double mass_squared, double scale);

  /// Momenta with the weight exp(-K): white noise, times sqrt(M) in momentum space.
  void draw(Block<double>& momentum, random::LaneStream& random);
  /// M^-1 pi.
  void velocity(const Block<double>& momentum, Block<double>& result);
  /// K of each chain.
  Lanes<double> energy(const Block<double>& momentum);

 private:
  void multiply(const Block<double>& in, const std::vector<double>& factors, Block<double>& out);

  fft::RealTransform<double> transform_;
  std::vector<double> khat_squared_;  // of the modes of a real transform
  double volume_;
  double mass_squared_ = 1;
  double scale_ = 2;
  std::vector<double> root_;     // sqrt(M) / V
  std::vector<double> inverse_;  // 1 / (M V)
  Eigen::Array<double, 16, Eigen::Dynamic> spectrum_;
  Block<double> scratch_;
};

}  // namespace floe::lattice
