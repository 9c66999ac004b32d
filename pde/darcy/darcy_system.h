// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "pde/elliptic/five_point_system.h"

namespace floe::pde {

/// Where coefficient and solution are known on the unit square.
enum class Centring {
  vertex,  ///< n by n points including the boundary, spacing 1 / (n - 1); u is zero on the outermost ones
  cell     ///< n by n centres of cells of width 1 / n
};

/// The coefficient on the face between two points.
enum class FaceRule {
  harmonic,   ///< 2 a b / (a + b): the flux is exact for a coefficient that jumps at the face
  arithmetic  ///< (a + b) / 2
};

double face_coefficient(double a, double b, FaceRule rule);

/// How many unknowns per direction a grid of n points has.
std::size_t darcy_unknowns(std::size_t n, Centring centring);
/// The spacing of the points.
double darcy_spacing(std::size_t n, Centring centring);

/// Finite volumes for -div(a grad u) = f on the unit square with u = 0 on its boundary, times the area h^2 of a volume:
/// a couplings between neighbouring points is the face coefficient. With cell centring the boundary lies half a cell
/// away from the outermost unknowns, which doubles their coupling to it. Of second order for smooth a.
///
/// `a` holds n by n values, index (y, x); the system has darcy_unknowns() squared points.
void assemble_darcy(std::span<const double> a, std::size_t n, Centring centring, FaceRule rule,
                    FivePointSystem& system);

/// The right-hand side for f at the n by n points.
void assemble_darcy_source(std::span<const double> f, std::size_t n, Centring centring, std::span<double> source);

/// The solution on all n by n points out of that on the unknowns: the same, or with zeros on the boundary.
void embed_darcy_solution(std::span<const double> unknowns, std::size_t n, Centring centring, std::span<double> u);

}  // namespace floe::pde
