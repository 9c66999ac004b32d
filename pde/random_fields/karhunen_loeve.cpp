// SPDX-License-Identifier: MIT
#include "pde/random_fields/karhunen_loeve.h"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>

#include "base/error.h"
#include "pde/random_fields/kernel_series.h"

namespace floe::pde {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
constexpr int nodes_per_axis = 28;

}  // namespace

void KarhunenLoeveOptions::validate() const {
  if (!(length >= 0.005))
    throw ConfigError(fmt::format("length = {} (too short for a series); set it to 0.005 or more", length));
  if (!(sigma > 0)) throw ConfigError(fmt::format("sigma = {} (the field would vanish); set it above 0", sigma));
  const int most = nodes_per_axis * nodes_per_axis;
  if (terms < 1 || terms > most)
    throw ConfigError(fmt::format("terms = {} (there are from 1 to {}); set it within", terms, most));
}

void bind(config::Section& section, KarhunenLoeveOptions& options) {
  section.choice(
      "kernel", options.kernel,
      {{"squared_exponential", Kernel::squared_exponential}, {"spherical", Kernel::spherical}},
      "covariance by distance: exp(-r^2 / 2 length^2), or 1 - 3 r / 2 length + r^3 / 2 length^3 up to length");
  section.key("length", options.length, "correlation length in units of the side", config::at_least(0.005));
  section.key("sigma", options.sigma, "standard deviation of the field", config::positive());
  section.key("terms", options.terms, "of the Karhunen-Loeve series",
              config::between(1, nodes_per_axis * nodes_per_axis));
}

double covariance(const KarhunenLoeveOptions& options, double r) {
  const double s = r / options.length;
  const double variance = options.sigma * options.sigma;
  if (options.kernel == Kernel::squared_exponential) return variance * std::exp(-0.5 * s * s);
  return s < 1 ? variance * (1 - 1.5 * s + 0.5 * s * s * s) : 0.0;
}

void describe(const KarhunenLoeveOptions& options, const std::string& prefix,
              std::map<std::string, io::hdf5::AttributeValue>& attributes) {
  const bool smooth = options.kernel == Kernel::squared_exponential;
  attributes[prefix + "kernel"] = std::string(smooth ? "squared_exponential" : "spherical");
  attributes[prefix + "length"] = options.length;
  attributes[prefix + "sigma"] = options.sigma;
  attributes[prefix + "terms"] = std::int64_t{options.terms};
}

KarhunenLoeve::KarhunenLoeve(std::vector<double> x, std::vector<double> y, const KarhunenLoeveOptions& options)
    : options_(options), rows_(static_cast<Eigen::Index>(x.size())), columns_(static_cast<Eigen::Index>(y.size())) {
  options_.validate();
  if (options_.kernel == Kernel::squared_exponential) {
    make_products(x, y);
  } else {
    make_by_quadrature(x, y);
  }
}

void KarhunenLoeve::make_products(const std::vector<double>& x, const std::vector<double>& y) {
  const SquaredExponentialSeries series(options_.length);
  const auto count = static_cast<Eigen::Index>(series.terms());
  std::vector<std::tuple<double, Eigen::Index, Eigen::Index>> pairs;  // the largest product first, then the first index
  for (Eigen::Index i = 0; i < count; ++i) {
    for (Eigen::Index j = 0; j < count; ++j) {
      pairs.emplace_back(-series.eigenvalues()[i] * series.eigenvalues()[j], i, j);
    }
  }
  std::ranges::sort(pairs);
  const std::size_t kept = std::min(static_cast<std::size_t>(options_.terms), pairs.size());
  eigenvalues_.resize(static_cast<Eigen::Index>(kept));
  Eigen::Index used = 0;
  for (std::size_t p = 0; p < kept; ++p) {
    const auto& [negative, i, j] = pairs[p];
    eigenvalues_[static_cast<Eigen::Index>(p)] = -negative * options_.sigma * options_.sigma;
    first_.push_back(i);
    second_.push_back(j);
    used = std::max({used, i + 1, j + 1});
  }
  along_x_ = series.eigenfunctions(x).leftCols(used);
  along_y_ = series.eigenfunctions(y).leftCols(used);
}

