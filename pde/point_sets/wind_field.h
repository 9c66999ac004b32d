// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <vector>

#include "config/section.h"
#include "random/stream.h"

namespace floe::pde {

/// The statistics of a WindField. Speeds are those at 11 km, where winds are strongest.
struct WindOptions {
  double mean_speed = 22;         ///< m/s, of the wind that is the same everywhere at one altitude
  double mean_speed_spread = 9;   ///< m/s, standard deviation over weather situations
  double eddy_speed = 9;          ///< m/s, root mean square of each component of the eddies
  double largest_eddy = 700;      ///< km, wavelength
  double smallest_eddy = 25;      ///< km
  double decorrelation_time = 3;  ///< h, of the largest eddies; of others in proportion to wavelength^(2/3)
  double eddy_depth = 8;          ///< km, vertical scale of the largest eddies; of others in the same proportion
  int modes = 192;

  /// Throws ConfigError.
  void validate() const;
  /// A key for each.
  friend void bind(config::Section& section, WindOptions& options);
};

/// One weather situation: a synthetic horizontal wind on a plane (x to the east, y to the north, km), altitude z (km)
/// and time t (s),
///
///     v(x, z, t) = s(z) [ U + sum_n A_n e_n cos(k_n . (x - S t) + m_n z + w_n t + p_n) ],   e_n perpendicular to k_n,
///
/// divergence-free in the plane because every mode is the curl of a stream function and U, s do not depend on x.
///  * Wavelengths are evenly spaced in their logarithm, with A_n^2 ~ wavelength^(2/3): the spectrum k^(-5/3) of
///    Kolmogorov, which winds show from some hundred kilometres down. Nastrom, Gage, J. Atmos. Sci. 42 (1985) 950.
///  * Eddies are carried by the steering wind S = s(5.5 km) U and forgotten at the rate w_n ~ N(0, 1 / T_n^2), T_n the
///    turnover time ~ wavelength^(2/3): moving with S, a mode has the correlation exp(-t^2 / (2 T_n^2)).
///  * s grows linearly from 0.25 at the ground to 1 at 11 km and falls by 0.06 per km above.
///  * U comes from around west: direction N(270, 40) degrees, speed the absolute value of a normal number.
class WindField final {
 public:
  WindField(const WindOptions& options, random::Stream& stream);

  /// The velocity of the air, m/s, to the east and to the north.
  std::array<double, 2> operator()(double x, double y, double z, double t) const;

  /// The steering wind, m/s.
  std::array<double, 2> steering() const { return steering_; }
  /// s(z)
  static double profile(double z);

 private:
  struct Mode {
    double kx, ky;  ///< 1/km
    double m;       ///< 1/km
    double w;       ///< 1/s, with the advection
    double phase;
    double ax, ay;  ///< m/s
  };
  std::array<double, 2> mean_;
  std::array<double, 2> steering_;
  std::vector<Mode> modes_;
};

/// Wavelength (km) and weight of mode n; the weights of all sum to one.
struct WindScale {
  double wavelength;
  double weight;
  double time;  ///< T_n, s
};
std::vector<WindScale> wind_scales(const WindOptions& options);

}  // namespace floe::pde
