// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

#include "base/lanes.h"
#include "fft/real_transform.h"
#include "lattice/geometry.h"
#include "lattice/phi4.h"
#include "random/lane_stream.h"

namespace floe::lattice {

/// The free field of mass m: weight exp(-S), S = sum_x [ sum_mu (phi_{x+mu} - phi_x)^2 + m^2 phi_x^2 ], a Gaussian
/// whose momentum modes are independent with the variance 1 / (2 (khat^2 + m^2)). Everything about it is exact. Objects
/// are immutable: one may be used by many threads.
class FreeField final {
 public:
  /// Throws ConfigError unless m^2 is positive and finite.
  FreeField(Geometry geometry, double mass_squared);

  const Geometry& geometry() const { return geometry_; }
  double mass_squared() const { return phi4_.mass_squared; }
  /// The same theory as phi^4 of coupling 0.
  const Phi4& phi4() const { return phi4_; }

  /// Eight independent configurations, (lane, site), from volume() normals of each sample: white noise, coloured in
  /// momentum space. `phi` is resized when needed.
  void sample(random::LaneStream& stream, Block<double>& phi) const;

  /// log Z = (V/2) log pi - (1/2) sum_k log(khat^2 + m^2).
  double log_z() const { return log_z_; }

  /// -S - log Z of every sample. Throws ShapeError.
  template <class T>
  LaneSums<T> log_density(const Block<T>& phi) const {
    return -action(geometry_, phi4_, phi) - log_z_;
  }

  /// G(k) = 1 / (2 (khat^2 + m^2)) at a momentum of the geometry; G(0) is the susceptibility V <M^2>.
  double two_point(int momentum) const { return 0.5 / (geometry_.khat_squared(momentum) + phi4_.mass_squared); }
  double susceptibility() const { return 0.5 / phi4_.mass_squared; }
  /// <phi^2> = (1/V) sum_k G(k).
  double phi_squared() const { return phi_squared_; }
  /// <phi_0 phi_x> for all sites x.
  Eigen::ArrayXd two_point_position() const;
  /// The two-point function at zero transverse momentum along an axis, t = 0 ... T - 1, as measured by Observables:
  /// (1/T) sum_n cos(2 pi n t / T) / (2 (4 sin^2(pi n / T) + m^2)).
  Eigen::ArrayXd correlator(int mu) const;

 private:
  Geometry geometry_;
  Phi4 phi4_;
  fft::RealTransform<double> transform_;
  Eigen::ArrayXd two_point_;  // G on the modes of the transform
  double log_z_ = 0;
  double phi_squared_ = 0;
};

}  // namespace floe::lattice
