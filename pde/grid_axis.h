// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "io/description.h"

namespace floe::pde {

enum class Boundary {
  periodic,
  neumann,   ///< no derivative across the ends
  dirichlet  ///< zero at the ends
};

enum class Placement {
  vertices,  ///< points at both ends; periodic: x_i = i L / n, the right end being the left one
  cells      ///< points at the centres of n cells
};

/// Points x_i, i = 0 ... points - 1, on [0, length]:
///
///   periodic:           i L / n              (vertices only)
///   vertices otherwise: i L / (n - 1)
///   cells:              (i + 1/2) L / n
struct GridAxis {
  int points = 64;
  Boundary boundary = Boundary::periodic;
  Placement placement = Placement::vertices;
  double length = 1;

  /// Throws ConfigError for no points, less than 2 (3 for Dirichlet) vertices, cells that are periodic, and a length
  /// that is not positive.
  void validate() const;
  double spacing() const;
  double coordinate(int i) const;
  std::vector<double> coordinates() const;
};

/// "periodic", "neumann", "dirichlet": the names of docs/dataset-format.md.
std::string to_string(Boundary boundary);

/// The axis of a dataset.
io::Axis describe_axis(const std::string& name, const GridAxis& axis, const std::string& unit = "1");

}  // namespace floe::pde
