// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "pde/problem.h"

namespace floe::pde {

/// Wind nowcasting from aircraft: a synthetic wind (WindField) over Switzerland, measured every four seconds by all
/// aircraft of a synthetic traffic (draw_flights). The context is what they measured within one minute, the queries are
/// the measurements of the minute that begins `horizon` minutes after its end. Fields, slices and coordinates are those
/// of the SkySoft data (io/readers/skysoft.h):
///
///     inputs/context_position (point, coordinate)   latitude, longitude (degrees), altitude (ft)
///     inputs/context_value    (point, channel)      velocity of the air to the east and to the north, m/s
///     inputs/query_position   (query, coordinate)   outputs/query_value (query, query_channel)
///     inputs/context_mask (point)                   inputs/query_mask (query)
///     parameters/time  s, of the beginning of the context in its weather situation;  parameters/weather  its number
///
/// Samples w n, ..., w n + n - 1 are consecutive minutes of weather situation w, n = minutes_per_weather.
std::unique_ptr<Problem> make_wind_problem();

}  // namespace floe::pde
