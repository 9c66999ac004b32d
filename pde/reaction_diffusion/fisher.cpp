// SPDX-License-Identifier: MIT
#include "pde/reaction_diffusion/fisher.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "pde/grid_axis.h"
#include "pde/random_fields/gaussian_field.h"
#include "pde/reaction_diffusion/reaction_diffusion_solver.h"
#include "pde/trajectory.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

const std::vector<std::string> family_names{"fisher", "newell_whitehead", "zeldovich"};

struct FisherOptions {
  std::vector<std::string> families = family_names;
  double diffusivity = 5e-3;
  double a_min = 0.1, a_max = 1, b_min = 0.5, b_max = 2;
  int levels = 10;
  int resolution = 64;
  int refinement = 4;
  double final_time = 1;
  int snapshots = 20;
  double step = 0.01;
  double slope = 1;
  GaussianFieldOptions initial{.alpha = 2, .tau = 5, .sigma = 60};

  int points() const { return refinement * (resolution - 1) + 1; }
};

void bind(config::Section& section, FisherOptions& options) {
  section.key("families", options.families,
              "reactions, drawn with equal probability: fisher, newell_whitehead, zeldovich", config::not_empty());
  section.key("diffusivity", options.diffusivity, "D, for the unit interval", config::at_least(0));
  section.key("a_min", options.a_min, "smallest rate a of the reaction", config::positive());
  section.key("a_max", options.a_max, "largest rate a of the reaction", config::positive());
  section.key("b_min", options.b_min, "smallest exponent b of the Zeldovich reaction", config::at_least(0));
  section.key("b_max", options.b_max, "largest exponent b of the Zeldovich reaction", config::at_least(0));
  section.key("levels", options.levels, "values that a and b take, at equal distances; 0: any value in between",
              config::at_least(0));
  section.key("resolution", options.resolution, "points stored, both ends included", config::at_least(2));
  section.key("refinement", options.refinement, "intervals of the solver for each stored one", config::at_least(1));
  section.key("final_time", options.final_time, "time of the last snapshot", config::positive());
  section.key("snapshots", options.snapshots, "states stored, at equal distances", config::at_least(1));
  section.key("step", options.step, "longest time step", config::positive());
  section.key("slope", options.slope, "the initial state is 1 / (1 + exp(-slope g)) of a Gaussian field g",
              config::positive());
  section.table("initial", options.initial, "the law of the Gaussian field g, Neumann");
}

class FisherGenerator final : public Generator {
 public:
  FisherGenerator(const FisherOptions& options, std::uint64_t seed)
      : options_(options),
        key_(random::make_key(seed, "fisher")),
        axis_{.points = options.points(), .boundary = Boundary::neumann},
        solver_({.axes = {axis_}, .diffusivities = {options.diffusivity}, .step = options.step},
                [this](std::span<double> u) { react(coefficients_, u); }),
        initial_({axis_}, options.initial),
        fine_(initial_.size()) {}
  FisherGenerator(const FisherGenerator&) = delete;
  FisherGenerator& operator=(const FisherGenerator&) = delete;

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    const std::string& family = options_.families[stream.below(options_.families.size())];
    const double a = draw(stream, options_.a_min, options_.a_max);
    const double b = draw(stream, options_.b_min, options_.b_max);
    coefficients_ = family == "fisher"             ? fisher_reaction(a)
                    : family == "newell_whitehead" ? newell_whitehead_reaction(a)
                                                   : zeldovich_reaction(a, b);
    initial_(stream, fine_);
    for (double& value : fine_) value = 1 / (1 + std::exp(-options_.slope * value));

