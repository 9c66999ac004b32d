// SPDX-License-Identifier: MIT
#include "io/readers/skysoft.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <utility>

#include "base/error.h"
#include "io/finite.h"
#include "io/readers/csv_reader.h"
#include "io/readers/formats.h"
#include "io/readers/layout.h"
#include "io/readers/sample_request.h"
#include "io/readers/skysoft_records.h"

namespace floe::io {

namespace {

constexpr std::size_t coordinates = 3;
constexpr std::size_t channels = 2;

/// A slice and the later one that is asked for.
struct Pair {
  std::size_t file;
  std::int64_t number;
  WindRecords::Slice context;
  WindRecords::Slice query;
};

Axis numbered(const std::string& name, std::size_t count) {
  Axis axis{name, std::vector<double>(count)};
  std::iota(axis.values.begin(), axis.values.end(), 0.0);
  return axis;
}

DatasetDescription describe(std::size_t points, std::size_t queries) {
  DatasetDescription description;
  description.title = "wind measured by aircraft (SkySoft)";
  description.generator = "SkySoft";
  description.axes = {numbered("point", points), numbered("query", queries), numbered("coordinate", coordinates),
                      numbered("channel", channels), numbered("query_channel", channels)};
  description.inputs = {
      {.name = "context_position", .axes = {"point", "coordinate"}, .long_name = "LAT, LONG, TRACK_ALTITUDE"},
      {.name = "context_value",
       .axes = {"point", "channel"},
       .long_name = "towards where the wind comes from: to the east, to the north (VX, VY)"},
      {.name = "query_position", .axes = {"query", "coordinate"}, .long_name = "LAT, LONG, TRACK_ALTITUDE"},
      {.name = "context_mask", .axes = {"point"}, .long_name = "1 where there is a point"},
      {.name = "query_mask", .axes = {"query"}, .long_name = "1 where there is a point"}};
  description.outputs = {{.name = "query_value",
                          .axes = {"query", "query_channel"},
                          .long_name = "towards where the wind comes from: to the east, to the north (VX, VY)"}};
  description.parameters = {{"time", ElementType::float64, "s", "beginning of the context slice"},
                            {"file", ElementType::int64, "1", "number of the file, by name"}};
  return description;
}

class SkySoft final : public Source {
 public:
  SkySoft(std::string path, DatasetDescription description, std::vector<WindRecords> files, std::vector<Pair> pairs,
          double slice_seconds)
      : path_(std::move(path)),
        description_(std::move(description)),
        files_(std::move(files)),
        pairs_(std::move(pairs)),
        slice_seconds_(slice_seconds) {}

  std::string format() const override { return "SkySoft CSV"; }
  const DatasetDescription& description() const override { return description_; }
  std::size_t samples() const override { return pairs_.size(); }

  void read(const std::string& path, std::size_t first, std::size_t count, std::span<double> values,
            NonFinite non_finite) const override {
    read_as(path, first, count, values, non_finite);
  }
  void read(const std::string& path, std::size_t first, std::size_t count, std::span<float> values,
            NonFinite non_finite) const override {
    read_as(path, first, count, values, non_finite);
  }

 private:
  template <class T>
  void read_as(const std::string& path, std::size_t first, std::size_t count, std::span<T> values,
               NonFinite non_finite) const {
    const SampleRequest request = check_request(path_, description_, pairs_.size(), path, first, count, values.size());
    std::fill(values.begin(), values.end(), T(0));
    for (std::size_t i = 0; i < count; ++i) {
      const Pair& pair = pairs_[first + i];
      const auto target = values.subspan(i * request.per_sample, request.per_sample);
      if (request.group == SampleRequest::Group::parameters) {
        target[0] = static_cast<T>(request.number == 0 ? static_cast<double>(pair.number) * slice_seconds_
                                                       : static_cast<double>(pair.file));
        continue;
      }
      const std::string& name = request.group == SampleRequest::Group::inputs
                                    ? description_.inputs[request.number].name
                                    : description_.outputs[request.number].name;
      const WindRecords::Slice& slice = name.starts_with("context") ? pair.context : pair.query;
      if (name.ends_with("mask")) {
        std::fill_n(target.begin(), slice.count, T(1));
        continue;
      }
      std::size_t at = 0;
      for (const WindRecord& record : files_[pair.file].read(slice)) {
        if (name.ends_with("position")) {
          for (const double number : record.position) {
            target[at++] = static_cast<T>(number);
          }
        } else {
          for (const double number : record.wind) {
            target[at++] = static_cast<T>(number);
          }
        }
      }
    }
    if (non_finite == NonFinite::refuse) {
      check_finite<T>(path_, path, first, request.per_sample, std::span<const T>(values));
    }
  }

