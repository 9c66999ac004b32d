// SPDX-License-Identifier: MIT
#include "pde/poisson/antiderivative.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "pde/grid_axis.h"
#include "pde/random_fields/kernel_series.h"
#include "random/stream.h"

namespace floe::pde {
namespace {

enum class Queries { random, grid };

struct AntiderivativeOptions {
  double length = 0.2;
  int sensors = 100;
  Queries queries = Queries::random;
  int points = 1;

  GridAxis sensor_axis() const { return {.points = sensors, .boundary = Boundary::neumann}; }
  std::vector<double> query_grid() const {
    return GridAxis{.points = points, .boundary = Boundary::neumann}.coordinates();
  }
};

void bind(config::Section& section, AntiderivativeOptions& options) {
  section.key("length", options.length, "correlation length of the function", config::at_least(0.005));
  section.key("sensors", options.sensors, "points where the function is known, both ends included",
              config::at_least(2));
  section.choice("queries", options.queries, {{"random", Queries::random}, {"grid", Queries::grid}},
                 "uniformly random in [0, 1], or evenly spaced with both ends");
  if (options.queries == Queries::grid) options.points = 100;
  section.key("points", options.points, "queries per sample; by default 1, or 100 on a grid",
              config::at_least(options.queries == Queries::grid ? 2 : 1));
}

class AntiderivativeGenerator final : public Generator {
 public:
  AntiderivativeGenerator(const AntiderivativeOptions& options, std::uint64_t seed)
      : options_(options),
        function_key_(random::make_key(seed, "antiderivative")),
        query_key_(random::make_key(seed, "antiderivative queries")),
        series_(options.length),
        at_sensors_(series_.eigenfunctions(options.sensor_axis().coordinates())),
        weights_(series_.eigenvalues().size()) {
    if (options_.queries == Queries::grid) at_queries_ = series_.antiderivatives(options_.query_grid());
  }

  void make(std::uint64_t index, Sample& sample) override {
    random::Stream stream(function_key_, index);
    for (Eigen::Index j = 0; j < weights_.size(); ++j) {
      weights_[j] = std::sqrt(series_.eigenvalues()[j]) * stream.normal();
    }
    set(sample["inputs/function"], at_sensors_);
    const auto query = sample["inputs/query_position"];
    if (options_.queries == Queries::grid) {
      std::ranges::copy(options_.query_grid(), query.begin());
    } else {
      random::Stream(query_key_, index).fill_uniform(query);
      at_queries_ = series_.antiderivatives(query);
    }
    set(sample["outputs/query_value"], at_queries_);
  }

 private:
  void set(std::span<double> values, const Eigen::MatrixXd& modes) const {
    Eigen::Map<Eigen::VectorXd>(values.data(), modes.rows()).noalias() = modes * weights_;
  }

  AntiderivativeOptions options_;
  random::Key function_key_;
  random::Key query_key_;
  SquaredExponentialSeries series_;
  Eigen::MatrixXd at_sensors_;
  Eigen::MatrixXd at_queries_;
  Eigen::VectorXd weights_;
};

class AntiderivativeProblem final : public Problem {
 public:
  void bind(config::Section& section) override { pde::bind(section, options_); }
  void validate() const override {}
  io::DatasetDescription description() const override {
    io::DatasetDescription description;
    description.title = "antiderivative of Gaussian random functions";
    description.axes = {describe_axis("x", options_.sensor_axis()),
                        {.name = "query", .values = {}},
                        {.name = "coordinate", .values = {0.0}},
                        {.name = "query_channel", .values = {0.0}}};
    description.axes[0].boundary_condition = "none";
    for (int i = 0; i < options_.points; ++i) description.axes[1].values.push_back(i);
    description.inputs = {{.name = "function", .axes = {"x"}, .long_name = "u"},
                          {.name = "query_position", .axes = {"query", "coordinate"}, .long_name = "y"}};
    description.outputs = {{.name = "query_value",
                            .axes = {"query", "query_channel"},
                            .long_name = "s(y), the integral of u from 0 to y"}};
    description.attributes["equation"] = std::string("s' = u, s(0) = 0");
    description.attributes["length"] = options_.length;
    description.attributes["queries"] = std::string(options_.queries == Queries::grid ? "grid" : "random");
    return description;
  }
  std::unique_ptr<Generator> make_generator(std::uint64_t seed) const override {
    return std::make_unique<AntiderivativeGenerator>(options_, seed);
  }

 private:
  AntiderivativeOptions options_;
};

}  // namespace

std::unique_ptr<Problem> make_antiderivative_problem() {
  return std::make_unique<AntiderivativeProblem>();
}

}  // namespace floe::pde
