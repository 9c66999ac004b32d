// SPDX-License-Identifier: MIT
// Rooms with heaters, the Poisson data of Graph Element Networks (Alet et al., ICML 2019).
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"
#include "io/finite.h"
#include "io/readers/axes.h"
#include "io/readers/formats.h"
#include "io/readers/json_file.h"
#include "io/readers/layout.h"
#include "io/readers/sample_request.h"

namespace floe::io {

namespace {

using Json = nlohmann::json;

// A room is described by so many points, nine for each heater and the rest on the walls.
constexpr std::size_t context_points = 64;
constexpr std::size_t points_per_heater = 9;
constexpr std::size_t most_heaters = (context_points - 1) / points_per_heater;
constexpr std::size_t coordinates = 2;
constexpr std::size_t channels = 3;

struct Room {
  std::vector<double> position;  ///< (64, 2)
  std::vector<double> value;     ///< (64, 3): exterior temperature, heat, 1 on a heater
  double heaters = 0;
  double exterior_temperature = 0;

  void add(double x, double y, double exterior, double heat, double is_heater) {
    position.insert(position.end(), {x, y});
    value.insert(value.end(), {exterior, heat, is_heater});
  }
};

/// The rooms of one file desc_<i>.json and of the arrays <i>-IN (rooms, queries, 2), <i>-OUT (rooms, queries, 1).
struct Batch {
  std::string number;
  std::size_t first = 0;  ///< sample
  std::size_t rooms = 0;
  std::size_t queries = 0;
};

double number_of(const Json& json, const std::string& file, const char* what) {
  if (!json.is_number()) {
    throw DataError(fmt::format("{} in {} is no number; the file is damaged or of another format", what, file));
  }
  return json.get<double>();
}

Room read_room(const Json& json, const std::string& file) {
  if (!json.is_object() || !json.contains("unnorm_boxes") || !json.contains("exterior_temp") ||
      !json["unnorm_boxes"].is_array()) {
    throw DataError(
        fmt::format("a room of {} has no list 'unnorm_boxes' or no 'exterior_temp'; the file is damaged or of "
                    "another format",
                    file));
  }
  Room room;
  const Json& boxes = json["unnorm_boxes"];
  if (boxes.size() > most_heaters) {
    throw DataError(fmt::format("a room of {} has {} heaters ({} points describe at most {}); leave it out", file,
                                boxes.size(), context_points, most_heaters));
  }
  for (const Json& box : boxes) {
    if (!box.is_array() || box.size() != 5) {
      throw DataError(
          fmt::format("a heater in {} is not five numbers (left, bottom, right, top, heat); the file is "
                      "damaged or of another format",
                      file));
    }
    std::array<double, 5> values{};
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = number_of(box[i], file, "an entry of 'unnorm_boxes'");
    const auto [left, bottom, right, top, heat] = values;
    const double x = (left + right) / 2;
    const double y = (bottom + top) / 2;
    const std::array<std::array<double, 2>, points_per_heater> points = {{{left, bottom},
                                                                          {left, top},
                                                                          {right, bottom},
                                                                          {right, top},
                                                                          {left, y},
                                                                          {right, y},
                                                                          {x, bottom},
                                                                          {x, top},
                                                                          {x, y}}};
    for (const auto& point : points) room.add(point[0], point[1], 0, heat, 1);
  }
  room.heaters = static_cast<double>(boxes.size());
  room.exterior_temperature = number_of(json["exterior_temp"], file, "'exterior_temp'");
  // Evenly along the walls, from the corner (0, 0) along y = 0 and around.
  const std::size_t walls = context_points - points_per_heater * boxes.size();
  for (std::size_t i = 0; i < walls; ++i) {
    const double along = 4.0 * static_cast<double>(i) / static_cast<double>(walls);
    const double rest = along - std::floor(along);
    const double x = along < 1 ? rest : along < 2 ? 1 : along < 3 ? 1 - rest : 0;
    const double y = along < 1 ? 0 : along < 2 ? rest : along < 3 ? 1 : 1 - rest;
    room.add(x, y, room.exterior_temperature, 0, 0);
  }
  return room;
}

Axis numbered(const std::string& name, std::size_t count) {
  Axis axis{name, std::vector<double>(count)};
  std::iota(axis.values.begin(), axis.values.end(), 0.0);
  return axis;
}

DatasetDescription describe(std::size_t queries, bool masked) {
  DatasetDescription description;
  description.title = "steady temperature of rooms with heaters";
  description.axes = {numbered("point", context_points), numbered("query", queries),
                      numbered("coordinate", coordinates), numbered("channel", channels), numbered("query_channel", 1)};
  description.inputs = {{"context_position", {"point", "coordinate"}},
                        {"context_value", {"point", "channel"}},
                        {"query_position", {"query", "coordinate"}}};
  description.inputs[1].long_name = "exterior temperature, heat, 1 on a heater";
  description.outputs = {{"query_value", {"query", "query_channel"}}};
  description.outputs[0].long_name = "temperature";
  if (masked) {
    description.inputs.push_back({"context_mask", {"point"}});
    description.inputs.push_back({"query_mask", {"query"}});
    for (std::size_t i = 3; i < 5; ++i) description.inputs[i].long_name = "1 where there is a point";
  }
  description.parameters = {{"heaters", ElementType::int64}, {"exterior_temperature"}};
  return description;
}

class GenPoissonSource final : public Source {
 public:
  GenPoissonSource(std::shared_ptr<const ArrayFile> file, std::filesystem::path rooms, const SourceOptions& options)
      : file_(std::move(file)), folder_(std::move(rooms)) {
    std::size_t total = 0;
    std::size_t longest = 0;
    std::size_t shortest = max_axis_points;
    for (const std::string& name : numbered_arrays(*file_, "", "-IN")) {
      Batch batch = describe_batch(name.substr(0, name.size() - 3));
      batch.first = total;
      total += batch.rooms;
      longest = std::max(longest, batch.queries);
      shortest = std::min(shortest, batch.queries);
      batches_.push_back(std::move(batch));
    }
    if (longest > max_axis_points) {
      throw DataError(fmt::format("a room of {} has {} queries (at most {} are read); the file is damaged",
                                  file_->path(), longest, max_axis_points));
    }
    if (total == 0) throw DataError(fmt::format("{} has no rooms; use another file", file_->path()));
    samples_ = resolve(options.samples, total, "samples of " + file_->path());
    description_ = describe(longest, shortest != longest);
  }

