// SPDX-License-Identifier: MIT
#include "pde/point_sets/air_traffic.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace floe::pde {
namespace {

constexpr double km_per_degree = 6371 * std::numbers::pi / 180;
constexpr double longest_crossing = 3600;  // s: 430 km at 120 m/s
constexpr double usual_crossing = 1290;    // s: the mean of these lines and speeds

}  // namespace

double AirSpace::latitude_of(double y) {
  return latitude + y / km_per_degree;
}

double AirSpace::longitude_of(double x) {
  return longitude + x / (km_per_degree * std::cos(latitude * std::numbers::pi / 180));
}

double Flight::altitude_at(double t) const {
  return std::clamp(altitude + climb * (t - time), 1.0, 12.0);
}

bool Flight::inside(double t) const {
  return std::abs(x_at(t)) <= AirSpace::half_width && std::abs(y_at(t)) <= AirSpace::half_height;
}

std::vector<Flight> draw_flights(random::Stream& stream, double aircraft, double duration) {
  const double span = duration + 2 * longest_crossing;
  const auto count = static_cast<std::size_t>(std::lround(aircraft / usual_crossing * span));
  std::vector<Flight> flights;
  flights.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    Flight flight{};
    flight.x = AirSpace::half_width * (2 * stream.uniform() - 1);
    flight.y = AirSpace::half_height * (2 * stream.uniform() - 1);
    flight.time = span * stream.uniform() - longest_crossing;
    const bool cruises = stream.uniform() < 0.7;
    const double speed = cruises ? 0.21 + 0.04 * stream.uniform() : 0.12 + 0.09 * stream.uniform();
    const double course = 2 * std::numbers::pi * stream.uniform();
    flight.vx = speed * std::sin(course);
    flight.vy = speed * std::cos(course);
    flight.altitude = cruises ? 9 + 3 * stream.uniform() : 1 + 8 * stream.uniform();
    const double climb = (0.005 + 0.007 * stream.uniform()) * (stream.uniform() < 0.5 ? -1 : 1);
    flight.climb = cruises ? 0 : climb;
    flight.radar_offset = radar_period * stream.uniform();
    flights.push_back(flight);
  }
  return flights;
}

}  // namespace floe::pde
