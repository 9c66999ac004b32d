// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "base/lanes.h"
#include "lattice/error_analysis.h"
#include "lattice/geometry.h"
#include "lattice/phi4.h"

namespace floe::lattice {

/// What is measured on each configuration, and the quantities computed from the means.
///
/// With M = (1/V) sum_x phi_x and slice sums s_tau over the sites with x_mu = tau, the columns are, by name,
///
///     magnetisation     M                      phi_squared   (1/V) sum_x phi_x^2
///     abs_magnetisation |M|                    phi_fourth    (1/V) sum_x phi_x^4
///     m_squared         M^2                    links         (1/V) sum_{x,mu} phi_x phi_{x+mu}
///     m_fourth          M^4                    action        S / V
///     two_point_k_min   |sum_tau e^{2 pi i tau / T} s_tau|^2 / V, the two-point function at the smallest momentum
///     correlator_<t>    sum_tau s_tau s_{tau+t} / V, t = 0 ... T/2: the two-point function at zero transverse
///     momentum;
///                       summed over t = 0 ... T - 1 it is V M^2
///
/// T is the largest size of the lattice; the last two are averaged over all axes of this size.
class Observables final {
 public:
  Observables(Geometry geometry, const Phi4& phi4);

  int count() const { return static_cast<int>(names_.size()); }
  const std::vector<std::string>& names() const { return names_; }
  /// The column of a name. Throws ConfigError, naming the columns.
  int index(const std::string& name) const;

  /// Measures every sample of a block: (observable, lane). Sums are in double. Throws ShapeError.
  Eigen::ArrayXXd operator()(const Block<double>& phi) const;
  Eigen::ArrayXXd operator()(const Block<float>& phi) const;

  /// Quantities of the means, with all averages over configurations:
  ///     magnetisation, abs_magnetisation, phi_squared, phi_fourth, action    the means themselves
  ///     susceptibility            V <M^2>
  ///     connected_susceptibility  V (<M^2> - <|M|>^2)
  ///     binder                    1 - <M^4> / (3 <M^2>^2)
  ///     two_point_k_min           G(k_min)
  ///     xi_second_moment          sqrt(V <M^2> / G(k_min) - 1) / (2 sin(pi / T)); NaN for T = 1
  ///     xi_arccosh                average over 0 < t < T/2 of 1 / effective mass; NaN for T < 3
  /// Both lengths are NaN where statistics are too poor for a real root or a convex correlator.
  std::vector<Quantity> quantities() const;

  /// two_point_<t>, t = 0 ... T/2, and effective_mass_<t> = arccosh((G(t+1) + G(t-1)) / (2 G(t))), t = 1 ... T/2.
  std::vector<Quantity> correlator_quantities() const;

 private:
  Geometry geometry_;
  Phi4 phi4_;
  int time_;  // T
  std::vector<std::string> names_;
};

/// arccosh((G(t+1) + G(t-1)) / (2 G(t))) of a symmetric correlator of period T, given for t = 0 ... T/2.
double effective_mass(const Eigen::Ref<const Eigen::ArrayXd>& correlator, int period, int t);

/// The average of 1 / effective_mass over 0 < t < T/2. The middle, where the correlator is flattest and noisiest, is
/// left out. NaN for T < 3.
double xi_arccosh(const Eigen::Ref<const Eigen::ArrayXd>& correlator, int period);

/// sqrt(G(0) / G(k_min) - 1) / (2 sin(pi / T)), exactly 1/m for the free field.
double xi_second_moment(double susceptibility, double two_point_k_min, int period);

}  // namespace floe::lattice