  std::string format() const override { return "GEN Poisson"; }
  const DatasetDescription& description() const override { return description_; }
  std::size_t samples() const override { return samples_.count; }

  void read(const std::string& path, std::size_t first, std::size_t count, std::span<double> values,
            NonFinite non_finite) const override {
    const SampleRequest request =
        check_request(file_->path(), description_, samples_.count, path, first, count, values.size());
    for (std::size_t i = 0; i < count; ++i) {
      read_sample(path, samples_.first + (first + i) * samples_.stride,
                  values.subspan(i * request.per_sample, request.per_sample));
    }
    if (non_finite == NonFinite::refuse) {
      check_finite<double>(file_->path(), path, first, request.per_sample, std::span<const double>(values));
    }
  }
  void read(const std::string& path, std::size_t first, std::size_t count, std::span<float> values,
            NonFinite non_finite) const override {
    std::vector<double> exact(values.size());
    read(path, first, count, std::span<double>(exact), non_finite);
    std::transform(exact.begin(), exact.end(), values.begin(), [](double value) { return static_cast<float>(value); });
  }

 private:
  std::filesystem::path description_path(const std::string& number) const {
    return folder_ / ("desc_" + number + ".json");
  }

  Batch describe_batch(const std::string& number) const {
    // One room may stand without the axis that counts rooms.
    const std::size_t rank = std::clamp<std::size_t>(file_->array(number + "-IN").shape.size(), 2, 3);
    const Shape& in = require_rank(*file_, number + "-IN", rank);
    const Shape& out = require_rank(*file_, number + "-OUT", rank);
    const std::size_t queries = in[rank - 2];
    if (in[rank - 1] != coordinates || out[rank - 1] != 1 || out[rank - 2] != queries || out[0] != in[0]) {
      throw DataError(
          fmt::format("{}-IN of {} has shape {} and {}-OUT {} (expected (rooms, queries, 2) and (rooms, "
                      "queries, 1)); the file is damaged or of another format",
                      number, file_->path(), to_string(in), number, to_string(out)));
    }
    std::error_code error;
    if (!std::filesystem::exists(description_path(number), error)) {
      throw DataError(fmt::format("{} is missing ({} has the rooms {}-IN that it describes); complete the folder",
                                  description_path(number).string(), file_->path(), number));
    }
    return {number, 0, rank == 3 ? in[0] : 1, queries};
  }

