// SPDX-License-Identifier: MIT
#include "pde/random_fields/gaussian_field.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "base/error.h"

namespace floe::pde {
namespace {

/// How many modes of an axis are told apart by its points.
int resolved(const GridAxis& axis) {
  if (axis.boundary == Boundary::periodic) return axis.points % 2 == 0 ? std::max(axis.points - 1, 1) : axis.points;
  return columns(axis);
}

/// Half waves of the periodic mode j: 0, 1, 1, 2, 2, ... waves; of others j or j + 1 half waves.
int half_waves(const GridAxis& axis, int j) {
  if (axis.boundary == Boundary::periodic) return 2 * ((j + 1) / 2);
  return axis.boundary == Boundary::neumann ? j : j + 1;
}

double wavenumber(const GridAxis& axis, int j) {
  return std::numbers::pi * half_waves(axis, j) / axis.length;
}

double basis(const GridAxis& axis, int j, double x) {
  const double scale = 1 / std::sqrt(axis.length);
  if (half_waves(axis, j) == 0) return scale;
  const bool sine = axis.boundary == Boundary::dirichlet || (axis.boundary == Boundary::periodic && j % 2 == 0);
  const double phase = wavenumber(axis, j) * x;
  return scale * std::numbers::sqrt2 * (sine ? std::sin(phase) : std::cos(phase));
}

/// The basis function j at the points of an axis is `factor` times column `target` of the axis's transform.
struct Column {
  int target;
  double factor;
};

/// `doubled`: whether the transform multiplies this column by 2.
Column column(const GridAxis& axis, int target, double sign, bool constant, bool doubled) {
  const double norm = (constant ? 1.0 : std::numbers::sqrt2) / std::sqrt(axis.length);
  return {target, sign * norm / (doubled ? 2 : 1)};
}

Column periodic_column(const GridAxis& axis, int j) {
  const int n = axis.points;
  const bool sine = j > 0 && j % 2 == 0;
  int k = ((j + 1) / 2) % n;
  double sign = 1;
  if (2 * k > n) {
    k = n - k;
    if (sine) sign = -1;
  }
  const bool own_mirror = k == 0 || 2 * k == n;
  if (sine && own_mirror) return {0, 0.0};
  if (sine) return column(axis, n - k, -sign, false, true);  // the transform takes -i_k sin
  return column(axis, k, sign, j == 0, !own_mirror);
}

/// cos(pi h x_i) or sin(pi h x_i) at the points has period 2 N in h, and is odd or even about h = N.
Column half_wave_column(const GridAxis& axis, int h) {
  const bool cells = axis.placement == Placement::cells;
  const bool sine = axis.boundary == Boundary::dirichlet;
  const int n = cells ? axis.points : axis.points - 1;
  const bool constant = h == 0;
  double sign = 1;
  // At vertices x_i = i / n both come back after h = 2 n; at centres (i + 1/2) / n they change sign there.
  const int turns = h / (2 * n);
  if (cells && turns % 2 != 0) sign = -sign;
  h %= 2 * n;
  if (h > n) {
    h = 2 * n - h;
    if (sine != cells) sign = -sign;
  }
  if (sine) {
    if (h == 0 || (h == n && !cells)) return {0, 0.0};
    return column(axis, h - 1, sign, false, !(cells && h == n));
  }
  if (cells && h == n) return {0, 0.0};
  return column(axis, h, sign, constant, !(h == 0 || (!cells && h == n)));
}

Column column_of(const GridAxis& axis, int j) {
  return axis.boundary == Boundary::periodic ? periodic_column(axis, j) : half_wave_column(axis, half_waves(axis, j));
}

/// All indices below the counts, those with a smaller largest one first, each shell in C order.
std::vector<int> shells(const std::vector<int>& counts) {
  std::size_t total = 1;
  for (const int count : counts) total *= static_cast<std::size_t>(count);
  std::vector<std::size_t> order(total);
  std::vector<int> all(total * counts.size());
  std::vector<int> largest(total);
  for (std::size_t i = 0; i < total; ++i) {
    order[i] = i;
    std::size_t rest = i;
    for (std::size_t a = counts.size(); a-- > 0;) {
      const auto count = static_cast<std::size_t>(counts[a]);
      all[i * counts.size() + a] = static_cast<int>(rest % count);
      rest /= count;
      largest[i] = std::max(largest[i], all[i * counts.size() + a]);
    }
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return largest[a] < largest[b]; });
  std::vector<int> sorted;
  sorted.reserve(all.size());
  for (const std::size_t i : order) {
    for (std::size_t a = 0; a < counts.size(); ++a) sorted.push_back(all[i * counts.size() + a]);
  }
  return sorted;
}

}  // namespace

