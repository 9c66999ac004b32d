// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "pde/problem.h"

namespace floe::pde {

/// Darcy flow known at scattered points, -div(a grad u) = f on the unit square with u = 0 on its boundary: from the
/// coefficient at some points to the solution at others. Points are random ones of the vertices inside the grid on
/// which the equation is solved (darcy.h), all different within the context and within the queries.
///
///     inputs/context_position (point, coordinate)   (x, y)
///     inputs/context_value    (point, channel)      a
///     inputs/query_position   (query, coordinate)
///     outputs/query_value     (query, query_channel)   u
///
/// After Pannatier, Matoba, Fleuret, TMLR 2024, whose files are not public.
std::unique_ptr<Problem> make_darcy_points_problem();

}  // namespace floe::pde
