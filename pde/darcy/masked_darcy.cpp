// SPDX-License-Identifier: MIT
#include "pde/darcy/masked_darcy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/nearest.h"
#include "pde/darcy/masked_system.h"
#include "pde/elliptic/elliptic_solver.h"
#include "pde/grid_axis.h"
#include "pde/random_fields/karhunen_loeve.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

const std::vector<std::pair<std::string, PlanarDomain>> domain_names{{"square", PlanarDomain::square},
                                                                     {"disk", PlanarDomain::disk},
                                                                     {"triangle", PlanarDomain::triangle},
                                                                     {"cross_hole", PlanarDomain::cross_hole},
                                                                     {"triangle_hole", PlanarDomain::triangle_hole},
                                                                     {"l_shape", PlanarDomain::l_shape}};

struct MaskedDarcyOptions {
  std::vector<std::string> domains{"square"};
  bool logarithm = false;
  int resolution = 100;
  FaceRule faces = FaceRule::harmonic;
  KarhunenLoeveOptions field;
  double source = 1.0;
  EllipticSolverOptions solver;

  GridAxis axis() const {
    return {.points = resolution, .boundary = Boundary::dirichlet, .placement = Placement::vertices};
  }
};

/// The number of a domain in domain_names. Throws ConfigError.
std::size_t number_of(const std::string& name) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < domain_names.size(); ++i) {
    if (domain_names[i].first == name) return i;
    names.push_back(domain_names[i].first);
  }
  throw ConfigError(fmt::format("unknown domain '{}' (the domains are {}); {}", name, fmt::join(names, ", "),
                                suggestion(name, names)));
}

void declare(config::Section& section, MaskedDarcyOptions& options) {
  section.key("domains", options.domains,
              "where the equation holds, inside the unit square; of several each sample has one, with equal "
              "probability: square, disk, triangle, cross_hole, triangle_hole, l_shape",
              config::not_empty());
  section.key("logarithm", options.logarithm, "whether log K is stored, as log_coefficient, in place of K");
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
        logarithm_(options.logarithm),
        n_(static_cast<std::size_t>(options.resolution)),
        field_(std::move(field)),
        system_(n_, n_),
        solver_(n_, n_, options.solver),
        coefficient_(n_ * n_) {
    for (const std::string& name : options.domains) {
      const std::size_t number = number_of(name);
      Geometry& geometry = geometries_.emplace_back(
          Geometry{number, MaskedSystem(domain_names[number].second, n_, options.faces), std::vector<double>(n_ * n_)});
      geometry.system.assemble_source(options.source, geometry.source);
    }
  }

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    const auto stored = sample[logarithm_ ? "inputs/log_coefficient" : "inputs/coefficient"];
    (*field_)(stream, stored);
    std::ranges::transform(stored, coefficient_.begin(), [](double value) { return std::exp(value); });
    if (!logarithm_) std::ranges::copy(coefficient_, stored.begin());
    // Drawn after the field: that is the same function whatever the domains are.
    const Geometry& geometry = geometries_[stream.below(geometries_.size())];
    geometry.system.assemble(coefficient_, system_);
    solver_.solve(system_, geometry.source, sample["outputs/solution"]);
    std::ranges::copy(geometry.system.mask(), sample["inputs/mask"].begin());
    sample["parameters/domain"][0] = static_cast<double>(geometry.number);
  }

 private:
  struct Geometry {
    std::size_t number;  ///< in domain_names
    MaskedSystem system;
    std::vector<double> source;
  };

  random::Key key_;
  bool logarithm_;
  std::size_t n_;
  std::shared_ptr<const KarhunenLoeve> field_;
  std::vector<Geometry> geometries_;
  FivePointSystem system_;
  EllipticSolver solver_;
  std::vector<double> coefficient_;
};

class MaskedDarcyProblem final : public Problem {
 public:
  void bind(config::Section& section) override {
    declare(section, options_);
    field_.reset();
  }
  void validate() const override {
    for (const std::string& name : options_.domains) number_of(name);
    options_.field.validate();
    options_.solver.validate();
  }
  io::DatasetDescription description() const override {
    io::DatasetDescription description;
    description.title = "Darcy flow, -div(K grad u) = f on a domain inside the unit square";
    description.axes = {describe_axis("y", options_.axis()), describe_axis("x", options_.axis())};
    const io::Field coefficient =
        options_.logarithm
            ? io::Field{.name = "log_coefficient", .axes = {"y", "x"}, .long_name = "log K, on the whole square"}
            : io::Field{.name = "coefficient", .axes = {"y", "x"}, .long_name = "K, on the whole square"};
    description.inputs = {coefficient, {.name = "mask", .axes = {"y", "x"}, .long_name = "1 inside the domain"}};
    description.outputs = {{.name = "solution", .axes = {"y", "x"}, .long_name = "u, zero outside"}};
    std::vector<std::string> numbered;
    for (std::size_t i = 0; i < domain_names.size(); ++i)
      numbered.push_back(fmt::format("{} {}", i, domain_names[i].first));
    description.parameters = {
        {.name = "domain", .type = io::ElementType::int64, .long_name = fmt::format("{}", fmt::join(numbered, ", "))}};
    auto& attributes = description.attributes;
    attributes["equation"] = "-div(K grad u) = f, u = 0 on the boundary of the domain";
    attributes["domains"] = fmt::format("{}", fmt::join(options_.domains, ", "));
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
