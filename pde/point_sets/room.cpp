// SPDX-License-Identifier: MIT
#include "pde/point_sets/room.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace floe::pde {
namespace {

/// Which part of the cell around point i lies within [low, high], both multiples of the spacing.
double covered(int i, double low, double high, int per_unit) {
  const int first = static_cast<int>(std::lround(low * per_unit));
  const int last = static_cast<int>(std::lround(high * per_unit));
  if (i < first || i > last) return 0;
  return i == first || i == last ? 0.5 : 1;
}

/// The point at a distance along the walls from (0, 0), in sides.
std::array<double, 2> on_wall(double distance) {
  const double along = distance - std::floor(distance);
  switch (static_cast<int>(distance)) {
    case 0:
      return {along, 0};
    case 1:
      return {1, along};
    case 2:
      return {1 - along, 1};
    default:
      return {0, 1 - along};
  }
}

}  // namespace

std::vector<RoomPoint> describe_room(const Room& room) {
  std::vector<RoomPoint> points;
  for (const Heater& h : room.heaters) {
    const double x = (h.left + h.right) / 2;
    const double y = (h.bottom + h.top) / 2;
    const std::array<double, 3> value{0, h.heat, 1};
    for (const std::array<double, 2>& at : std::initializer_list<std::array<double, 2>>{{h.left, h.bottom},
                                                                                        {h.left, h.top},
                                                                                        {h.right, h.bottom},
                                                                                        {h.right, h.top},
                                                                                        {h.left, y},
                                                                                        {h.right, y},
                                                                                        {x, h.bottom},
                                                                                        {x, h.top},
                                                                                        {x, y}}) {
      points.push_back({at, value});
    }
  }
  const int border = room_context_points - static_cast<int>(points.size());
  if (border < 1) {
    throw ConfigError(fmt::format("a room with {} heaters (9 of {} points each); take 7 or fewer", room.heaters.size(),
                                  room_context_points));
  }
  for (int i = 0; i < border; ++i) {
    points.push_back({on_wall(4.0 * i / border), {room.exterior_temperature, 0, 0}});
  }
  return points;
}

RoomSolver::RoomSolver(int refinement)
    : points_(100 * refinement + 1),
      solve_(std::vector<GridAxis>(2, {.points = points_, .boundary = Boundary::dirichlet})),
      field_(solve_.size()) {}

std::span<const double> RoomSolver::operator()(const Room& room) {
  std::ranges::fill(field_, 0.0);
  const int per_unit = points_ - 1;
  for (const Heater& h : room.heaters) {
    for (int i = 0; i < points_; ++i) {
      const double x = covered(i, h.left, h.right, per_unit);
      if (x == 0) continue;
      for (int j = 0; j < points_; ++j) {
        field_[static_cast<std::size_t>(i * points_ + j)] +=
            heat_density * h.heat * x * covered(j, h.bottom, h.top, per_unit);
      }
    }
  }
  solve_(field_, field_);
  for (double& u : field_) u += room.exterior_temperature;
  return field_;
}

}  // namespace floe::pde