    std::copy(coefficients_.begin(), coefficients_.end(), sample["inputs/reaction"].begin());
    sample["parameters/a"][0] = a;
    sample["parameters/b"][0] = family == "zeldovich" ? b : 0.0;
    sample["parameters/family"][0] =
        static_cast<double>(std::find(family_names.begin(), family_names.end(), family) - family_names.begin());
    const StoredGrid grid{
        .axes = 1, .fine_points = options_.points(), .points = options_.resolution, .stride = options_.refinement};
    record_field(solver_, fine_, grid, options_.final_time, options_.snapshots, sample["inputs/u"],
                 sample["outputs/u"]);
  }

 private:
  double draw(random::Stream& stream, double lowest, double highest) const {
    const double u = stream.uniform();
    if (options_.levels == 0) return lowest + (highest - lowest) * u;
    if (options_.levels == 1) return lowest;
    const double level = std::floor(u * options_.levels);
    return lowest + (highest - lowest) * level / (options_.levels - 1);
  }

  FisherOptions options_;
  random::Key key_;
  GridAxis axis_;
  ReactionCoefficients coefficients_{};
  ReactionDiffusionSolver solver_;
  GaussianField initial_;
  std::vector<double> fine_;
};

class FisherProblem final : public Problem {
 public:
  void bind(config::Section& section) override { pde::bind(section, options_); }

  void validate() const override {
    options_.initial.validate();
    for (const std::string& family : options_.families) {
      if (std::find(family_names.begin(), family_names.end(), family) == family_names.end())
        throw ConfigError(
            fmt::format("unknown family '{}' (no such reaction); use fisher, newell_whitehead or zeldovich", family));
    }
    if (options_.a_max < options_.a_min || options_.b_max < options_.b_min)
      throw ConfigError(fmt::format("a from {} to {}, b from {} to {} (a range ends below its start); swap the ends",
                                    options_.a_min, options_.a_max, options_.b_min, options_.b_max));
  }

  io::DatasetDescription description() const override {
    io::DatasetDescription description;
    description.title = "Fisher, Newell-Whitehead and Zeldovich equations on the unit interval";
    const GridAxis axis{.points = options_.resolution, .boundary = Boundary::neumann};
    describe_trajectory(description, "u", "concentration", time_axis(options_.final_time, options_.snapshots),
                        {describe_axis("x", axis)});
    description.axes.push_back({.name = "term", .values = {1, 2, 3, 4}});
    description.inputs.push_back(
        {.name = "reaction", .axes = {"term"}, .long_name = "coefficients of u, u^2, u^3, u^4"});
    description.parameters = {
        {.name = "family", .type = io::ElementType::int64, .long_name = "0 Fisher, 1 Newell-Whitehead, 2 Zeldovich"},
        {.name = "a", .long_name = "rate of the reaction"},
        {.name = "b", .long_name = "exponent of the Zeldovich reaction, 0 for others"}};
    auto& attributes = description.attributes;
    attributes["diffusivity"] = options_.diffusivity;
    attributes["a_range"] = std::vector<double>{options_.a_min, options_.a_max};
    attributes["b_range"] = std::vector<double>{options_.b_min, options_.b_max};
    attributes["levels"] = static_cast<std::int64_t>(options_.levels);
    attributes["refinement"] = static_cast<std::int64_t>(options_.refinement);
    attributes["step"] = options_.step;
    attributes["slope"] = options_.slope;
    std::string families;
    for (const std::string& family : options_.families) families += (families.empty() ? "" : ", ") + family;
    attributes["families"] = families;
    describe(options_.initial, "initial_", attributes);
    return description;
  }

  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<FisherGenerator>(options_, seed);
  }

 private:
  FisherOptions options_;
};

}  // namespace

ReactionCoefficients fisher_reaction(double a) {
  return {a, -a, 0, 0};
}

ReactionCoefficients newell_whitehead_reaction(double a) {
  return {a, 0, -a, 0};
}

ReactionCoefficients zeldovich_reaction(double a, double b) {
  const double scale = a * std::exp(-b);
  return {scale, scale * (b - 1), scale * b * (b / 2 - 1), -scale * b * b / 2};
}

void react(const ReactionCoefficients& c, std::span<double> u) {
  for (double& value : u) value *= c[0] + value * (c[1] + value * (c[2] + value * c[3]));
}

std::unique_ptr<Problem> make_fisher_problem() {
  return std::make_unique<FisherProblem>();
}

}  // namespace floe::pde
