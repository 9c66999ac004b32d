// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <memory>

#include "flow/energy_path.h"
#include "lattice/free_field.h"
#include "lattice/geometry.h"
#include "lattice/phi4.h"

namespace floe::lattice {

/// A path of phi^4 couplings from a free field to a target, in lattice units: the same on every lattice.
///
///   lambda = u lambda_1 ,  m^2(u) = (1 - u) M^2 + u m_1^2 + u (1 - u) sum_i bend_i u^(i/2) ,  u = t^power .
///
/// The end points are exact whatever the bend.
struct Phi4Schedule {
  Phi4 target;                   ///< (m_1^2, lambda_1)
  double base_mass_squared = 1;  ///< M^2 > 0
  std::array<double, 4> bend = {};
  double power = 1.4;  ///< above 1: the coupling sets in gently

  /// Throws ConfigError.
  void validate() const;
  /// The couplings at time t.
  Phi4 at(double t) const;
  /// Their derivatives with respect to t.
  Phi4 derivative(double t) const;
};

/// The energy path f_t = sum_x [ sum_mu (phi_{x+mu} - phi_x)^2 + m^2(t) phi^2 + lambda(t) phi^4 ] along a schedule.
template <class T>
class Phi4Path final : public flow::EnergyPath<T> {
 public:
  Phi4Path(const Geometry& geometry, const Phi4Schedule& schedule);

  const Geometry& geometry() const { return geometry_; }
  const Phi4Schedule& schedule() const { return schedule_; }

  Eigen::Index size() const override { return geometry_.volume(); }
  LaneSums<T> energy(double t, const Block<T>& x) const override;
  void gradient(double t, const Block<T>& x, Block<T>& gradient) const override;
  LaneSums<T> time_derivative(double t, const Block<T>& x) const override;
  void sample_base(random::Key key, std::uint64_t first, Block<T>& x) const override;
  double base_log_z() const override;

 private:
  Geometry geometry_;
  Phi4Schedule schedule_;
  FreeField base_;
};

}  // namespace floe::lattice
