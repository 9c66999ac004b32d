// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "io/readers/source.h"

namespace floe::io {

/// How measurements become samples. The defaults are those of Pannatier, Matoba, Fleuret, "Inference from real-world
/// sparse measurements", TMLR 2024.
struct SkySoftOptions {
  double slice_seconds = 60;      ///< measurements of one slice of time are one set
  double horizon_seconds = 1800;  ///< from the end of the context slice to the beginning of the query slice
  double fastest_wind = 250;      ///< flights that ever report more are dropped as a whole
  /// Of a folder, which of its files, in the order of their names; empty: all.
  std::vector<std::size_t> files{};
  /// Of each file, which of its days (the different values of DAY in ascending order); missing: all.
  std::optional<std::size_t> day{};
  /// Samples, of those that this leaves.
  Range samples{};

  /// The split of the paper: training takes the files 0, 1, 2 and 4, validation day 3 of file 3.
  static SkySoftOptions training();
  static SkySoftOptions validation();
  void validate() const;
};

/// Wind measured by aircraft over Switzerland, as Idiap publishes it (Zenodo 5074237): weekly CSV files with the
/// columns LAT, LONG, TRACK_ALTITUDE, UNIX_TIME, WIND_SPEED, WIND_ORIGIN_ANGLE_DEG, FLIGHT_ID and DAY, one row per
/// aircraft and turn of the radar (4 s). Rows with a missing value are dropped, then whole flights of impossible winds;
/// the time is UNIX_TIME + 86400 DAY, and the wind of speed s and angle a (degrees, clockwise from north) is (s cos(90
/// - a), s sin(90 - a)). Measurements are sorted by time and cut into slices of a minute, counted from time 0.
///
/// A sample is a slice, the context, and the slice that begins 30 minutes after its end, the query, both not empty:
///
///     inputs/context_position (point, coordinate)   LAT, LONG, TRACK_ALTITUDE
///     inputs/context_value    (point, channel)      the two components of the wind
///     inputs/query_position   (query, coordinate)
///     outputs/query_value     (query, query_channel)
///     inputs/context_mask (point), inputs/query_mask (query)   1 where there is a point, 0 for what fills up
///     parameters/time   of the beginning of the context slice, seconds;   parameters/file
///
/// Every file is read once, row by row, when the source is opened; its measurements then lie in a temporary file, 56
/// bytes each, by slices. Memory grows with the number of slices and flights only. Throws IoError; DataError, with the
/// line, for cells that are no numbers, for times that are absurd, and for more than 65,536 measurements in a slice.
std::unique_ptr<Source> open_skysoft_files(const std::filesystem::path& path, const SkySoftOptions& options = {});

}  // namespace floe::io