  std::string path_;
  DatasetDescription description_;
  std::vector<WindRecords> files_;
  std::vector<Pair> pairs_;
  double slice_seconds_;
};

std::vector<std::filesystem::path> csv_files(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return {path};
  }
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().extension() == ".csv" && entry->is_regular_file(ignored)) {
      files.push_back(entry->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

SkySoftOptions SkySoftOptions::training() {
  SkySoftOptions options;
  options.files = {0, 1, 2, 4};
  return options;
}

SkySoftOptions SkySoftOptions::validation() {
  SkySoftOptions options;
  options.files = {3};
  options.day = 3;
  return options;
}

void SkySoftOptions::validate() const {
  if (!(slice_seconds >= 1 && slice_seconds <= 86400) || !(horizon_seconds >= 0 && horizon_seconds <= 1e9) ||
      !(fastest_wind > 0)) {
    throw ConfigError(
        fmt::format("slices of {} s, a horizon of {} s and winds up to {} (1 to 86400, 0 to 1e9, above 0 are "
                    "possible); correct them",
                    slice_seconds, horizon_seconds, fastest_wind));
  }
}

std::unique_ptr<Source> open_skysoft_files(const std::filesystem::path& path, const SkySoftOptions& options) {
  options.validate();
  const std::vector<std::filesystem::path> all = csv_files(path);
  if (all.empty()) {
    throw DataError(
        fmt::format("{} holds no CSV files (weekly files of SkySoft are expected); name their folder", path.string()));
  }
  std::vector<std::filesystem::path> chosen;
  for (const std::size_t number : options.files) {
    if (number >= all.size()) {
      throw DataError(
          fmt::format("no file {} in {} (it has {} CSV files); give the folder of all weeks, or leave the "
                      "choice of files out",
                      number, path.string(), all.size()));
    }
    chosen.push_back(all[number]);
  }
  const auto lead = static_cast<std::int64_t>(std::ceil(options.horizon_seconds / options.slice_seconds)) + 1;
  std::vector<WindRecords> files;
  std::vector<Pair> pairs;
  for (const std::filesystem::path& file : options.files.empty() ? all : chosen) {
    files.emplace_back(file, options);
    const auto& slices = files.back().slices();
    for (const auto& [number, slice] : slices) {
      const auto later = slices.find(number + lead);
      if (slice.count > 0 && later != slices.end() && later->second.count > 0) {
        pairs.push_back({files.size() - 1, number, slice, later->second});
      }
    }
  }
  if (pairs.empty()) {
    throw DataError(
        fmt::format("{} has no measurements {} s apart (of a sample both slices hold some); choose a shorter "
                    "horizon or more data",
                    path.string(), options.horizon_seconds));
  }
  const ResolvedRange range = resolve(options.samples, pairs.size(), "samples");
  std::vector<Pair> taken;
  std::size_t points = 0;
  std::size_t queries = 0;
  for (std::size_t i = 0; i < range.count; ++i) {
    taken.push_back(pairs[range.first + i * range.stride]);
    points = std::max<std::size_t>(points, taken.back().context.count);
    queries = std::max<std::size_t>(queries, taken.back().query.count);
  }
  DatasetDescription description = describe(points, queries);
  description.attributes = {{"slice_seconds", options.slice_seconds},
                            {"horizon_seconds", options.horizon_seconds},
                            {"fastest_wind", options.fastest_wind}};
  return std::make_unique<SkySoft>(path.string(), std::move(description), std::move(files), std::move(taken),
                                   options.slice_seconds);
}

bool is_skysoft(const Candidate& candidate) {
  if (candidate.arrays) {
    return false;
  }
  try {
    const std::vector<std::filesystem::path> files = csv_files(candidate.path);
    if (files.empty()) {
      return false;
    }
    const CsvReader table(files.front());
    return table.has_column("FLIGHT_ID") && table.has_column("WIND_SPEED") && table.has_column("UNIX_TIME");
  } catch (const Error&) {
    return false;
  }
}

std::unique_ptr<Source> open_skysoft(const Candidate& candidate, const SourceOptions& options) {
  const bool changed = !options.inputs.empty() || !options.outputs.empty() || options.sample_axis ||
                       options.time_axis || options.input_frames || options.times.first != 0 || options.times.last ||
                       options.times.stride != 1 || options.stride != std::vector<std::int64_t>{1};
  if (changed) {
    throw ConfigError(
        fmt::format("options of arrays for {} (of SkySoft CSV files only samples are chosen); leave the "
                    "others out",
                    candidate.path.string()));
  }
  SkySoftOptions chosen = options.format == "skysoft_training"     ? SkySoftOptions::training()
                          : options.format == "skysoft_validation" ? SkySoftOptions::validation()
                                                                   : SkySoftOptions{};
  chosen.samples = options.samples;
  return open_skysoft_files(candidate.path, chosen);
}

}  // namespace floe::io
