// SPDX-License-Identifier: MIT
#include "pde/navier_stokes/navier_stokes.h"

#include <cmath>
#include <string>
#include <vector>

#include "pde/grid_axis.h"
#include "pde/navier_stokes/vorticity_solver.h"
#include "pde/random_fields/gaussian_field.h"
#include "pde/trajectory.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

struct NavierStokesOptions {
  VorticityOptions solver;
  int resolution = 64;
  std::optional<double> final_time;
  std::optional<int> snapshots;
  GaussianFieldOptions initial{.alpha = 2.5, .tau = 7, .sigma = std::pow(7.0, 1.5), .mean_zero = true};

  StoredGrid grid() const { return nested_periodic_grid(2, resolution, solver.resolution); }
  /// Those of the published data.
  double duration() const {
    const double nu = solver.viscosity;
    return final_time.value_or(nu >= 0.99e-3 ? 50 : nu >= 0.99e-4 ? 30 : 20);
  }
  int count() const { return snapshots.value_or(std::max(1, static_cast<int>(std::lround(duration())))); }
};

void bind(config::Section& section, NavierStokesOptions& options) {
  section.key("viscosity", options.solver.viscosity, "nu, in lengths of the torus squared per time; 0 is allowed",
              config::at_least(0));
  section.key("forcing", options.solver.forcing, "amplitude A of the forcing, per time squared");
  section.key("resolution", options.resolution, "points stored along each axis", config::at_least(2));
  section.key("solver_resolution", options.solver.resolution,
              "points of the solver along each axis, a multiple of resolution", config::at_least(8));
  section.key("final_time", options.final_time,
              "time of the last snapshot; auto: 50, 30 and 20 for viscosities from 1e-3, from 1e-4 and below",
              config::positive());
  section.key("snapshots", options.snapshots, "states stored, at equal distances; auto: one per unit of time",
              config::at_least(1));
  section.key("step", options.solver.step, "longest time step; 0 leaves it to the Courant number", config::at_least(0));
  section.key("courant", options.solver.courant, "largest (|u| + |v|) step / spacing of an automatic step",
              config::positive());
  section.choice(
      "method", options.solver.method,
      {{"etdrk4", ode::SemilinearMethod::etdrk4},
       {"cn_heun", ode::SemilinearMethod::cn_heun},
       {"cn_euler", ode::SemilinearMethod::cn_euler}},
      "exponential differences of order 4, or Crank-Nicolson with Heun or Euler (that of the published data)");
  section.table("initial", options.initial, "the law of the initial vorticity");
}

class NavierStokesGenerator final : public Generator {
 public:
  NavierStokesGenerator(const NavierStokesOptions& options, std::uint64_t seed)
      : options_(options),
        key_(random::make_key(seed, "navier_stokes")),
        solver_(options.solver),
        initial_({GridAxis{.points = options.solver.resolution}, GridAxis{.points = options.solver.resolution}},
                 options.initial),
        fine_(initial_.size()) {}

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    initial_(stream, fine_);
    record_field(solver_, fine_, options_.grid(), options_.duration(), options_.count(), sample["inputs/vorticity"],
                 sample["outputs/vorticity"]);
  }

 private:
  NavierStokesOptions options_;
  random::Key key_;
  VorticitySolver solver_;
  GaussianField initial_;
  std::vector<double> fine_;
};

class NavierStokesProblem final : public Problem {
 public:
  void bind(config::Section& section) override { pde::bind(section, options_); }

  void validate() const override {
    options_.solver.validate();
    options_.initial.validate();
    static_cast<void>(options_.grid());  // throws unless one divides the other
  }

  io::DatasetDescription description() const override {
    io::DatasetDescription description;
    description.title = "forced two-dimensional Navier-Stokes flow on the unit torus, vorticity";
    const GridAxis axis{.points = options_.resolution};
    describe_trajectory(description, "vorticity", "vorticity", time_axis(options_.duration(), options_.count()),
                        {describe_axis("y", axis), describe_axis("x", axis)});
    auto& attributes = description.attributes;
    attributes["viscosity"] = options_.solver.viscosity;
    attributes["forcing"] = options_.solver.forcing;
    attributes["solver_resolution"] = static_cast<std::int64_t>(options_.solver.resolution);
    attributes["step"] = options_.solver.step;
    attributes["courant"] = options_.solver.courant;
    attributes["method"] = std::string(ode::to_string(options_.solver.method));
    describe(options_.initial, "initial_", attributes);
    return description;
  }

  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<NavierStokesGenerator>(options_, seed);
  }

 private:
  NavierStokesOptions options_;
};

}  // namespace

std::unique_ptr<Problem> make_navier_stokes_problem() {
  return std::make_unique<NavierStokesProblem>();
}

}  // namespace floe::pde
