// SPDX-License-Identifier: MIT
#include "pde/point_sets/rooms.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "pde/point_sets/point_set_description.h"
#include "pde/point_sets/room.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

struct RoomsOptions {
  int fewest_heaters = 1;
  int most_heaters = 4;
  int queries = 128;
  int refinement = 2;
};

void bind(config::Section& section, RoomsOptions& options) {
  section.key("fewest_heaters", options.fewest_heaters, "in a room", config::between(0, 6));
  section.key("most_heaters", options.most_heaters, "in a room; 9 of the 64 points of the context each",
              config::between(0, 6));
  section.key("queries", options.queries, "random points of the grid where the temperature is asked for",
              config::at_least(1));
  section.key("refinement", options.refinement, "the grid has the spacing 0.01 / refinement", config::between(1, 10));
}

/// A whole number of steps from `low` to `high`, as a length.
double steps(random::Stream& stream, int low, int high) {
  return room_step * (low + static_cast<double>(stream.below(static_cast<std::uint64_t>(high - low + 1))));
}

bool apart(const Heater& a, const Heater& b) {
  const double gap = room_step / 2;
  return a.right + gap < b.left || b.right + gap < a.left || a.top + gap < b.bottom || b.top + gap < a.bottom;
}

/// Sides from 0.04 to 0.2, at least 0.04 from the walls; heaters do not touch.
Heater draw_heater(random::Stream& stream) {
  Heater heater;
  const double width = steps(stream, 4, 20);
  const double height = steps(stream, 4, 20);
  heater.left = steps(stream, 4, 96 - static_cast<int>(std::lround(width / room_step)));
  heater.bottom = steps(stream, 4, 96 - static_cast<int>(std::lround(height / room_step)));
  heater.right = heater.left + width;
  heater.top = heater.bottom + height;
  heater.heat = stream.uniform() - 0.5;
  return heater;
}

Room draw_room(random::Stream& stream, const RoomsOptions& options) {
  Room room;
  room.exterior_temperature = 2 * stream.uniform() - 1;
  const auto spread = static_cast<std::uint64_t>(options.most_heaters - options.fewest_heaters + 1);
  const auto count = static_cast<std::size_t>(options.fewest_heaters) + stream.below(spread);
  while (room.heaters.size() < count) {
    const Heater heater = draw_heater(stream);
    bool free = true;
    for (const Heater& other : room.heaters) free = free && apart(heater, other);
    if (free) room.heaters.push_back(heater);
  }
  return room;
}

class RoomsGenerator final : public Generator {
 public:
  RoomsGenerator(const RoomsOptions& options, std::uint64_t seed)
      : options_(options), key_(random::make_key(seed, "rooms")), solve_(options.refinement) {}

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    const Room room = draw_room(stream, options_);
    const auto position = sample["inputs/context_position"];
    const auto value = sample["inputs/context_value"];
    std::size_t p = 0;
    for (const RoomPoint& point : describe_room(room)) {
      std::ranges::copy(point.position, position.subspan(2 * p).begin());
      std::ranges::copy(point.value, value.subspan(3 * p).begin());
      ++p;
    }
    const auto temperature = solve_(room);
    const auto query = sample["inputs/query_position"];
    const auto answer = sample["outputs/query_value"];
    const auto side = static_cast<std::uint64_t>(solve_.points());
    for (std::size_t q = 0; q < answer.size(); ++q) {
      const std::uint64_t i = stream.below(side);
      const std::uint64_t j = stream.below(side);
      query[2 * q] = static_cast<double>(i) / static_cast<double>(side - 1);
      query[2 * q + 1] = static_cast<double>(j) / static_cast<double>(side - 1);
      answer[q] = temperature[i * side + j];
    }
    sample["parameters/heaters"][0] = static_cast<double>(room.heaters.size());
    sample["parameters/exterior_temperature"][0] = room.exterior_temperature;
  }

 private:
  RoomsOptions options_;
  random::Key key_;
  RoomSolver solve_;
};

class RoomsProblem final : public Problem {
 public:
  void bind(config::Section& section) override { pde::bind(section, options_); }

  void validate() const override {
    if (options_.most_heaters < options_.fewest_heaters) {
      throw ConfigError(fmt::format("most_heaters = {} and fewest_heaters = {} (more than the most); swap them",
                                    options_.most_heaters, options_.fewest_heaters));
    }
  }

  io::DatasetDescription description() const override {
    PointSetShape shape;
    shape.context_points = room_context_points;
    shape.query_points = static_cast<std::size_t>(options_.queries);
    shape.context_channels = 3;
    io::DatasetDescription description = describe_point_sets(shape);
    description.title = "steady temperature of rooms with heaters";
    description.inputs[1].long_name = "exterior temperature, heat, 1 on a heater";
    description.outputs[0].long_name = "temperature";
    description.parameters = {{.name = "heaters", .type = io::ElementType::int64}, {.name = "exterior_temperature"}};
    description.attributes["equation"] = std::string("-Laplace u = 768 heat in heaters, u = exterior temperature");
    description.attributes["fewest_heaters"] = std::int64_t{options_.fewest_heaters};
    description.attributes["most_heaters"] = std::int64_t{options_.most_heaters};
    description.attributes["grid_spacing"] = room_step / options_.refinement;
    return description;
  }

  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<RoomsGenerator>(options_, seed);
  }

 private:
  RoomsOptions options_;
};

}  // namespace

std::unique_ptr<Problem> make_rooms_problem() {
  return std::make_unique<RoomsProblem>();
}

}  // namespace floe::pde