  const Batch& batch_of(std::size_t sample) const {
    const auto after = std::upper_bound(batches_.begin(), batches_.end(), sample,
                                        [](std::size_t value, const Batch& batch) { return value < batch.first; });
    return *std::prev(after);
  }

  /// The rooms of a description, of which the last one read is kept.
  std::shared_ptr<const std::vector<Room>> rooms_of(const Batch& batch) const {
    const std::lock_guard lock(mutex_);
    if (rooms_ != nullptr && rooms_number_ == batch.number) return rooms_;
    const std::filesystem::path path = description_path(batch.number);
    const Json json = read_json(path);
    if (!json.is_array() || json.size() != batch.rooms) {
      throw DataError(
          fmt::format("{} is no list of {} rooms (as many as {}-IN of {} has); the two do not belong together",
                      path.string(), batch.rooms, batch.number, file_->path()));
    }
    std::vector<Room> rooms;
    for (const Json& room : json) rooms.push_back(read_room(room, path.string()));
    rooms_ = std::make_shared<const std::vector<Room>>(std::move(rooms));
    rooms_number_ = batch.number;
    return rooms_;
  }

  void read_sample(const std::string& path, std::size_t sample, std::span<double> values) const {
    const Batch& batch = batch_of(sample);
    if (path == "inputs/query_position" || path == "outputs/query_value") {
      read_queries(batch, sample - batch.first, path == "outputs/query_value" ? "-OUT" : "-IN", values);
    } else if (path == "inputs/query_mask") {
      std::fill(values.begin(), values.end(), 0.0);
      std::fill_n(values.begin(), batch.queries, 1.0);
    } else if (path == "inputs/context_mask") {
      std::fill(values.begin(), values.end(), 1.0);
    } else {
      const Room room = rooms_of(batch)->at(sample - batch.first);
      if (path == "inputs/context_position") std::copy(room.position.begin(), room.position.end(), values.begin());
      if (path == "inputs/context_value") std::copy(room.value.begin(), room.value.end(), values.begin());
      if (path == "parameters/heaters") values[0] = room.heaters;
      if (path == "parameters/exterior_temperature") values[0] = room.exterior_temperature;
    }
  }

  void read_queries(const Batch& batch, std::size_t room, const std::string& suffix, std::span<double> values) const {
    const ArrayInfo& info = file_->array(batch.number + suffix);
    Selection selection = Selection::all(info.shape);
    if (info.shape.size() == 3) {
      selection.start[0] = room;
      selection.count[0] = 1;
    }
    file_->read(info.name, selection, values.first(selection.size()));
    std::fill(values.begin() + static_cast<std::ptrdiff_t>(selection.size()), values.end(), 0.0);
  }

  std::shared_ptr<const ArrayFile> file_;
  std::filesystem::path folder_;
  std::vector<Batch> batches_;
  ResolvedRange samples_;
  DatasetDescription description_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const std::vector<Room>> rooms_;
  mutable std::string rooms_number_;
};

/// Folder and file, of which either may be named.
struct Places {
  std::filesystem::path rooms;
  std::filesystem::path temperatures;
};

Places places(const Candidate& candidate) {
  const std::filesystem::path folder = candidate.folder ? candidate.path : candidate.path.parent_path();
  return {folder / "poisson_inp", candidate.folder ? candidate.path / "poisson_out.hdf5" : candidate.path};
}

}  // namespace

bool is_gen_poisson(const Candidate& candidate) {
  std::error_code error;
  const Places at = places(candidate);
  if (!std::filesystem::is_directory(at.rooms, error)) return false;
  return candidate.folder ? std::filesystem::is_regular_file(at.temperatures, error)
                          : candidate.arrays && !numbered_arrays(*candidate.arrays, "", "-IN").empty();
}

std::unique_ptr<Source> open_gen_poisson(const Candidate& candidate, const SourceOptions& options) {
  const bool plain = options.inputs.empty() && options.outputs.empty() && !options.sample_axis && !options.time_axis &&
                     !options.input_frames && options.times.first == 0 && !options.times.last &&
                     options.times.stride == 1 && options.stride == std::vector<std::int64_t>{1};
  if (!plain) {
    throw ConfigError(
        fmt::format("options other than samples for {} (its fields are sets of points, as they are); leave "
                    "them out",
                    candidate.path.string()));
  }
  const Places at = places(candidate);
  std::shared_ptr<const ArrayFile> file = candidate.arrays;
  if (!file) file = open_array_file(at.temperatures);
  return std::make_unique<GenPoissonSource>(std::move(file), at.rooms, options);
}

}  // namespace floe::io
