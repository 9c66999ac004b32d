// SPDX-License-Identifier: MIT
#include "pde/helmholtz/helmholtz.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "pde/grid_axis.h"
#include "pde/helmholtz/helmholtz_solver.h"
#include "pde/random_fields/gaussian_field.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

struct HelmholtzOptions {
  int resolution = 101;
  int refinement = 2;
  double omega = 1000.0;
  double mean_speed = 20.0;
  double contrast = 1.0;
  double source_width = 0.3;
  GaussianFieldOptions field{.alpha = 2.0, .tau = 3.0, .sigma = 1.0, .mean_zero = true};
  double tolerance = 1e-10;

  int fine_points() const { return (resolution - 1) * refinement + 1; }
  static GridAxis axis(int points) {
    return {.points = points, .boundary = Boundary::neumann, .placement = Placement::vertices};
  }
  void validate() const {
    field.validate();
    if (!(mean_speed > std::abs(contrast)))
      throw ConfigError(
          fmt::format("mean_speed = {} and contrast = {} (the wave speed must stay positive); use a larger "
                      "mean_speed",
                      mean_speed, contrast));
  }
};

void declare(config::Section& section, HelmholtzOptions& options) {
  section.key("resolution", options.resolution, "points per direction, including the boundary",
              config::between(3, 2048));
  section.key("refinement", options.refinement, "the equation is solved with spacings this many times smaller",
              config::between(1, 16));
  section.key("omega", options.omega, "angular frequency", config::positive());
  section.key("mean_speed", options.mean_speed, "wave speed where the Gaussian field is zero", config::positive());
  section.key("contrast", options.contrast, "factor of tanh(field) in the wave speed");
  section.key("source_width", options.source_width, "length of the middle part of the upper side where du/dn is one",
              config::above(0) & config::at_most(1));
  section.table("field", options.field, "the Gaussian field, without derivative across the boundary");
  section.key("tolerance", options.tolerance, "relative residual that every solution meets",
              config::between(1e-13, 1e-2));
}

/// The mean over [x - h / 2, x + h / 2] within [0, 1] of 1 for |x - 1/2| <= width / 2, else 0.
double source_at(double x, double h, double width) {
  const auto overlap = [](double a, double b, double c, double d) {
    return std::max(0.0, std::min(b, d) - std::max(a, c));
  };
  const double left = std::max(0.0, x - 0.5 * h), right = std::min(1.0, x + 0.5 * h);
  return overlap(left, right, 0.5 - 0.5 * width, 0.5 + 0.5 * width) / (right - left);
}

class HelmholtzGenerator final : public Generator {
 public:
  HelmholtzGenerator(const HelmholtzOptions& options, std::uint64_t seed)
      : options_(options),
        key_(random::make_key(seed, "helmholtz")),
        n_(static_cast<std::size_t>(options.resolution)),
        fine_(static_cast<std::size_t>(options.fine_points())),
        field_({HelmholtzOptions::axis(options.fine_points()), HelmholtzOptions::axis(options.fine_points())},
               options.field),
        solver_(fine_),
        speed_(fine_ * fine_),
        q_(fine_ * fine_),
        source_(fine_ * fine_),
        u_(fine_ * fine_),
        flux_(fine_) {
    const double h = 1.0 / static_cast<double>(fine_ - 1);
    for (std::size_t i = 0; i < fine_; ++i) flux_[i] = source_at(h * static_cast<double>(i), h, options.source_width);
  }

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(key_, index);
    field_(stream, speed_);
    for (std::size_t i = 0; i < speed_.size(); ++i) {
      speed_[i] = options_.mean_speed + options_.contrast * std::tanh(speed_[i]);
      q_[i] = options_.omega * options_.omega / (speed_[i] * speed_[i]);
    }
    solver_.solve(q_, source_, flux_, u_, options_.tolerance);
    coarsen(speed_, sample["inputs/wave_speed"]);
    coarsen(u_, sample["outputs/solution"]);
  }

 private:
  void coarsen(const std::vector<double>& from, std::span<double> to) const {
    const auto step = static_cast<std::size_t>(options_.refinement);
    for (std::size_t j = 0; j < n_; ++j)
      for (std::size_t i = 0; i < n_; ++i) to[j * n_ + i] = from[(j * fine_ + i) * step];
  }

  HelmholtzOptions options_;
  random::Key key_;
  std::size_t n_, fine_;
  GaussianField field_;
  HelmholtzSolver solver_;
  std::vector<double> speed_, q_, source_, u_, flux_;
};

class HelmholtzProblem final : public Problem {
 public:
  void bind(config::Section& section) override { declare(section, options_); }
  void validate() const override { options_.validate(); }
  io::DatasetDescription description() const override {
    io::DatasetDescription description;
    description.title = "Helmholtz equation in a random medium on the unit square";
    description.axes = {describe_axis("y", HelmholtzOptions::axis(options_.resolution)),
                        describe_axis("x", HelmholtzOptions::axis(options_.resolution))};
    description.inputs = {{.name = "wave_speed", .axes = {"y", "x"}, .long_name = "c"}};
    description.outputs = {{.name = "solution", .axes = {"y", "x"}, .long_name = "u"}};
    auto& attributes = description.attributes;
    attributes["equation"] = "(-Laplace - omega^2 / c^2) u = 0, du/dn = 1 on the middle of the upper side, 0 elsewhere";
    attributes["omega"] = options_.omega;
    attributes["mean_speed"] = options_.mean_speed;
    attributes["contrast"] = options_.contrast;
    attributes["source_width"] = options_.source_width;
    attributes["refinement"] = std::int64_t{options_.refinement};
    attributes["tolerance"] = options_.tolerance;
    describe(options_.field, "field_", attributes);
    return description;
  }
  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<HelmholtzGenerator>(options_, seed);
  }

 private:
  HelmholtzOptions options_;
};

}  // namespace

std::unique_ptr<Problem> make_helmholtz_problem() {
  return std::make_unique<HelmholtzProblem>();
}

}  // namespace floe::pde
