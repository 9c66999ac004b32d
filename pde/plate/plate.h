// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "pde/problem.h"

namespace floe::pde {

/// Steady heat conduction in a plate cooled by two rows of round channels (plate_solver.h), for a table of 64 designs:
/// num_holes = 2 ... 9 in each row, hole_pos = 0.9, 1.0, ... 1.6 the distance of the rows from the middle.
///
///     parameters/num_holes   parameters/hole_pos   parameters/training
///     inputs/mask (z, y, x)  outputs/temperature (z, y, x), zero inside the holes
///
/// With designs = "all" sample i has num_holes = 2 + i / 8 and hole_pos = 0.9 + 0.1 (i % 8). `training` is 1 for hole_pos 0.9, 1.2 and 1.6
/// (24 designs), 0 for those to be predicted (40), and designs = "training" or "test" gives these alone: the split of Kumar, Goswami, Kontolati, Shields, Karniadakis, Neural
/// Networks 184 (2025) 107113.
std::unique_ptr<Problem> make_plate_problem();

}  // namespace floe::pde
