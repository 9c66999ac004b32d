// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <span>
#include <vector>

#include "pde/poisson/poisson_solver.h"

namespace floe::pde {

/// A heater: the rectangle [left, right] x [bottom, top] and its heat.
struct Heater {
  double left = 0;
  double bottom = 0;
  double right = 0;
  double top = 0;
  double heat = 0;
};

/// A room, the unit square, with heaters; its walls have the temperature of the exterior.
struct Room {
  std::vector<Heater> heaters;
  double exterior_temperature = 0;
};

/// Source density of a heater of heat one: the data of the GEN paper store heat / 768.
inline constexpr double heat_density = 768;
/// Corners of heaters lie on multiples of this.
inline constexpr double room_step = 0.01;

/// A point of the context with the numbers known there: (exterior temperature, 0, 0) on a wall, (0, heat, 1) on a
/// heater.
struct RoomPoint {
  std::array<double, 2> position;
  std::array<double, 3> value;
};

/// The 64 points by which a room is described, in the order of the data of the GEN paper: of each heater the four
/// corners, the middles of the left, right, bottom and top edge and the centre; then the rest evenly along the walls,
/// from the corner (0, 0) along y = 0 and around. Throws ConfigError for more than 7 heaters.
inline constexpr int room_context_points = 64;
std::vector<RoomPoint> describe_room(const Room& room);

/// The steady temperature of a room: -Laplace u = 768 heat inside the heaters, 0 elsewhere, u = exterior temperature on
/// the walls. Five-point differences on a grid of spacing 0.01 / refinement, of which every heater's edge is a line: a
/// point on an edge takes half the source, one at a corner a quarter, and the solution is of second order (up to a
/// logarithm at the corners). Owns buffers: one object per thread.
class RoomSolver final {
 public:
  explicit RoomSolver(int refinement);

  /// Points along each side: 100 refinement + 1.
  int points() const { return points_; }
  /// The temperature at the points (x_i, y_j), y fastest. Valid until the next call.
  std::span<const double> operator()(const Room& room);

 private:
  int points_;
  PoissonSolver solve_;
  std::vector<double> field_;
};

}  // namespace floe::pde
