// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "pde/problem.h"

namespace floe::pde {

/// Steady temperature of rooms with heaters, as the Poisson data of Alet et al., "Graph element networks", ICML 2019:
/// from 64 points that describe the room (describe_room) to the temperature at queries.
///
///     inputs/context_position (point, coordinate)   (x, y)
///     inputs/context_value    (point, channel)      (exterior temperature, heat, 1 on a heater and 0 on a wall)
///     inputs/query_position   (query, coordinate)
///     outputs/query_value     (query, query_channel)   temperature
///     parameters/heaters, parameters/exterior_temperature
std::unique_ptr<Problem> make_rooms_problem();

}  // namespace floe::pde
