// SPDX-License-Identifier: MIT
#include "lattice/observables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.h"
#include "lattice/vector.h"

namespace floe::lattice {
namespace {

// The columns before the correlator.
enum Column : int {
  magnetisation,
  abs_magnetisation,
  m_squared,
  m_fourth,
  phi_squared,
  phi_fourth,
  links,
  action_density,
  two_point_k_min,
  correlator
};

Lanes<double> lanes(Vector<double> vector) {
  return Eigen::Map<const Lanes<double>>(reinterpret_cast<const double*>(&vector));
}

// The sums over sites that one pass over the field gives.
struct SiteSums {
  Vector<double> square{}, fourth{}, links{};
};

// Walks the field once. Slice sums (lane, slice) are kept for the axes of size `time`, one axis after the other.
SiteSums sum_sites(const Geometry& geometry, int time, const Block<double>& phi, Block<double>& slices) {
  const Vector<double>* const field = sites(phi);
  const int length = geometry.row_length();
  const int transverse = geometry.dimension() - 1;
  SiteSums sums;
  for (int row = 0; row < geometry.row_count(); ++row) {
    const Vector<double>* const x = field + static_cast<std::ptrdiff_t>(row) * length;
    Vector<double> row_sum{};
    Vector<double> square_sum{};
    Vector<double> fourth_sum{};
    Vector<double> link_sum = x[length - 1] * x[0];
    for (int i = 0; i < length; ++i) {
      const Vector<double> square = x[i] * x[i];
      row_sum += x[i];
      square_sum += square;
      fourth_sum += square * square;
      if (i > 0) link_sum += x[i - 1] * x[i];
    }
    for (int axis = 0; axis < transverse; ++axis) {
      const Vector<double>* const up =
          field + static_cast<std::ptrdiff_t>(geometry.row_neighbours(row)[2 * axis]) * length;
      for (int i = 0; i < length; ++i) link_sum += x[i] * up[i];
    }
    sums.square += square_sum;
    sums.fourth += fourth_sum;
    sums.links += link_sum;

    Vector<double>* slice = sites(slices);
    const auto coordinates = geometry.coordinates(row * length);
    for (int axis = 0; axis < transverse; ++axis) {
      if (geometry.size(axis) != time) continue;
      slice[coordinates[static_cast<std::size_t>(axis)]] += row_sum;
      slice += time;
    }
    if (length == time) {
      for (int i = 0; i < length; ++i) slice[i] += x[i];
    }
  }
  return sums;
}

}  // namespace

Observables::Observables(Geometry geometry, const Phi4& phi4)
    : geometry_(std::move(geometry)), phi4_(phi4), time_(*std::ranges::max_element(geometry_.sizes())) {
  names_ = {"magnetisation", "abs_magnetisation", "m_squared", "m_fourth", "phi_squared", "phi_fourth", "links",
            "action",        "two_point_k_min"};
  for (int t = 0; t <= time_ / 2; ++t) names_.push_back(fmt::format("correlator_{}", t));
}

int Observables::index(const std::string& name) const {
  const auto found = std::ranges::find(names_, name);
  if (found == names_.end()) {
    throw ConfigError(
        fmt::format("unknown observable \"{}\" (measured are {}); choose one of these", name, fmt::join(names_, ", ")));
  }
  return static_cast<int>(found - names_.begin());
}

Eigen::ArrayXXd Observables::operator()(const Block<double>& phi) const {
  if (phi.cols() != geometry_.volume()) {
    throw ShapeError(
        fmt::format("a block of {} sites measured on the lattice {} (which has {} sites); pass fields of this lattice",
                    phi.cols(), to_string(geometry_), geometry_.volume()));
  }
  const double volume = geometry_.volume();
  const int axes = static_cast<int>(std::ranges::count(geometry_.sizes(), time_));
  Block<double> slices = Block<double>::Zero(lane_count<double>, static_cast<Eigen::Index>(axes) * time_);
  const SiteSums sums = sum_sites(geometry_, time_, phi, slices);

  Eigen::ArrayXXd values = Eigen::ArrayXXd::Zero(count(), lane_count<double>);
  const Lanes<double> m = slices.leftCols(time_).rowwise().sum() / volume;
  values.row(magnetisation) = m;
  values.row(abs_magnetisation) = m.abs();
  values.row(m_squared) = m.square();
  values.row(m_fourth) = m.square().square();
  values.row(phi_squared) = lanes(sums.square) / volume;
  values.row(phi_fourth) = lanes(sums.fourth) / volume;
  values.row(links) = lanes(sums.links) / volume;
  values.row(action_density) = (phi4_.mass_squared + 2 * geometry_.dimension()) * values.row(phi_squared) +
                               phi4_.coupling * values.row(phi_fourth) - 2 * values.row(links);

  const double momentum = 2 * std::numbers::pi / time_;
  const double normalisation = 1 / (volume * axes);
  for (int axis = 0; axis < axes; ++axis) {
    const Vector<double>* const slice = sites(slices) + static_cast<std::ptrdiff_t>(axis) * time_;
    Vector<double> cosine{};
    Vector<double> sine{};
    for (int tau = 0; tau < time_; ++tau) {
      cosine += std::cos(momentum * tau) * slice[tau];
      sine += std::sin(momentum * tau) * slice[tau];
    }
    values.row(two_point_k_min) += normalisation * lanes(cosine * cosine + sine * sine);
    for (int t = 0; t <= time_ / 2; ++t) {
      Vector<double> products{};
      for (int tau = 0; tau + t < time_; ++tau) products += slice[tau] * slice[tau + t];
      for (int tau = time_ - t; tau < time_; ++tau) products += slice[tau] * slice[tau + t - time_];
      values.row(correlator + t) += normalisation * lanes(products);
    }
  }
  return values;
}

Eigen::ArrayXXd Observables::operator()(const Block<float>& phi) const {
  Eigen::ArrayXXd values(count(), lane_count<float>);
  for (int half = 0; half < 2; ++half) {
    values.middleCols<lane_count<double>>(half * lane_count<double>) =
        (*this)(Block<double>(phi.middleRows<lane_count<double>>(half * lane_count<double>).cast<double>()));
  }
  return values;
}

std::vector<Quantity> Observables::quantities() const {
  const double volume = geometry_.volume();
  const int period = time_;
  const auto susceptibility = [volume](const Eigen::ArrayXd& mean) { return volume * mean[m_squared]; };
  return {
      {"magnetisation", mean_of(magnetisation)},
      {"abs_magnetisation", mean_of(abs_magnetisation)},
      {"susceptibility", susceptibility},
      {"connected_susceptibility",
       [volume](const Eigen::ArrayXd& mean) {
         return volume * (mean[m_squared] - mean[abs_magnetisation] * mean[abs_magnetisation]);
       }},
      {"binder",
       [](const Eigen::ArrayXd& mean) { return 1 - mean[m_fourth] / (3 * mean[m_squared] * mean[m_squared]); }},
      {"phi_squared", mean_of(phi_squared)},
      {"phi_fourth", mean_of(phi_fourth)},
      {"action", mean_of(action_density)},
      {"two_point_k_min", mean_of(two_point_k_min)},
      {"xi_second_moment",
       [susceptibility, period](const Eigen::ArrayXd& mean) {
         return xi_second_moment(susceptibility(mean), mean[two_point_k_min], period);
       }},
      {"xi_arccosh",
       [period](const Eigen::ArrayXd& mean) { return xi_arccosh(mean.segment(correlator, period / 2 + 1), period); }},
  };
}

std::vector<Quantity> Observables::correlator_quantities() const {
  std::vector<Quantity> result;
  const int period = time_;
  for (int t = 0; t <= period / 2; ++t) result.push_back({fmt::format("two_point_{}", t), mean_of(correlator + t)});
  for (int t = 1; t <= period / 2; ++t) {
    result.push_back({fmt::format("effective_mass_{}", t), [t, period](const Eigen::ArrayXd& mean) {
                        return effective_mass(mean.segment(correlator, period / 2 + 1), period, t);
                      }});
  }
  return result;
}

double effective_mass(const Eigen::Ref<const Eigen::ArrayXd>& correlator_values, int period, int t) {
  const auto at = [&](int time) { return correlator_values[std::min(time, period - time)]; };
  return std::acosh((at(t + 1) + at(t - 1)) / (2 * at(t)));
}

double xi_arccosh(const Eigen::Ref<const Eigen::ArrayXd>& correlator_values, int period) {
  const int last = (period - 1) / 2;
  double sum = 0;
  for (int t = 1; t <= last; ++t) sum += 1 / effective_mass(correlator_values, period, t);
  return sum / last;  // 0 / 0 for a period below 3
}

double xi_second_moment(double susceptibility, double two_point_k_min, int period) {
  if (period == 1) return std::numeric_limits<double>::quiet_NaN();
  return std::sqrt(susceptibility / two_point_k_min - 1) / (2 * std::sin(std::numbers::pi / period));
}

}  // namespace floe::lattice
