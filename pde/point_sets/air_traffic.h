// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "random/stream.h"

namespace floe::pde {

/// The plane tangent at (46.8 N, 8.2 E), and the rectangle of air space over Switzerland within it.
struct AirSpace {
  static constexpr double latitude = 46.8;
  static constexpr double longitude = 8.2;
  static constexpr double half_width = 175;   ///< km, east and west
  static constexpr double half_height = 111;  ///< km, north and south
  static double latitude_of(double y);        ///< degrees, from km
  static double longitude_of(double x);       ///< degrees, from km
};

/// A flight on a straight line at constant speed, seen by the radar every four seconds while it is in the air space.
struct Flight {
  double x, y;          ///< km, where it is at time `time`
  double time;          ///< s
  double vx, vy;        ///< km/s
  double altitude;      ///< km, at time `time`
  double climb;         ///< km/s, until it reaches 1 or 12 km
  double radar_offset;  ///< s, of the first turn of the radar after a multiple of four seconds

  double x_at(double t) const { return x + vx * (t - time); }
  double y_at(double t) const { return y + vy * (t - time); }
  double altitude_at(double t) const;
  bool inside(double t) const;
};
inline constexpr double radar_period = 4;  ///< s

/// The flights of the times 0 to `duration`, about `aircraft` of them in the air space at any time: seven in ten cruise
/// at 9 to 12 km with 210 to 250 m/s, the others climb or descend with 5 to 12 m/s through what lies below, with 120 to
/// 210 m/s.
std::vector<Flight> draw_flights(random::Stream& stream, double aircraft, double duration);

}  // namespace floe::pde
