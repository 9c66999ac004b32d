// SPDX-License-Identifier: MIT
#include "pde/burgers/burgers.h"

#include <string>
#include <vector>

#include "pde/burgers/burgers_solver.h"
#include "pde/grid_axis.h"
#include "pde/random_fields/gaussian_field.h"
#include "pde/trajectory.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

struct BurgersOptions {
  BurgersSolverOptions solver;
  int resolution = 1024;
  double final_time = 1;
  int snapshots = 1;
  GaussianFieldOptions initial{.alpha = 2, .tau = 5, .sigma = 25};

  StoredGrid grid() const { return nested_periodic_grid(1, resolution, solver.resolution); }
};

void bind(config::Section& section, BurgersOptions& options) {
  section.key("viscosity", options.solver.viscosity, "nu, for the circle of length 1", config::positive());
  section.key("resolution", options.resolution, "points stored", config::at_least(2));
  section.key("solver_resolution", options.solver.resolution, "points of the solver, a multiple of resolution",
              config::at_least(8));
  section.key("final_time", options.final_time, "time of the last snapshot", config::positive());
  section.key("snapshots", options.snapshots, "states stored, at equal distances", config::at_least(1));
  section.key("courant", options.solver.courant, "|u| k step, k the largest wave number that viscosity leaves",
              config::positive() & config::at_most(1));
  section.table("initial", options.initial,
                "the law of the initial state; alpha = 2.5, tau = 7, sigma = 49, mean_zero = true is that of the "
                "published demonstration");
}

class BurgersGenerator final : public Generator {
 public:
  BurgersGenerator(const BurgersOptions& options, std::uint64_t seed)
      : options_(options),
        key_(random::make_key(seed, "burgers")),
        solver_(options.solver),
        initial_({GridAxis{.points = options.solver.resolution}}, options.initial),
        fine_(initial_.size()) {}

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    initial_(stream, fine_);
    record_field(solver_, fine_, options_.grid(), options_.final_time, options_.snapshots, sample["inputs/u"],
                 sample["outputs/u"]);
  }

 private:
  BurgersOptions options_;
  random::Key key_;
  BurgersSolver solver_;
  GaussianField initial_;
  std::vector<double> fine_;
};

class BurgersProblem final : public Problem {
 public:
  void bind(config::Section& section) override { pde::bind(section, options_); }

  void validate() const override {
    options_.solver.validate();
    options_.initial.validate();
    static_cast<void>(options_.grid());  // throws unless one divides the other
  }

  io::DatasetDescription description() const override {
    io::DatasetDescription description;
    description.title = "Burgers' equation on the unit circle";
    describe_trajectory(description, "u", "velocity", time_axis(options_.final_time, options_.snapshots),
                        {describe_axis("x", GridAxis{.points = options_.resolution})});
    auto& attributes = description.attributes;
    attributes["viscosity"] = options_.solver.viscosity;
    attributes["solver_resolution"] = static_cast<std::int64_t>(options_.solver.resolution);
    attributes["courant"] = options_.solver.courant;
    attributes["method"] = std::string(ode::to_string(ode::SemilinearMethod::etdrk4));
    describe(options_.initial, "initial_", attributes);
    return description;
  }

  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<BurgersGenerator>(options_, seed);
  }

 private:
  BurgersOptions options_;
};

}  // namespace

std::unique_ptr<Problem> make_burgers_problem() {
  return std::make_unique<BurgersProblem>();
}

}  // namespace floe::pde