void KarhunenLoeve::make_by_quadrature(const std::vector<double>& x, const std::vector<double>& y) {
  const Quadrature line = gauss_legendre(nodes_per_axis, 1);
  const Eigen::Index count = nodes_per_axis * nodes_per_axis;
  Eigen::VectorXd root(count);
  Eigen::MatrixX2d node(count, 2);
  for (Eigen::Index i = 0; i < nodes_per_axis; ++i) {
    for (Eigen::Index j = 0; j < nodes_per_axis; ++j) {
      const Eigen::Index q = i * nodes_per_axis + j;
      node.row(q) << line.nodes[i], line.nodes[j];
      root[q] = std::sqrt(line.weights[i] * line.weights[j]);
    }
  }
  Eigen::MatrixXd kernel(count, count);
  for (Eigen::Index p = 0; p < count; ++p) {
    for (Eigen::Index q = 0; q <= p; ++q) {
      kernel(p, q) = kernel(q, p) = root[p] * root[q] * covariance(options_, (node.row(p) - node.row(q)).norm());
    }
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(kernel);
  eigenvalues_ = solver.eigenvalues().tail(options_.terms).reverse();
  Eigen::MatrixXd expansion = solver.eigenvectors().rightCols(options_.terms).rowwise().reverse();
  for (Eigen::Index p = 0; p < expansion.cols(); ++p) {
    Eigen::Index largest = 0;
    expansion.col(p).cwiseAbs().maxCoeff(&largest);
    expansion.col(p) = expansion.col(p).cwiseProduct(root) / eigenvalues_[p];
    if (expansion(largest, p) < 0) expansion.col(p) *= -1;
  }
  modes_.resize(rows_ * columns_, options_.terms);
  Eigen::MatrixXd row(columns_, count);
  for (Eigen::Index i = 0; i < rows_; ++i) {
    for (Eigen::Index j = 0; j < columns_; ++j) {
      const Eigen::RowVector2d at(x[static_cast<std::size_t>(i)], y[static_cast<std::size_t>(j)]);
      for (Eigen::Index q = 0; q < count; ++q) row(j, q) = covariance(options_, (at - node.row(q)).norm());
    }
    modes_.middleRows(i * columns_, columns_) = row * expansion;
  }
}

void KarhunenLoeve::operator()(random::Stream& stream, std::span<double> field) const {
  if (field.size() != size()) {
    throw ShapeError(
        fmt::format("memory for {} numbers (the field has {} points); give one per point", field.size(), size()));
  }
  Eigen::VectorXd weights(eigenvalues_.size());
  for (Eigen::Index p = 0; p < weights.size(); ++p) weights[p] = std::sqrt(eigenvalues_[p]) * stream.normal();
  Eigen::Map<RowMajor> out(field.data(), rows_, columns_);
  if (modes_.size() > 0) {
    Eigen::Map<Eigen::VectorXd>(field.data(), rows_ * columns_).noalias() = modes_ * weights;
    return;
  }
  Eigen::MatrixXd coefficients = Eigen::MatrixXd::Zero(along_x_.cols(), along_y_.cols());
  for (std::size_t p = 0; p < first_.size(); ++p) {
    coefficients(first_[p], second_[p]) = weights[static_cast<Eigen::Index>(p)];
  }
  out.noalias() = (along_x_ * coefficients) * along_y_.transpose();
}

Eigen::VectorXd KarhunenLoeve::eigenfunction(std::size_t p) const {
  if (modes_.size() > 0) return modes_.col(static_cast<Eigen::Index>(p));
  Eigen::VectorXd values(rows_ * columns_);
  Eigen::Map<RowMajor>(values.data(), rows_, columns_) = along_x_.col(first_[p]) * along_y_.col(second_[p]).transpose();
  return values;
}

}  // namespace floe::pde
