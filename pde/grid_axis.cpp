// SPDX-License-Identifier: MIT
#include "pde/grid_axis.h"

#include <fmt/format.h>

#include "base/error.h"

namespace floe::pde {

void GridAxis::validate() const {
  const auto fail = [&](const char* why, const char* what) {
    throw ConfigError(
        fmt::format("an axis of {} points and length {}, {} ({}); {}", points, length, to_string(boundary), why, what));
  };
  const bool ends = placement == Placement::vertices && boundary != Boundary::periodic;
  const int fewest = !ends ? 1 : boundary == Boundary::dirichlet ? 3 : 2;
  if (points < fewest) fail("too few points for its ends", "give more points");
  if (!(length > 0)) fail("the length must be positive", "set it above 0");
  if (placement == Placement::cells && boundary == Boundary::periodic) {
    fail("periodic points lie at the vertices", "take placement vertices");
  }
}

double GridAxis::spacing() const {
  const bool ends = placement == Placement::vertices && boundary != Boundary::periodic;
  return length / (ends ? points - 1 : points);
}

double GridAxis::coordinate(int i) const {
  return (i + (placement == Placement::cells ? 0.5 : 0.0)) * spacing();
}

std::vector<double> GridAxis::coordinates() const {
  std::vector<double> values;
  for (int i = 0; i < points; ++i) values.push_back(coordinate(i));
  return values;
}

std::string to_string(Boundary boundary) {
  switch (boundary) {
    case Boundary::periodic:
      return "periodic";
    case Boundary::neumann:
      return "neumann";
    case Boundary::dirichlet:
      return "dirichlet";
  }
  return "none";
}

io::Axis describe_axis(const std::string& name, const GridAxis& axis, const std::string& unit) {
  return {.name = name, .values = axis.coordinates(), .unit = unit, .boundary_condition = to_string(axis.boundary)};
}

}  // namespace floe::pde
