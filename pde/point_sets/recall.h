// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "pde/problem.h"

namespace floe::pde {

/// Tasks that show whether a model of point sets has a bottleneck: the context is a set of points x_i ~ N(0, 1)^2 with
/// values, the queries are the same points in another order, and the model must recall each value. Values are either
/// independent, N(0, 1), or those of sin(pi f x) cos(pi f y). Pannatier, Matoba, Fleuret, "Inference from real-world
/// sparse measurements", TMLR 2024.
///
///     inputs/context_position (point, coordinate)   inputs/context_value (point, channel)
///     inputs/query_position   (query, coordinate)   outputs/query_value  (query, channel)
std::unique_ptr<Problem> make_recall_problem();

}  // namespace floe::pde
