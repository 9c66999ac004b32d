// SPDX-License-Identifier: MIT
#include "pde/poisson/poisson.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "pde/poisson/poisson_solver.h"
#include "pde/random_fields/gaussian_field.h"

namespace floe::pde {
namespace {

struct PoissonOptions {
  int dimension = 2;
  int resolution = 65;
  Boundary boundary = Boundary::dirichlet;
  Placement placement = Placement::vertices;
  LaplaceMethod method = LaplaceMethod::finite_difference;
  Boundary forcing_boundary = Boundary::dirichlet;
  GaussianFieldOptions forcing{.alpha = 2, .tau = 5, .sigma = 25};

  std::vector<GridAxis> axes(Boundary kind) const {
    return std::vector<GridAxis>(static_cast<std::size_t>(dimension),
                                 {.points = resolution, .boundary = kind, .placement = placement});
  }
  std::vector<GridAxis> axes() const { return axes(boundary); }
  std::vector<GridAxis> forcing_axes() const {
    return axes(boundary == Boundary::dirichlet ? forcing_boundary : boundary);
  }
  /// Only a forcing without mean has a solution where there is no Dirichlet boundary.
  GaussianFieldOptions law() const {
    GaussianFieldOptions law = forcing;
    law.mean_zero = law.mean_zero || boundary != Boundary::dirichlet;
    return law;
  }
};

void bind(config::Section& section, PoissonOptions& options) {
  section.key("dimension", options.dimension, "of the unit box", config::between(1, 3));
  section.key("resolution", options.resolution, "points along each axis; at vertices both ends count",
              config::at_least(1));
  section.choice("boundary", options.boundary,
                 {{"dirichlet", Boundary::dirichlet}, {"neumann", Boundary::neumann}, {"periodic", Boundary::periodic}},
                 "u = 0, no flux, or periodic");
  section.choice("placement", options.placement, {{"vertices", Placement::vertices}, {"cells", Placement::cells}},
                 "points at both ends of an axis, or at the centres of cells");
  section.choice("method", options.method,
                 {{"finite_difference", LaplaceMethod::finite_difference}, {"spectral", LaplaceMethod::spectral}},
                 "three points per axis, second order; or the wavenumbers, exact for what the grid resolves");
  section.when(options.boundary == Boundary::dirichlet, "boundary = \"dirichlet\"", [&] {
    section.choice("forcing_boundary", options.forcing_boundary,
                   {{"dirichlet", Boundary::dirichlet}, {"neumann", Boundary::neumann}},
                   "whether the forcing vanishes at the boundary or has no slope there");
  });
  bind(section, options.forcing);
}

class PoissonGenerator final : public Generator {
 public:
  PoissonGenerator(const PoissonOptions& options, std::uint64_t seed)
      : key_(random::make_key(seed, "poisson")),
        forcing_(options.forcing_axes(), options.law()),
        solve_(options.axes(), options.method) {}

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    const auto forcing = sample["inputs/forcing"];
    forcing_(stream, forcing);
    solve_(forcing, sample["outputs/solution"]);
  }

 private:
  random::Key key_;
  GaussianField forcing_;
  PoissonSolver solve_;
};

class PoissonProblem final : public Problem {
 public:
  void bind(config::Section& section) override { pde::bind(section, options_); }

  void validate() const override {
    for (const GridAxis& axis : options_.axes()) axis.validate();
    options_.forcing.validate();
  }

  io::DatasetDescription description() const override {
    const bool finite = options_.method == LaplaceMethod::finite_difference;
    io::DatasetDescription description;
    description.title = fmt::format("Poisson's equation in {} dimension{}, {} boundary", options_.dimension,
                                    options_.dimension == 1 ? "" : "s", to_string(options_.boundary));
    std::vector<std::string> names;
    for (const GridAxis& axis : options_.axes()) {
      names.emplace_back(1, "xyz"[names.size()]);
      description.axes.push_back(describe_axis(names.back(), axis));
    }
    description.inputs = {{.name = "forcing", .axes = names, .long_name = "f"}};
    description.outputs = {{.name = "solution", .axes = names, .long_name = "u, -Laplace u = f"}};
    auto& attributes = description.attributes;
    attributes["equation"] = std::string("-Laplace u = f");
    attributes["method"] = std::string(finite ? "finite_difference" : "spectral");
    attributes["placement"] = std::string(options_.placement == Placement::cells ? "cells" : "vertices");
    attributes["forcing_boundary"] = to_string(options_.forcing_axes().front().boundary);
    describe(options_.law(), "forcing_", attributes);
    return description;
  }

  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<PoissonGenerator>(options_, seed);
  }

 private:
  PoissonOptions options_;
};

}  // namespace

std::unique_ptr<Problem> make_poisson_problem() {
  return std::make_unique<PoissonProblem>();
}

}  // namespace floe::pde
