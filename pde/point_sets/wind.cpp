// SPDX-License-Identifier: MIT
#include "pde/point_sets/wind.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pde/point_sets/air_traffic.h"
#include "pde/point_sets/point_set_description.h"
#include "pde/point_sets/wind_field.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

constexpr double slice = 60;  // s
constexpr double feet_per_km = 1000 / 0.3048;

struct WindProblemOptions {
  WindOptions wind;
  double aircraft = 20;
  double noise = 1;
  double horizon = 30;
  int minutes_per_weather = 30;
  int points = 512;

  /// From the first context to the last query of a weather situation.
  double duration() const { return slice * (minutes_per_weather + 1) + 60 * horizon; }
};

void bind(config::Section& section, WindProblemOptions& options) {
  using namespace config;
  section.key("aircraft", options.aircraft, "about how many are seen at a time; 15 measurements a minute each",
              positive());
  section.key("noise", options.noise, "m/s, standard deviation of a measured component", at_least(0));
  section.key("horizon", options.horizon, "min, from the end of the context to the beginning of the queries",
              at_least(0));
  section.key("minutes_per_weather", options.minutes_per_weather, "consecutive samples of one weather situation",
              at_least(1));
  section.key("points", options.points, "length of the arrays of a set; of more measurements, random ones are taken",
              at_least(1));
  bind(section, options.wind);
}

struct Measurement {
  double time;
  std::array<double, 3> position;
  std::array<double, 2> wind;
};

/// A weather situation with its flights; every measurement of it is the same, to the last bit, whoever asks.
class Weather final {
 public:
  Weather(const WindProblemOptions& options, std::uint64_t seed, std::uint64_t number)
      : number_(number),
        noise_(options.noise),
        field_(make_field(options, seed, number)),
        flights_(make_flights(options, seed, number)),
        noise_stream_(random::make_key(seed, "wind noise"), number),
        turns_(static_cast<std::uint64_t>(std::ceil(options.duration() / radar_period)) + 1) {}

  std::uint64_t number() const { return number_; }

  /// What was measured from time `from` on for one minute, in order of time.
  void measure(double from, std::vector<Measurement>& out) {
    out.clear();
    for (std::size_t f = 0; f < flights_.size(); ++f) {
      const Flight& flight = flights_[f];
      const auto first =
          static_cast<std::uint64_t>(std::ceil(std::max(0.0, (from - flight.radar_offset) / radar_period)));
      for (std::uint64_t turn = first;; ++turn) {
        const double t = flight.radar_offset + radar_period * static_cast<double>(turn);
        if (t >= from + slice) break;
        if (!flight.inside(t)) continue;
        const double x = flight.x_at(t);
        const double y = flight.y_at(t);
        const double z = flight.altitude_at(t);
        const auto v = field_(x, y, z, t);
        noise_stream_.set_position(2 * (f * turns_ + turn));
        const double east = v[0] + noise_ * noise_stream_.normal();
        const double north = v[1] + noise_ * noise_stream_.normal();
        out.push_back({t, {AirSpace::latitude_of(y), AirSpace::longitude_of(x), feet_per_km * z}, {east, north}});
      }
    }
    std::ranges::sort(out, {}, [](const Measurement& m) { return std::pair(m.time, m.position); });
  }

 private:
  static WindField make_field(const WindProblemOptions& options, std::uint64_t seed, std::uint64_t number) {
    random::Stream stream(random::make_key(seed, "wind"), number);
    return WindField(options.wind, stream);
  }
  static std::vector<Flight> make_flights(const WindProblemOptions& options, std::uint64_t seed, std::uint64_t number) {
    random::Stream stream(random::make_key(seed, "wind flights"), number);
    return draw_flights(stream, options.aircraft, options.duration());
  }

  std::uint64_t number_;
  double noise_;
  WindField field_;
  std::vector<Flight> flights_;
  random::Stream noise_stream_;
  std::uint64_t turns_;
};

class WindGenerator final : public Generator {
 public:
  WindGenerator(const WindProblemOptions& options, std::uint64_t seed)
      : options_(options), seed_(seed), key_(random::make_key(seed, "wind selection")) {}

