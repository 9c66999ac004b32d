// SPDX-License-Identifier: MIT
#include "pde/point_sets/darcy_points.h"

#include <fmt/format.h>

#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "pde/darcy/coefficient.h"
#include "pde/darcy/darcy_system.h"
#include "pde/elliptic/elliptic_solver.h"
#include "pde/grid_axis.h"
#include "pde/point_sets/point_set_description.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

struct DarcyPointsOptions {
  int resolution = 65;
  int points = 64;
  int queries = 64;
  DarcyCoefficientOptions coefficient{.kind = DarcyCoefficientOptions::Kind::piecewise};
  EllipticSolverOptions solver;

  GridAxis axis() const {
    return {.points = resolution, .boundary = Boundary::dirichlet, .placement = Placement::vertices};
  }
};

void declare(config::Section& section, DarcyPointsOptions& options) {
  section.key("resolution", options.resolution, "points per direction of the grid, up to the boundary",
              config::between(5, 4096));
  section.key("points", options.points, "where the coefficient is known", config::at_least(1));
  section.key("queries", options.queries, "where the solution is asked for", config::at_least(1));
  bind(section, options.coefficient);
  section.key("tolerance", options.solver.tolerance, "relative residual that every solution meets",
              config::between(1e-14, 1e-2));
}

class DarcyPointsGenerator final : public Generator {
 public:
  DarcyPointsGenerator(const DarcyPointsOptions& options, std::uint64_t seed)
      : key_(random::make_key(seed, "darcy_points")),
        n_(static_cast<std::size_t>(options.resolution)),
        coefficient_(options.coefficient, options.axis()),
        system_(n_ - 2, n_ - 2),
        solver_(n_ - 2, n_ - 2, options.solver),
        source_((n_ - 2) * (n_ - 2)),
        u_(source_.size()),
        a_(n_ * n_),
        order_(source_.size()) {
    assemble_darcy_source(std::vector<double>(n_ * n_, 1.0), n_, Centring::vertex, source_);
  }

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    coefficient_(stream, a_);
    assemble_darcy(a_, n_, Centring::vertex, FaceRule::arithmetic, system_);
    solver_.solve(system_, source_, u_);
    place(stream, sample["inputs/context_position"], sample["inputs/context_value"],
          [&](std::size_t i, std::size_t j) { return a_[j * n_ + i]; });
    place(stream, sample["inputs/query_position"], sample["outputs/query_value"],
          [&](std::size_t i, std::size_t j) { return u_[(j - 1) * (n_ - 2) + i - 1]; });
  }

 private:
  /// Different vertices inside, each set of them with the same probability (the first steps of a shuffle).
  template <class Value>
  void place(random::Stream& stream, std::span<double> position, std::span<double> values, const Value& value) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    for (std::size_t p = 0; p < values.size(); ++p) {
      std::swap(order_[p], order_[p + stream.below(order_.size() - p)]);
      const std::size_t i = 1 + order_[p] % (n_ - 2);
      const std::size_t j = 1 + order_[p] / (n_ - 2);
      position[2 * p] = static_cast<double>(i) / static_cast<double>(n_ - 1);
      position[2 * p + 1] = static_cast<double>(j) / static_cast<double>(n_ - 1);
      values[p] = value(i, j);
    }
  }

  random::Key key_;
  std::size_t n_;
  DarcyCoefficient coefficient_;
  FivePointSystem system_;
  EllipticSolver solver_;
  std::vector<double> source_, u_, a_;
  std::vector<std::size_t> order_;
};

class DarcyPointsProblem final : public Problem {
 public:
  void bind(config::Section& section) override { declare(section, options_); }
  void validate() const override {
    options_.coefficient.validate();
    options_.solver.validate();
    const int inside = (options_.resolution - 2) * (options_.resolution - 2);
    if (options_.points > inside || options_.queries > inside) {
      throw ConfigError(
          fmt::format("{} points and {} queries of {} vertices inside the grid (none is taken twice); "
                      "ask for fewer, or give a larger resolution",
                      options_.points, options_.queries, inside));
    }
  }
  io::DatasetDescription description() const override {
    PointSetShape shape;
    shape.context_points = static_cast<std::size_t>(options_.points);
    shape.query_points = static_cast<std::size_t>(options_.queries);
    io::DatasetDescription description = describe_point_sets(shape);
    description.title = "Darcy flow, -div(a grad u) = 1 on the unit square, at scattered points";
    description.inputs[1].long_name = std::string("a");
    description.outputs[0].long_name = std::string("u");
    auto& attributes = description.attributes;
    attributes["equation"] = "-div(a grad u) = 1, u = 0 on the boundary";
    attributes["resolution"] = std::int64_t{options_.resolution};
    attributes["tolerance"] = options_.solver.tolerance;
    describe(options_.coefficient, attributes);
    return description;
  }
  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<DarcyPointsGenerator>(options_, seed);
  }

 private:
  DarcyPointsOptions options_;
};

}  // namespace

std::unique_ptr<Problem> make_darcy_points_problem() {
  return std::make_unique<DarcyPointsProblem>();
}

}  // namespace floe::pde
