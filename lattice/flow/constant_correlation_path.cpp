// SPDX-License-Identifier: MIT
#include "lattice/flow/constant_correlation_path.h"

#include <fmt/format.h>

#include <Eigen/QR>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/parallel_for.h"
#include "flow/require.h"
#include "lattice/update.h"
#include "random/lane_stream.h"

namespace floe::lattice {
namespace {

struct Measured {
  double value;
  double error;
};

/// What one node tells about the path: its slope dm^2/du, and by how much m^2 must change for the susceptibility
/// wanted.
struct NodeMoments {
  Measured slope;
  Measured correction;
};

NodeMoments measure(const std::vector<Block<double>>& walkers, double coupling, double susceptibility) {
  // Columns A, sum phi^2, sum phi^4 of every walker; errors by leaving out one of `groups` groups at a time.
  constexpr int groups = 16;
  const Eigen::Index count = static_cast<Eigen::Index>(walkers.size()) * lane_count<double>;
  Eigen::ArrayX3d columns(count, 3);
  for (std::size_t b = 0; b < walkers.size(); ++b) {
    auto rows = columns.middleRows(static_cast<Eigen::Index>(b) * lane_count<double>, lane_count<double>);
    const auto& x = walkers[b];
    rows.col(0) = x.rowwise().sum().square() / static_cast<double>(x.cols());
    rows.col(1) = x.square().rowwise().sum();
    rows.col(2) = x.square().square().rowwise().sum();
  }
  const auto estimate = [&](const Eigen::ArrayX3d& c) {
    const Eigen::ArrayXd a = c.col(0) - c.col(0).mean();
    const double with_square = (a * c.col(1)).mean(), with_fourth = (a * c.col(2)).mean();
    return Eigen::Array2d(-coupling * with_fourth / with_square, (c.col(0).mean() - susceptibility) / with_square);
  };
  const Eigen::Array2d all = estimate(columns);
  Eigen::Array2d spread = Eigen::Array2d::Zero();
  const Eigen::Index size = count / groups;
  for (int g = 0; g < groups; ++g) {
    Eigen::ArrayX3d rest(count - size, 3);
    rest << columns.topRows(g * size), columns.bottomRows(count - (g + 1) * size);
    spread += (estimate(rest) - all).square() * (groups - 1.0) / groups;
  }
  return {{all[0], std::sqrt(spread[0])}, {all[1], std::sqrt(spread[1])}};
}

}  // namespace

void PilotOptions::validate() const {
  flow::require_at_least("path.walkers", walkers, 128);
  flow::require_at_least("path.nodes", nodes, 6);
  flow::require_at_least("path.passes", passes, 1);
  flow::require_at_least("path.updates", updates, 1);
  flow::require_at_least("path.power", power, 1);
}

Phi4Schedule constant_correlation_schedule(const Geometry& geometry, const Phi4& target, double susceptibility,
                                           const PilotOptions& options, std::uint64_t seed) {
  options.validate();
  target.validate();
  if (!(susceptibility > 0) || !std::isfinite(susceptibility))
    throw NumericalError(
        fmt::format("susceptibility {} of the target (must be positive); measure it again or give path.susceptibility",
                    susceptibility));
  Phi4Schedule schedule{
      .target = target, .base_mass_squared = 1 / (2 * susceptibility), .bend = {}, .power = options.power};
  if (target.coupling == 0) return schedule;

  const FreeField base(geometry, schedule.base_mass_squared);
  const std::int64_t block_count = (options.walkers + lane_count<double> - 1) / lane_count<double>;
  // Nodes lie closer where the coupling sets in, for there the path bends most.
  const auto u_of = [&](int node) { return std::pow(static_cast<double>(node) / (options.nodes - 1), 1.7); };

  // Rows of the fit of bend_i: values of u (1 - u) u^(i/2) and slopes, divided by their errors.
  const auto shape = [](double u, std::size_t i) { return std::pow(u, 1 + i / 2.0) - std::pow(u, 2 + i / 2.0); };
  const auto shape_slope = [](double u, std::size_t i) {
    return (1 + i / 2.0) * std::pow(u, i / 2.0) - (2 + i / 2.0) * std::pow(u, 1 + i / 2.0);
  };
  constexpr std::size_t shapes = std::tuple_size_v<decltype(schedule.bend)>;
  Eigen::MatrixXd fit(2 * options.passes * (options.nodes - 1), shapes);
  Eigen::VectorXd observed(fit.rows());
  Eigen::Index row = 0;
  const auto add = [&](double u, const auto& function, double line, Measured measured) {
    for (std::size_t i = 0; i < shapes; ++i) fit(row, static_cast<Eigen::Index>(i)) = function(u, i) / measured.error;
    observed[row++] = (measured.value - line) / measured.error;
  };
  const double line_slope = target.mass_squared - schedule.base_mass_squared;

  for (int pass = 0; pass < options.passes; ++pass) {
    const auto key = random::make_key(seed, fmt::format("pilot {}", pass));
    std::vector<Block<double>> walkers(block_count);
    std::vector<random::LaneStream> streams;
    for (std::int64_t b = 0; b < block_count; ++b) streams.emplace_back(key, b * lane_count<double>);
    parallel_for(block_count, [&](std::int64_t b) { base.sample(streams[b], walkers[b]); });
    double mass_squared = schedule.base_mass_squared;
    double slope = -6 * target.coupling * base.phi_squared();  // exact at the free field, by Wick's theorem
    for (int node = 1; node < options.nodes; ++node) {
      const double u = u_of(node);
      mass_squared += (u - u_of(node - 1)) * slope;
      const auto worker = [&] { return make_wolff_update(geometry, {mass_squared, u * target.coupling}, {}, {}); };
      parallel_for(block_count, worker, [&](const std::unique_ptr<Update>& update, std::int64_t b) {
        for (int i = 0; i < options.updates; ++i) (*update)(walkers[b], streams[b], Phase::measurement);
      });
      const NodeMoments moments = measure(walkers, target.coupling, susceptibility);
      mass_squared += moments.correction.value;
      slope = moments.slope.value;
      if (!std::isfinite(mass_squared) || !(moments.slope.error > 0) || !(moments.correction.error > 0))
        throw NumericalError(
            fmt::format("the pilot run of the path broke down at lambda = {} (m^2 = {}); give "
                        "path.susceptibility or more path.walkers",
                        u * target.coupling, mass_squared));
      add(u, shape_slope, line_slope, moments.slope);
      add(u, shape, schedule.base_mass_squared + u * line_slope, {mass_squared, moments.correction.error});
    }
  }
  const Eigen::VectorXd bend = fit.colPivHouseholderQr().solve(observed);
  std::copy(bend.begin(), bend.end(), schedule.bend.begin());
  return schedule;
}

}  // namespace floe::lattice
