// SPDX-License-Identifier: MIT
#include "pde/darcy/darcy.h"

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"
#include "pde/darcy/coefficient.h"
#include "pde/darcy/darcy_system.h"
#include "pde/elliptic/elliptic_solver.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

struct DarcyOptions {
  int resolution = 85;
  int refinement = 1;  ///< cells of the solver's grid per cell of the stored one, along each axis
  Centring centring = Centring::vertex;
  FaceRule faces = FaceRule::arithmetic;
  DarcyCoefficientOptions coefficient;
  double source = 1.0;
  EllipticSolverOptions solver;

  /// Points per direction of the solver's grid.
  int solver_resolution() const { return (resolution - 1) * refinement + 1; }
  GridAxis axis(int points) const {
    return {.points = points,
            .boundary = Boundary::dirichlet,
            .placement = centring == Centring::vertex ? Placement::vertices : Placement::cells};
  }

  void validate() const {
    if (refinement > 1 && centring == Centring::cell) {
      throw ConfigError(
          "darcy: refinement goes with centring = \"vertex\" only (the centres of finer cells are other points); leave "
          "one "
          "of the two out");
    }
    if (solver_resolution() > 8192) {
      throw ConfigError(
          fmt::format("darcy: resolution = {} and refinement = {} make {} points per direction (8192 are the most); "
                      "lower one of the two",
                      resolution, refinement, solver_resolution()));
    }
    coefficient.validate();
    solver.validate();
  }
};

void declare(config::Section& section, DarcyOptions& options) {
  section.key("resolution", options.resolution, "points per direction", config::between(3, 8192));
  section.key(
      "refinement", options.refinement,
      "cells of the solver's grid per cell of the stored points, per direction; 5 gives 85 of 421 points, as in "
      "the studies on the FNO data",
      config::between(1, 4096));
  section.choice("centring", options.centring, {{"vertex", Centring::vertex}, {"cell", Centring::cell}},
                 "points up to and on the boundary, or centres of cells");
  section.choice("faces", options.faces, {{"arithmetic", FaceRule::arithmetic}, {"harmonic", FaceRule::harmonic}},
                 "mean of the coefficients of two neighbours: arithmetic as in the FNO data, or harmonic");
  bind(section, options.coefficient);
  section.key("source", options.source, "f, the same everywhere");
  section.key("tolerance", options.solver.tolerance, "relative residual that every solution meets",
              config::between(1e-14, 1e-2));
}

class DarcyGenerator final : public Generator {
 public:
  DarcyGenerator(const DarcyOptions& options, std::uint64_t seed)
      : options_(options),
        key_(random::make_key(seed, "darcy")),
        n_(static_cast<std::size_t>(options.solver_resolution())),
        unknowns_(darcy_unknowns(n_, options.centring)),
        coefficient_(options.coefficient, options.axis(options.solver_resolution())),
        system_(unknowns_, unknowns_),
        solver_(unknowns_, unknowns_, options.solver),
        source_(unknowns_ * unknowns_),
        u_(unknowns_ * unknowns_),
        fine_coefficient_(options.refinement > 1 ? n_ * n_ : 0),
        fine_solution_(fine_coefficient_.size()) {
    assemble_darcy_source(std::vector<double>(n_ * n_, options.source), n_, options.centring, source_);
  }

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    const auto coefficient = sample["inputs/coefficient"];
    const auto solution = sample["outputs/solution"];
    const bool fine = options_.refinement > 1;
    const std::span<double> a = fine ? std::span(fine_coefficient_) : coefficient;
    const std::span<double> u = fine ? std::span(fine_solution_) : solution;
    coefficient_(stream, a);
    assemble_darcy(a, n_, options_.centring, options_.faces, system_);
    solver_.solve(system_, source_, u_);
    embed_darcy_solution(u_, n_, options_.centring, u);
    if (!fine) return;
    keep(a, coefficient);
    keep(u, solution);
  }

 private:
  /// Every refinement-th point of the solver's grid.
  void keep(std::span<const double> fine, std::span<double> stored) const {
    const auto n = static_cast<std::size_t>(options_.resolution), every = static_cast<std::size_t>(options_.refinement);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) stored[i * n + j] = fine[(i * n_ + j) * every];
    }
  }

  DarcyOptions options_;
  random::Key key_;
  std::size_t n_, unknowns_;
  DarcyCoefficient coefficient_;
  FivePointSystem system_;
  EllipticSolver solver_;
  std::vector<double> source_, u_;
  std::vector<double> fine_coefficient_, fine_solution_;
};

class DarcyProblem final : public Problem {
 public:
  void bind(config::Section& section) override { declare(section, options_); }
  void validate() const override { options_.validate(); }
  io::DatasetDescription description() const override {
    io::DatasetDescription description;
    description.title = "Darcy flow, -div(a grad u) = f on the unit square";
    description.axes = {describe_axis("y", options_.axis(options_.resolution)),
                        describe_axis("x", options_.axis(options_.resolution))};
    description.inputs = {{.name = "coefficient", .axes = {"y", "x"}, .long_name = "a"}};
    description.outputs = {{.name = "solution", .axes = {"y", "x"}, .long_name = "u"}};
    auto& attributes = description.attributes;
    attributes["equation"] = "-div(a grad u) = f, u = 0 on the boundary";
    attributes["source"] = options_.source;
    attributes["refinement"] = std::int64_t{options_.refinement};
    attributes["centring"] = options_.centring == Centring::vertex ? "vertex" : "cell";
    attributes["faces"] = options_.faces == FaceRule::harmonic ? "harmonic" : "arithmetic";
    attributes["tolerance"] = options_.solver.tolerance;
    describe(options_.coefficient, attributes);
    return description;
  }
  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<DarcyGenerator>(options_, seed);
  }

 private:
  DarcyOptions options_;
};

}  // namespace

std::unique_ptr<Problem> make_darcy_problem() {
  return std::make_unique<DarcyProblem>();
}

}  // namespace floe::pde
