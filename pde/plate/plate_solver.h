// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace floe::pde {

/// A plate 0 < x < length, 0 < y < width, 0 < z < thickness with two rows of round channels through it, parallel to z:
/// `holes` in each row at x = (i + 1/2) length / holes, y = width / 2 -+ row_distance. Lengths are in units of the
/// thickness of the reference plate.
struct Plate {
  double length = 6.0, width = 6.0, thickness = 1.0;
  int holes = 2;              ///< in each row; 0: none
  double row_distance = 1.2;  ///< of the rows from the middle of the plate
  double radius = 0.2;

  /// Throws ConfigError for sizes that are not positive, holes that overlap or reach the edge.
  void validate() const;
  /// The squared distance of (x, y) from the axis of the nearest hole, less the squared radius; positive outside of
  /// holes.
  double outside_holes(double x, double y) const;
};

struct PlateSolution {
  std::vector<double> temperature;  ///< (z, y, x), zero inside holes
  std::vector<double> mask;         ///< 1 in the material, 0 inside holes
  double heat_to_holes = 0.0;       ///< what flows into the channels
  double heat_to_top = 0.0;         ///< what leaves through the upper face
  int iterations = 0;               ///< of all problems in the plane together
  double relative_residual = 0.0;
};

/// Steady conduction of heat with conductivity one,
///
///     Laplace T = 0,    heat flux 1 into the lower face z = 0,    -dT/dn = film_coefficient T on the upper face,
///     T = 0 on the walls of the holes,    no flux through the four edges,
///
/// by finite volumes on cells (counts of x, y, z) of equal size with unknowns at their centres. A link that the wall of
/// a hole cuts after the part theta of its length carries the flux T / (theta h): second order. As the plate is the
/// same at every height, the equations fall apart into one problem in the plane for each eigenvector of the differences
/// in z,
/// (-Laplace + beta^2) T_beta = source; these are solved by EllipticSolver, to a relative residual below `tolerance`.
///
/// Throws ConfigError for a wrong plate or grid, NumericalError if the tolerance is not reached.
PlateSolution solve_plate(const Plate& plate, const std::array<std::size_t, 3>& cells, double film_coefficient,
                          double tolerance = 1e-10);

}  // namespace floe::pde