  void make(std::uint64_t index, Sample& sample) override {
    const auto minutes = static_cast<std::uint64_t>(options_.minutes_per_weather);
    if (!weather_ || weather_->number() != index / minutes) weather_.emplace(options_, seed_, index / minutes);
    const double time = slice * static_cast<double>(index % minutes);
    random::Stream stream(key_, index);
    weather_->measure(time, measurements_);
    store(stream, sample["inputs/context_position"], sample["inputs/context_value"], sample["inputs/context_mask"]);
    weather_->measure(time + slice + 60 * options_.horizon, measurements_);
    store(stream, sample["inputs/query_position"], sample["outputs/query_value"], sample["inputs/query_mask"]);
    sample["parameters/time"][0] = time;
    sample["parameters/weather"][0] = static_cast<double>(weather_->number());
  }

 private:
  /// Of too many measurements random ones, in the order of time: each is taken with the chance that fills the array.
  void store(random::Stream& stream, std::span<double> position, std::span<double> value, std::span<double> mask) {
    std::ranges::fill(position, 0.0);
    std::ranges::fill(value, 0.0);
    std::ranges::fill(mask, 0.0);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < measurements_.size() && kept < mask.size(); ++i) {
      const std::size_t left = measurements_.size() - i;
      const std::size_t free = mask.size() - kept;
      if (left > free && stream.below(left) >= free) continue;
      std::ranges::copy(measurements_[i].position, position.subspan(3 * kept).begin());
      std::ranges::copy(measurements_[i].wind, value.subspan(2 * kept).begin());
      mask[kept] = 1;
      ++kept;
    }
  }

  WindProblemOptions options_;
  std::uint64_t seed_;
  random::Key key_;
  std::optional<Weather> weather_;
  std::vector<Measurement> measurements_;
};

class WindProblem final : public Problem {
 public:
  void bind(config::Section& section) override { pde::bind(section, options_); }
  void validate() const override { options_.wind.validate(); }

  io::DatasetDescription description() const override {
    PointSetShape shape;
    shape.context_points = shape.query_points = static_cast<std::size_t>(options_.points);
    shape.coordinates = 3;
    shape.context_channels = shape.query_channels = 2;
    shape.masked = true;
    io::DatasetDescription description = describe_point_sets(shape);
    description.title = "synthetic wind measured by aircraft over Switzerland";
    for (io::Field& field : description.inputs) {
      if (field.name.ends_with("position")) field.long_name = "latitude (degree), longitude (degree), altitude (ft)";
      if (field.name == "context_value") set_wind(field);
    }
    set_wind(description.outputs[0]);
    description.parameters = {
        {.name = "time", .unit = "s", .long_name = "beginning of the context"},
        {.name = "weather", .type = io::ElementType::int64, .long_name = "number of the weather situation"}};
    auto& attributes = description.attributes;
    attributes["aircraft"] = options_.aircraft;
    attributes["noise"] = options_.noise;
    attributes["horizon"] = options_.horizon;
    attributes["minutes_per_weather"] = std::int64_t{options_.minutes_per_weather};
    attributes["mean_speed"] = options_.wind.mean_speed;
    attributes["mean_speed_spread"] = options_.wind.mean_speed_spread;
    attributes["eddy_speed"] = options_.wind.eddy_speed;
    attributes["largest_eddy"] = options_.wind.largest_eddy;
    attributes["smallest_eddy"] = options_.wind.smallest_eddy;
    attributes["decorrelation_time"] = options_.wind.decorrelation_time;
    attributes["eddy_depth"] = options_.wind.eddy_depth;
    attributes["modes"] = std::int64_t{options_.wind.modes};
    return description;
  }

  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<WindGenerator>(options_, seed);
  }

 private:
  static void set_wind(io::Field& field) {
    field.unit = "m/s";
    field.long_name = "wind to the east and to the north";
  }

  WindProblemOptions options_;
};

}  // namespace

std::unique_ptr<Problem> make_wind_problem() {
  return std::make_unique<WindProblem>();
}

}  // namespace floe::pde
