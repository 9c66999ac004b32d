// SPDX-License-Identifier: MIT
#include "pde/sequences/adding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

struct AddingOptions {
  int length = 1000;
  int markers = 2;
};

void bind(config::Section& section, AddingOptions& options) {
  section.key("length", options.length, "steps of a sequence", config::at_least(2));
  section.key("markers", options.markers, "marked values, one in each part of the sequence", config::at_least(1));
}

class AddingGenerator final : public Generator {
 public:
  AddingGenerator(const AddingOptions& options, std::uint64_t seed)
      : length_(static_cast<std::size_t>(options.length)),
        markers_(static_cast<std::size_t>(options.markers)),
        key_(random::make_key(seed, "adding")) {}

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    const auto value = sample["inputs/value"];
    const auto marker = sample["inputs/marker"];
    const auto sum = sample["outputs/sum"];
    stream.fill_uniform(value);
    std::ranges::fill(marker, 0.0);
    for (std::size_t part = 0; part < markers_; ++part) {
      const std::size_t begin = part * length_ / markers_;
      const std::size_t end = (part + 1) * length_ / markers_;
      marker[begin + stream.below(end - begin)] = 1;
    }
    double total = 0;
    for (std::size_t step = 0; step < length_; ++step) {
      total += marker[step] * value[step];
      sum[step] = total;
    }
  }

 private:
  std::size_t length_, markers_;
  random::Key key_;
};

class AddingProblem final : public Problem {
 public:
  void bind(config::Section& section) override { pde::bind(section, options_); }
  void validate() const override {
    if (options_.markers > options_.length) {
      throw ConfigError(fmt::format("markers = {} of length = {} steps (each has a step of its own); give fewer",
                                    options_.markers, options_.length));
    }
  }
  io::DatasetDescription description() const override {
    io::DatasetDescription description;
    description.title = "running sums of the marked values of a sequence";
    io::Axis step{.name = "step", .values = std::vector<double>(static_cast<std::size_t>(options_.length))};
    std::iota(step.values.begin(), step.values.end(), 0.0);
    step.boundary_condition = "none";
    description.axes = {step};
    description.inputs = {{.name = "value", .axes = {"step"}, .long_name = "v"},
                          {.name = "marker", .axes = {"step"}, .long_name = "1 where the value counts, 0 elsewhere"}};
    description.outputs = {{.name = "sum", .axes = {"step"}, .long_name = "of the marked values so far"}};
    description.attributes["markers"] = std::int64_t{options_.markers};
    return description;
  }
  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<AddingGenerator>(options_, seed);
  }

 private:
  AddingOptions options_;
};

}  // namespace

std::unique_ptr<Problem> make_adding_problem() {
  return std::make_unique<AddingProblem>();
}

}  // namespace floe::pde
