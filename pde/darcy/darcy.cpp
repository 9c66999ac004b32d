// SPDX-License-Identifier: MIT
#include "pde/darcy/darcy.h"

#include <cstdint>
#include <vector>

#include "pde/darcy/coefficient.h"
#include "pde/darcy/darcy_system.h"
#include "pde/elliptic/elliptic_solver.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

struct DarcyOptions {
  int resolution = 85;
  Centring centring = Centring::vertex;
  FaceRule faces = FaceRule::arithmetic;
  DarcyCoefficientOptions coefficient;
  double source = 1.0;
  EllipticSolverOptions solver;

  GridAxis axis() const {
    return {.points = resolution,
            .boundary = Boundary::dirichlet,
            .placement = centring == Centring::vertex ? Placement::vertices : Placement::cells};
  }
};

void declare(config::Section& section, DarcyOptions& options) {
  section.key("resolution", options.resolution, "points per direction", config::between(3, 8192));
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
        n_(static_cast<std::size_t>(options.resolution)),
        unknowns_(darcy_unknowns(n_, options.centring)),
        coefficient_(options.coefficient, options.axis()),
        system_(unknowns_, unknowns_),
        solver_(unknowns_, unknowns_, options.solver),
        source_(unknowns_ * unknowns_),
        u_(unknowns_ * unknowns_) {
    assemble_darcy_source(std::vector<double>(n_ * n_, options.source), n_, options.centring, source_);
  }

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    const auto a = sample["inputs/coefficient"];
    coefficient_(stream, a);
    assemble_darcy(a, n_, options_.centring, options_.faces, system_);
    solver_.solve(system_, source_, u_);
    embed_darcy_solution(u_, n_, options_.centring, sample["outputs/solution"]);
  }

 private:
  DarcyOptions options_;
  random::Key key_;
  std::size_t n_, unknowns_;
  DarcyCoefficient coefficient_;
  FivePointSystem system_;
  EllipticSolver solver_;
  std::vector<double> source_, u_;
};

class DarcyProblem final : public Problem {
 public:
  void bind(config::Section& section) override { declare(section, options_); }
  void validate() const override {
    options_.coefficient.validate();
    options_.solver.validate();
  }
  io::DatasetDescription description() const override {
    io::DatasetDescription description;
    description.title = "Darcy flow, -div(a grad u) = f on the unit square";
    description.axes = {describe_axis("y", options_.axis()), describe_axis("x", options_.axis())};
    description.inputs = {{.name = "coefficient", .axes = {"y", "x"}, .long_name = "a"}};
    description.outputs = {{.name = "solution", .axes = {"y", "x"}, .long_name = "u"}};
    auto& attributes = description.attributes;
    attributes["equation"] = "-div(a grad u) = f, u = 0 on the boundary";
    attributes["source"] = options_.source;
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
