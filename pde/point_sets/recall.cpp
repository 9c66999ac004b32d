// SPDX-License-Identifier: MIT
#include "pde/point_sets/recall.h"

#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <vector>

#include "pde/point_sets/point_set_description.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

enum class Values { random, sine };

struct RecallOptions {
  Values values = Values::random;
  double frequency = 1.0;
  std::int64_t points = 64;
};

void bind(config::Section& section, RecallOptions& options) {
  section.choice("values", options.values, {{"random", Values::random}, {"sine", Values::sine}},
                 "independent normal values, or those of sin(pi f x) cos(pi f y)");
  section.when(options.values == Values::sine, "values = \"sine\"", [&] {
    section.key("frequency", options.frequency, "f; the paper takes 0.1 to 10", config::positive());
  });
  section.key("points", options.points, "points of a set", config::at_least(1));
}

class RecallGenerator final : public Generator {
 public:
  RecallGenerator(const RecallOptions& options, std::uint64_t seed)
      : options_(options), key_(random::make_key(seed, "recall")), order_(static_cast<std::size_t>(options.points)) {}

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    const auto position = sample["inputs/context_position"];
    const auto value = sample["inputs/context_value"];
    stream.fill_normal(position);
    for (std::size_t i = 0; i < order_.size(); ++i) {
      value[i] = options_.values == Values::random ? stream.normal() : wave(position[2 * i], position[2 * i + 1]);
    }
    shuffle(stream);
    const auto query = sample["inputs/query_position"];
    const auto answer = sample["outputs/query_value"];
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const std::size_t from = order_[i];
      query[2 * i] = position[2 * from];
      query[2 * i + 1] = position[2 * from + 1];
      answer[i] = value[from];
    }
  }

 private:
  double wave(double x, double y) const {
    const double k = std::numbers::pi * options_.frequency;
    return std::sin(k * x) * std::cos(k * y);
  }
  /// Fisher and Yates.
  void shuffle(random::Stream& stream) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    for (std::size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[stream.below(i)]);
  }

  RecallOptions options_;
  random::Key key_;
  std::vector<std::size_t> order_;
};

class RecallProblem final : public Problem {
 public:
  void bind(config::Section& section) override { pde::bind(section, options_); }
  void validate() const override {}
  io::DatasetDescription description() const override {
    PointSetShape shape;
    shape.context_points = static_cast<std::size_t>(options_.points);
    shape.query_points = static_cast<std::size_t>(options_.points);
    io::DatasetDescription description = describe_point_sets(shape);
    description.title = "recall of values at points";
    if (options_.values == Values::sine) description.attributes["frequency"] = options_.frequency;
    return description;
  }
  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<RecallGenerator>(options_, seed);
  }

 private:
  RecallOptions options_;
};

}  // namespace

std::unique_ptr<Problem> make_recall_problem() {
  return std::make_unique<RecallProblem>();
}

}  // namespace floe::pde