void GaussianFieldOptions::validate() const {
  const auto fail = [](const std::string& problem) { throw ConfigError(problem); };
  if (!(alpha > 0)) fail(fmt::format("alpha = {} (a field needs a decaying spectrum); set it above 0", alpha));
  if (!(tau >= 0)) fail(fmt::format("tau = {} (it must not be negative); set it to 0 or more", tau));
  if (!(sigma > 0)) fail(fmt::format("sigma = {} (the scale must be positive); set it above 0", sigma));
  if (modes < 0) fail(fmt::format("modes = {} (a number of modes); set it to 0 for as many as resolved", modes));
}

void bind(config::Section& section, GaussianFieldOptions& options) {
  section.key("alpha", options.alpha, "decay of the covariance sigma^2 (-Laplace + tau^2)^-alpha", config::positive());
  section.key("tau", options.tau, "inverse length beyond which the spectrum decays", config::at_least(0));
  section.key("sigma", options.sigma, "scale of the covariance", config::positive());
  section.key("mean_zero", options.mean_zero, "leave out the constant mode");
  section.key("modes", options.modes,
              "modes along each axis, 0: as many as the grid resolves; a number makes samples the same function on "
              "every grid",
              config::at_least(0));
}

void describe(const GaussianFieldOptions& options, const std::string& prefix,
              std::map<std::string, io::hdf5::AttributeValue>& attributes) {
  attributes[prefix + "alpha"] = options.alpha;
  attributes[prefix + "tau"] = options.tau;
  attributes[prefix + "sigma"] = options.sigma;
  attributes[prefix + "mean_zero"] = std::int64_t{options.mean_zero ? 1 : 0};
  attributes[prefix + "modes"] = std::int64_t{options.modes};
}

GaussianField::GaussianField(std::vector<GridAxis> box, const GaussianFieldOptions& options)
    : grid_(std::move(box)), coefficients_(grid_.coefficient_count()) {
  options.validate();
  std::vector<int> counts;
  bool constant_mode = true;
  for (const GridAxis& axis : axes()) {
    counts.push_back(options.modes > 0 ? options.modes : resolved(axis));
    constant_mode = constant_mode && axis.boundary != Boundary::dirichlet;
  }
  if (constant_mode && options.tau == 0 && !options.mean_zero) {
    throw ConfigError(
        "tau = 0 (the constant mode then has no variance to be drawn with); set mean_zero or tau above 0");
  }
  indices_ = shells(counts);
  for (std::size_t p = 0; p * axes().size() < indices_.size(); ++p) {
    Mode mode{.target = 0, .weight = 1, .eigenvalue = 0};
    double square = 0;
    for (std::size_t a = 0; a < axes().size(); ++a) {
      const int j = wave_index(p, a);
      const Column to = column_of(axes()[a], j);
      mode.target = mode.target * static_cast<std::size_t>(columns(axes()[a])) + static_cast<std::size_t>(to.target);
      mode.weight *= to.factor;
      square += std::pow(wavenumber(axes()[a], j), 2);
    }
    const bool left_out = options.mean_zero && square == 0;
    if (!left_out) {
      mode.eigenvalue = options.sigma * options.sigma * std::pow(square + options.tau * options.tau, -options.alpha);
    }
    mode.weight *= std::sqrt(mode.eigenvalue);
    modes_.push_back(mode);
  }
}

void GaussianField::operator()(random::Stream& stream, std::span<double> field) {
  std::ranges::fill(coefficients_, 0.0);
  for (const Mode& mode : modes_) coefficients_[mode.target] += mode.weight * stream.normal();
  grid_.synthesize(coefficients_, field);
}

void GaussianField::synthesize(std::span<const double> xi, std::span<double> field) {
  if (xi.size() != modes_.size()) {
    throw ShapeError(
        fmt::format("{} coefficients (the field has {} modes); give one per mode", xi.size(), modes_.size()));
  }
  std::ranges::fill(coefficients_, 0.0);
  for (std::size_t p = 0; p < xi.size(); ++p) coefficients_[modes_[p].target] += modes_[p].weight * xi[p];
  grid_.synthesize(coefficients_, field);
}

double GaussianField::eigenfunction(std::size_t p, std::span<const double> x) const {
  double product = 1;
  for (std::size_t a = 0; a < axes().size(); ++a) product *= basis(axes()[a], wave_index(p, a), x[a]);
  return product;
}

double GaussianField::covariance(std::span<const double> x, std::span<const double> y) const {
  double sum = 0;
  for (std::size_t p = 0; p < modes_.size(); ++p) {
    sum += modes_[p].eigenvalue * eigenfunction(p, x) * eigenfunction(p, y);
  }
  return sum;
}

}  // namespace floe::pde
