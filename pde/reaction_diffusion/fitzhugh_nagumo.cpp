// SPDX-License-Identifier: MIT
#include "pde/reaction_diffusion/fitzhugh_nagumo.h"

#include <algorithm>
#include <vector>

#include "pde/grid_axis.h"
#include "pde/reaction_diffusion/reaction_diffusion_solver.h"
#include "pde/trajectory.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

struct DiffusionReactionOptions {
  double diffusivity_u = 1e-3;
  double diffusivity_v = 5e-3;
  double k = 5e-3;
  int resolution = 128;
  double final_time = 5;
  int snapshots = 100;
  double step = 0.025;

  GridAxis axis() const {
    return {.points = resolution, .boundary = Boundary::neumann, .placement = Placement::cells, .length = 2};
  }
};

void bind(config::Section& section, DiffusionReactionOptions& options) {
  section.key("diffusivity_u", options.diffusivity_u, "D_u of the activator u, for the square of side 2",
              config::at_least(0));
  section.key("diffusivity_v", options.diffusivity_v, "D_v of the inhibitor v, for the square of side 2",
              config::at_least(0));
  section.key("k", options.k, "constant of the reaction");
  section.key("resolution", options.resolution, "cells along each axis", config::at_least(2));
  section.key("final_time", options.final_time, "time of the last snapshot", config::positive());
  section.key("snapshots", options.snapshots, "states stored after the initial one, at equal distances",
              config::at_least(1));
  section.key("step", options.step, "longest time step", config::positive());
}

class DiffusionReactionGenerator final : public Generator {
 public:
  DiffusionReactionGenerator(const DiffusionReactionOptions& options, std::uint64_t seed)
      : options_(options),
        key_(random::make_key(seed, "diffusion_reaction")),
        solver_({.axes = {options.axis(), options.axis()},
                 .diffusivities = {options.diffusivity_u, options.diffusivity_v},
                 .method = LaplaceMethod::finite_difference,
                 .step = options.step},
                [k = options.k](std::span<double> fields) { fitzhugh_nagumo_reaction(k, fields); }),
        fields_(solver_.size()) {}

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream(key_, index).fill_normal(fields_);
    split(sample["inputs/u"], sample["inputs/v"]);
    solver_.start(fields_);
    record(solver_, options_.final_time, options_.snapshots, [&](int i) {
      solver_.values(fields_);
      split(snapshot(sample["outputs/u"], options_.snapshots, i), snapshot(sample["outputs/v"], options_.snapshots, i));
    });
  }

 private:
  void split(std::span<double> u, std::span<double> v) const {
    std::copy_n(fields_.begin(), u.size(), u.begin());
    std::copy_n(fields_.begin() + static_cast<std::ptrdiff_t>(u.size()), v.size(), v.begin());
  }

  DiffusionReactionOptions options_;
  random::Key key_;
  ReactionDiffusionSolver solver_;
  std::vector<double> fields_;
};

class DiffusionReactionProblem final : public Problem {
 public:
  void bind(config::Section& section) override { pde::bind(section, options_); }
  void validate() const override {}

  io::DatasetDescription description() const override {
    io::DatasetDescription description;
    description.title = "FitzHugh-Nagumo diffusion and reaction on a square";
    const io::Axis time = time_axis(options_.final_time, options_.snapshots);
    std::vector<io::Axis> space{describe_axis("y", options_.axis()), describe_axis("x", options_.axis())};
    for (io::Axis& axis : space) {
      for (double& value : axis.values) value -= 1;
    }
    describe_trajectory(description, "u", "activator", time, space);
    describe_trajectory(description, "v", "inhibitor", time, space);
    description.attributes["diffusivity_u"] = options_.diffusivity_u;
    description.attributes["diffusivity_v"] = options_.diffusivity_v;
    description.attributes["k"] = options_.k;
    description.attributes["step"] = options_.step;
    return description;
  }

  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<DiffusionReactionGenerator>(options_, seed);
  }

 private:
  DiffusionReactionOptions options_;
};

}  // namespace

void fitzhugh_nagumo_reaction(double k, std::span<double> fields) {
  const std::size_t points = fields.size() / 2;
  for (std::size_t i = 0; i < points; ++i) {
    const double u = fields[i], v = fields[points + i];
    fields[i] = u - u * u * u - k - v;
    fields[points + i] = u - v;
  }
}

std::unique_ptr<Problem> make_diffusion_reaction_problem() {
  return std::make_unique<DiffusionReactionProblem>();
}

}  // namespace floe::pde
