// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pde/darcy/darcy_system.h"
#include "pde/darcy/planar_domain.h"
#include "pde/elliptic/five_point_system.h"

namespace floe::pde {

/// -div(a grad u) = f on a domain inside the unit square, u = 0 on its boundary, on n by n points including those of
/// the square's boundary. Unknowns are the points inside; a link that the boundary cuts after the part theta of its
/// length couples the point to the boundary value at that place by a / theta:
///
///     h^2 f = sum over uncut links of a_face (u - u_neighbour) + sum over cut ones of a_cut u / theta
///
/// with a_cut at the middle of the cut link, by linear interpolation between the coefficients at its ends. The system
/// remains symmetric, and the solution is of second order in the maximum norm, on oblique and curved boundaries as
/// well, where that of the problem is smooth (Gibou, Fedkiw, Cheng, Kang, J. Comput. Phys. 176 (2002) 205). Re-entrant
/// corners of angle 3 pi / 2 reduce the order to 4/3.
class MaskedSystem final {
 public:
  /// Throws ConfigError if no point lies inside.
  MaskedSystem(PlanarDomain domain, std::size_t n, FaceRule rule);

  /// The system for the coefficient a, index (y, x); points outside are no unknowns.
  void assemble(std::span<const double> a, FivePointSystem& system) const;
  /// f h^2 inside, 0 outside.
  void assemble_source(double f, std::span<double> source) const;
  /// 1 inside, 0 outside and on the boundary.
  const std::vector<double>& mask() const { return mask_; }

 private:
  struct Cut {
    std::size_t point, beyond;
    double fraction;
  };

  std::size_t n_;
  FaceRule rule_;
  std::vector<double> mask_;
  std::vector<Cut> cuts_;
};

}  // namespace floe::pde
