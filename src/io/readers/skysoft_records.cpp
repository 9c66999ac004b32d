// SPDX-License-Identifier: MIT
#include "io/readers/skysoft_records.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "io/readers/csv_reader.h"

namespace floe::io {

namespace {

constexpr std::size_t most_flights = std::size_t{1} << 22;
constexpr std::size_t most_slices = std::size_t{1} << 20;
constexpr std::uint64_t most_per_slice = 65536;
constexpr double latest_time = 1e11;
constexpr double seconds_per_day = 86400;
// Measurements held back while they are sorted into slices.
constexpr std::size_t most_buffered = std::size_t{1} << 17;

/// A measurement as it is parsed: with the day, which chooses, and the speed.
struct ParsedRecord {
  WindRecord record;
  double day;
};

/// Hands every complete row of a file on, in its order.
template <class Take>
void parse(const std::filesystem::path& path, double fastest_wind, std::vector<char>& dropped, Take take) {
  CsvReader table(path);
  constexpr std::array names{"LAT", "LONG", "TRACK_ALTITUDE", "UNIX_TIME", "WIND_SPEED", "WIND_ORIGIN_ANGLE_DEG",
                             "DAY"};
  std::array<std::size_t, names.size()> columns{};
  for (std::size_t i = 0; i < names.size(); ++i) {
    columns[i] = table.column(names[i]);
  }
  const std::size_t flight_column = table.column("FLIGHT_ID");
  std::unordered_map<std::string, std::int64_t> flights;
  std::string flight;
  std::array<double, names.size()> cells{};
  while (table.next()) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      cells[i] = table.number(columns[i]);
    }
    flight = table.text(flight_column);
    if (flight.empty() || std::any_of(cells.begin(), cells.end(), [](double cell) { return std::isnan(cell); })) {
      continue;
    }
    const auto [lat, lon, altitude, unix_time, speed, angle, day] = cells;
    const double time = unix_time + seconds_per_day * day;
    if (!(std::abs(time) < latest_time) || !std::isfinite(lat + lon + altitude + speed + angle)) {
      throw DataError(
          fmt::format("line {} of {} has the time {} or a value that is infinite (no measurement is so); "
                      "correct the table",
                      table.line(), path.string(), time));
    }
    const auto [entry, added] = flights.try_emplace(flight, static_cast<std::int64_t>(flights.size()));
    if (added) {
      dropped.push_back(0);
      if (flights.size() > most_flights) {
        throw DataError(
            fmt::format("{} has more than {} flights (a week has some ten thousand); the column FLIGHT_ID is "
                        "another one",
                        path.string(), most_flights));
      }
    }
    if (speed > fastest_wind) {
      dropped[static_cast<std::size_t>(entry->second)] = 1;
    }
    const double direction = (90 - angle) * std::numbers::pi / 180;
    take(
        {{time, {lat, lon, altitude}, {speed * std::cos(direction), speed * std::sin(direction)}, entry->second}, day});
  }
}

template <class Record>
std::span<const std::byte> bytes_of(const std::vector<Record>& records) {
  return std::as_bytes(std::span(records));
}

}  // namespace

WindRecords::WindRecords(const std::filesystem::path& path, const SkySoftOptions& options) {
  const std::string label = fmt::format("the measurements of {}", path.string());
  const auto slice_of = [&](double time) {
    return static_cast<std::int64_t>(std::floor(time / options.slice_seconds));
  };
  const std::uint64_t expected = open_bytes(path)->size();

  // All of them, in the order of the file; flights are judged only when the last row is known.
  TemporaryFile parsed(expected, label);
  std::vector<char> dropped;
  std::set<double> days;
  std::vector<ParsedRecord> block;
  parse(path, options.fastest_wind, dropped, [&](const ParsedRecord& record) {
    days.insert(record.day);
    Slice& slice = slices_[slice_of(record.record.time)];
    if (++slice.capacity > most_per_slice || slices_.size() > most_slices || days.size() > most_slices) {
      throw DataError(
          fmt::format("{} has more than {} measurements in {} seconds, or more than {} slices of time (no "
                      "week of flights has); check its columns UNIX_TIME and DAY",
                      path.string(), most_per_slice, options.slice_seconds, most_slices));
    }
    block.push_back(record);
    if (block.size() == most_buffered) {
      parsed.append(bytes_of(block));
      block.clear();
    }
  });
  parsed.append(bytes_of(block));
  block.clear();
  std::optional<double> day;
  if (options.day) {
    if (*options.day >= days.size()) {
      throw DataError(
          fmt::format("no day {} in {} (it has {}); choose an earlier one", *options.day, path.string(), days.size()));
    }
    day = *std::next(days.begin(), static_cast<std::ptrdiff_t>(*options.day));
  }

  // By slices: those that are kept, behind each other in room for all.
  sorted_ = std::make_unique<TemporaryFile>(expected, label);
  std::uint64_t records = 0;
  for (auto& [number, slice] : slices_) {
    slice.first = records;
    records += slice.capacity;
  }
  std::unordered_map<std::int64_t, std::vector<WindRecord>> waiting;
  const auto flush = [&] {
    for (const auto& [number, group] : waiting) {
      Slice& slice = slices_.at(number);
      sorted_->write((slice.first + slice.count) * sizeof(WindRecord), bytes_of(group));
      slice.count += group.size();
    }
    waiting.clear();
  };
  for (std::uint64_t first = 0; first < records; first += block.size()) {
    block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(most_buffered, records - first)));
    parsed.read(first * sizeof(ParsedRecord), std::as_writable_bytes(std::span(block)));
    for (const ParsedRecord& record : block) {
      if (dropped[static_cast<std::size_t>(record.record.flight)] == 0 && (!day || record.day == *day)) {
        waiting[slice_of(record.record.time)].push_back(record.record);
      }
    }
    flush();
  }
}

std::vector<WindRecord> WindRecords::read(const Slice& slice) const {
  std::vector<WindRecord> records(static_cast<std::size_t>(slice.count));
  sorted_->read(slice.first * sizeof(WindRecord), std::as_writable_bytes(std::span(records)));
  std::stable_sort(records.begin(), records.end(),
                   [](const WindRecord& a, const WindRecord& b) { return a.time < b.time; });
  return records;
}

}  // namespace floe::io
