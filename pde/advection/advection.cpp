// SPDX-License-Identifier: MIT
#include "pde/advection/advection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "base/error.h"
#include "pde/grid_axis.h"
#include "pde/random_fields/gaussian_field.h"
#include "pde/trajectory.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

enum class Initial { square, gaussian };

struct AdvectionOptions {
  double speed = 1;
  int resolution = 40;
  double final_time = 1;
  int snapshots = 40;
  Initial initial = Initial::square;
  GaussianFieldOptions field{.alpha = 2, .tau = 5, .sigma = 25};
};

void bind(config::Section& section, AdvectionOptions& options) {
  section.key("speed", options.speed, "c, for the circle of length 1");
  section.key("resolution", options.resolution, "points", config::at_least(2));
  section.key("final_time", options.final_time, "time of the last snapshot", config::positive());
  section.key("snapshots", options.snapshots, "states stored, at equal distances", config::at_least(1));
  section.choice("initial", options.initial, {{"square", Initial::square}, {"gaussian", Initial::gaussian}},
                 "square waves of random centre, width and height, or Gaussian random fields");
  section.when(options.initial == Initial::gaussian, "initial = \"gaussian\"",
               [&] { section.table("field", options.field, "the law of the initial state"); });
}

class AdvectionGenerator final : public Generator {
 public:
  AdvectionGenerator(const AdvectionOptions& options, std::uint64_t seed)
      : options_(options),
        key_(random::make_key(seed, "advection")),
        shift_(options.resolution),
        field_({GridAxis{.points = options.resolution}}, options.field) {}

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    const auto initial = sample["inputs/u"];
    const auto later = sample["outputs/u"];
    const auto distance = [&](int i) { return options_.speed * options_.final_time * (i + 1) / options_.snapshots; };
    if (options_.initial == Initial::gaussian) {
      field_(stream, initial);
      for (int i = 0; i < options_.snapshots; ++i) {
        shift_(initial, distance(i), snapshot(later, options_.snapshots, i));
      }
      return;
    }
    const double centre = 0.3 + 0.4 * stream.uniform();
    const double width = 0.3 + 0.3 * stream.uniform();
    const double height = 1 + stream.uniform();
    sample["parameters/centre"][0] = centre;
    sample["parameters/width"][0] = width;
    sample["parameters/height"][0] = height;
    const auto write = [&](double moved, std::span<double> out) {
      for (std::size_t i = 0; i < out.size(); ++i) {
        const double x = static_cast<double>(i) / static_cast<double>(out.size());
        out[i] = square_wave(x - moved, centre, width, height);
      }
    };
    write(0, initial);
    for (int i = 0; i < options_.snapshots; ++i) write(distance(i), snapshot(later, options_.snapshots, i));
  }

 private:
  AdvectionOptions options_;
  random::Key key_;
  PeriodicShift shift_;
  GaussianField field_;
};

class AdvectionProblem final : public Problem {
 public:
  void bind(config::Section& section) override { pde::bind(section, options_); }
  void validate() const override { options_.field.validate(); }

  io::DatasetDescription description() const override {
    io::DatasetDescription description;
    description.title = "advection on the unit circle";
    describe_trajectory(description, "u", "advected quantity", time_axis(options_.final_time, options_.snapshots),
                        {describe_axis("x", GridAxis{.points = options_.resolution})});
    description.attributes["speed"] = options_.speed;
    if (options_.initial == Initial::square) {
      description.attributes["initial"] = std::string("square");
      description.parameters = {{.name = "centre"}, {.name = "width"}, {.name = "height"}};
    } else {
      description.attributes["initial"] = std::string("gaussian");
      describe(options_.field, "initial_", description.attributes);
    }
    return description;
  }

  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<AdvectionGenerator>(options_, seed);
  }

 private:
  AdvectionOptions options_;
};

}  // namespace

double square_wave(double x, double centre, double width, double height) {
  const double offset = x - centre;
  return std::abs(offset - std::round(offset)) < width / 2 ? height : 0;
}

PeriodicShift::PeriodicShift(int points) : transform_({points}), modes_(static_cast<std::size_t>(transform_.modes())) {}

void PeriodicShift::operator()(std::span<const double> field, double distance, std::span<double> out) {
  const auto points = static_cast<std::size_t>(transform_.volume());
  if (field.size() != points || out.size() != points)
    throw ShapeError(fmt::format("fields of {} and {} values (the shift is one of {} points); give one per point",
                                 field.size(), out.size(), points));
  transform_.forward(field.data(), modes_.data());
  for (std::size_t k = 0; k < modes_.size(); ++k) {
    const double angle = -2 * std::numbers::pi * static_cast<double>(k) * distance;
    modes_[k] *= std::polar(1.0 / static_cast<double>(points), angle);
  }
  transform_.inverse_overwriting(modes_.data(), out.data());
}

std::unique_ptr<Problem> make_advection_problem() {
  return std::make_unique<AdvectionProblem>();
}

}  // namespace floe::pde
