// SPDX-License-Identifier: MIT
#pragma once

namespace floe::pde {

/// A domain inside the unit square.
enum class PlanarDomain {
  square,         ///< the unit square
  disk,           ///< |x - (1/2, 1/2)| < 1/2
  triangle,       ///< equilateral, vertices (0, 0), (1, 0), (1/2, sqrt(3)/2)
  cross_hole,     ///< the square without a cross: two bars 0.4 long and 0.1 wide about the centre
  triangle_hole,  ///< the square without the triangle (0.35, 0.35), (0.65, 0.35), (0.5, 0.65)
  l_shape         ///< the square without its upper right quarter
};

/// Whether a point belongs to the open domain; points within rounding of the boundary do not.
bool inside(PlanarDomain domain, double x, double y);

/// The part in (0, 1] of the way from a point inside to a point outside that lies inside the domain, by bisection.
double fraction_inside(PlanarDomain domain, double x, double y, double to_x, double to_y);

}  // namespace floe::pde
