// SPDX-License-Identifier: MIT
#include "pde/reaction_diffusion/allen_cahn.h"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "pde/grid_axis.h"
#include "pde/random_fields/gaussian_field.h"
#include "pde/reaction_diffusion/reaction_diffusion_solver.h"
#include "pde/trajectory.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

struct AllenCahnOptions {
  int dimension = 2;
  double diffusivity = 1e-3;
  double rate = 5;
  int resolution = 64;
  int refinement = 2;
  double final_time = 2;
  int snapshots = 20;
  double step = 0.01;
  GaussianFieldOptions initial{.alpha = 2, .tau = 5, .sigma = 8};

  std::vector<GridAxis> axes(int points) const {
    return std::vector<GridAxis>(static_cast<std::size_t>(dimension), GridAxis{.points = points});
  }
};

void bind(config::Section& section, AllenCahnOptions& options) {
  section.key("dimension", options.dimension, "1 or 2", config::between(1, 2));
  section.key("diffusivity", options.diffusivity, "D, for the unit torus; fronts are sqrt(2 D / rate) wide",
              config::positive());
  section.key("rate", options.rate, "r of the reaction r (u - u^3)", config::positive());
  section.key("resolution", options.resolution, "points stored along each axis", config::at_least(2));
  section.key("refinement", options.refinement, "points of the solver for each stored one, along each axis",
              config::at_least(1));
  section.key("final_time", options.final_time, "time of the last snapshot", config::positive());
  section.key("snapshots", options.snapshots, "states stored, at equal distances", config::at_least(1));
  section.key("step", options.step, "longest time step", config::positive());
  section.table("initial", options.initial, "the law of the initial state");
}

class AllenCahnGenerator final : public Generator {
 public:
  AllenCahnGenerator(const AllenCahnOptions& options, std::uint64_t seed)
      : options_(options),
        key_(random::make_key(seed, "allen_cahn")),
        solver_({.axes = axes(options), .diffusivities = {options.diffusivity}, .step = options.step},
                [rate = options.rate](std::span<double> u) {
                  for (double& value : u) value = rate * value * (1 - value * value);
                }),
        initial_(axes(options), options.initial),
        fine_(initial_.size()) {}

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    initial_(stream, fine_);
    const StoredGrid grid{.axes = options_.dimension,
                          .fine_points = options_.refinement * options_.resolution,
                          .points = options_.resolution,
                          .stride = options_.refinement};
    record_field(solver_, fine_, grid, options_.final_time, options_.snapshots, sample["inputs/u"],
                 sample["outputs/u"]);
  }

 private:
  static std::vector<GridAxis> axes(const AllenCahnOptions& options) {
    return options.axes(options.refinement * options.resolution);
  }

  AllenCahnOptions options_;
  random::Key key_;
  ReactionDiffusionSolver solver_;
  GaussianField initial_;
  std::vector<double> fine_;
};

class AllenCahnProblem final : public Problem {
 public:
  void bind(config::Section& section) override { pde::bind(section, options_); }
  void validate() const override {
    options_.initial.validate();
    const double width = std::sqrt(2 * options_.diffusivity / options_.rate);
    const double spacing = 1.0 / (options_.resolution * options_.refinement);
    if (spacing > 1.5 * width)
      throw ConfigError(fmt::format(
          "a spacing of {:.3g} for fronts of width {:.3g} (the solver would not resolve them); raise refinement to {}",
          spacing, width, static_cast<int>(std::ceil(1 / (width * options_.resolution)))));
  }

  io::DatasetDescription description() const override {
    io::DatasetDescription description;
    description.title = "Allen-Cahn equation on the unit torus";
    const GridAxis axis{.points = options_.resolution};
    std::vector<io::Axis> space{describe_axis("x", axis)};
    if (options_.dimension == 2) space.insert(space.begin(), describe_axis("y", axis));
    describe_trajectory(description, "u", "phase", time_axis(options_.final_time, options_.snapshots), space);
    description.attributes["diffusivity"] = options_.diffusivity;
    description.attributes["rate"] = options_.rate;
    description.attributes["refinement"] = static_cast<std::int64_t>(options_.refinement);
    description.attributes["step"] = options_.step;
    describe(options_.initial, "initial_", description.attributes);
    return description;
  }

  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<AllenCahnGenerator>(options_, seed);
  }

 private:
  AllenCahnOptions options_;
};

}  // namespace

std::unique_ptr<Problem> make_allen_cahn_problem() {
  return std::make_unique<AllenCahnProblem>();
}

}  // namespace floe::pde
