// SPDX-License-Identifier: MIT
#include "pde/darcy/masked_darcy.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "pde/darcy/masked_system.h"
#include "pde/elliptic/elliptic_solver.h"
#include "pde/grid_axis.h"
#include "pde/random_fields/karhunen_loeve.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

struct MaskedDarcyOptions {
  PlanarDomain domain = PlanarDomain::square;
  int resolution = 100;
  FaceRule faces = FaceRule::harmonic;
  KarhunenLoeveOptions field;
  double source = 1.0;
  EllipticSolverOptions solver;

  GridAxis axis() const {
    return {.points = resolution, .boundary = Boundary::dirichlet, .placement = Placement::vertices};
  }
};

const char* name_of(PlanarDomain domain) {
  switch (domain) {
    case PlanarDomain::square:
      return "square";
    case PlanarDomain::disk:
      return "disk";
    case PlanarDomain::triangle:
      return "triangle";
    case PlanarDomain::cross_hole:
      return "cross_hole";
    case PlanarDomain::triangle_hole:
      return "triangle_hole";
    case PlanarDomain::l_shape:
      return "l_shape";
  }
  return "";
}

void declare(config::Section& section, MaskedDarcyOptions& options) {
  using D = PlanarDomain;
  section.choice("domain", options.domain,
                 {{name_of(D::square), D::square},
                  {name_of(D::disk), D::disk},
                  {name_of(D::triangle), D::triangle},
                  {name_of(D::cross_hole), D::cross_hole},
                  {name_of(D::triangle_hole), D::triangle_hole},
                  {name_of(D::l_shape), D::l_shape}},
                 "where the equation holds, inside the unit square");
  section.key("resolution", options.resolution, "points per direction, up to the boundary of the square",
              config::between(12, 4096));
  section.choice("faces", options.faces, {{"arithmetic", FaceRule::arithmetic}, {"harmonic", FaceRule::harmonic}},
                 "mean of the coefficients of two neighbours");
  section.table("field", options.field, "the Gaussian field whose exponential is the coefficient");
  section.key("source", options.source, "f, the same everywhere");
  section.key("tolerance", options.solver.tolerance, "relative residual that every solution meets",
              config::between(1e-14, 1e-2));
}

class MaskedDarcyGenerator final : public Generator {
 public:
  MaskedDarcyGenerator(const MaskedDarcyOptions& options, std::shared_ptr<const KarhunenLoeve> field,
                       std::uint64_t seed)
      : key_(random::make_key(seed, "masked_darcy")),
        n_(static_cast<std::size_t>(options.resolution)),
        field_(std::move(field)),
        masked_(options.domain, n_, options.faces),
        system_(n_, n_),
        solver_(n_, n_, options.solver),
        source_(n_ * n_) {
    masked_.assemble_source(options.source, source_);
  }

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    const auto a = sample["inputs/coefficient"];
    (*field_)(stream, a);
    for (double& value : a) value = std::exp(value);
    masked_.assemble(a, system_);
    solver_.solve(system_, source_, sample["outputs/solution"]);
    std::copy(masked_.mask().begin(), masked_.mask().end(), sample["inputs/mask"].begin());
  }

 private:
  random::Key key_;
  std::size_t n_;
  std::shared_ptr<const KarhunenLoeve> field_;
  MaskedSystem masked_;
  FivePointSystem system_;
  EllipticSolver solver_;
  std::vector<double> source_;
};

class MaskedDarcyProblem final : public Problem {
 public:
  void bind(config::Section& section) override {
    declare(section, options_);
    field_.reset();
  }
  void validate() const override {
    options_.field.validate();
    options_.solver.validate();
  }
  io::DatasetDescription description() const override {
    io::DatasetDescription description;
    description.title = "Darcy flow, -div(K grad u) = f on a domain inside the unit square";
    description.axes = {describe_axis("y", options_.axis()), describe_axis("x", options_.axis())};
    description.inputs = {{.name = "coefficient", .axes = {"y", "x"}, .long_name = "K, on the whole square"},
                          {.name = "mask", .axes = {"y", "x"}, .long_name = "1 inside the domain"}};
    description.outputs = {{.name = "solution", .axes = {"y", "x"}, .long_name = "u, zero outside"}};
    auto& attributes = description.attributes;
    attributes["equation"] = "-div(K grad u) = f, u = 0 on the boundary of the domain";
    attributes["domain"] = name_of(options_.domain);
    attributes["source"] = options_.source;
    attributes["faces"] = options_.faces == FaceRule::harmonic ? "harmonic" : "arithmetic";
    attributes["tolerance"] = options_.solver.tolerance;
    describe(options_.field, "field_", attributes);
    return description;
  }
  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<MaskedDarcyGenerator>(options_, field(), seed);
  }

 private:
  /// The series, made once for all generators: eigenfunctions of the spherical kernel take seconds.
  std::shared_ptr<const KarhunenLoeve> field() const {
    const std::scoped_lock lock(making_field_);
    if (!field_) {
      const std::vector<double> points = options_.axis().coordinates();
      field_ = std::make_shared<const KarhunenLoeve>(points, points, options_.field);
    }
    return field_;
  }

  MaskedDarcyOptions options_;
  mutable std::mutex making_field_;
  mutable std::shared_ptr<const KarhunenLoeve> field_;
};

}  // namespace

std::unique_ptr<Problem> make_masked_darcy_problem() {
  return std::make_unique<MaskedDarcyProblem>();
}

}  // namespace floe::pde
