// SPDX-License-Identifier: MIT
#include "lattice/local_update.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "lattice/exponential.h"
#include "lattice/lane_mask.h"

namespace floe::lattice {

void LocalUpdateOptions::validate() const {
  if (hits < 1) {
    throw ConfigError(fmt::format("hits={} (each sweep proposes at least once per site); choose 1 or more", hits));
  }
  if (!(target_acceptance > 0 && target_acceptance < 1)) {
    throw ConfigError(fmt::format("target_acceptance={} (an acceptance lies between 0 and 1); choose for example 0.5",
                                  target_acceptance));
  }
  if (!(initial_width > 0 && std::isfinite(initial_width))) {
    throw ConfigError(
        fmt::format("initial_width={} (a proposal needs a positive width); choose for example 0.8", initial_width));
  }
}

LocalUpdate::LocalUpdate(const Geometry& geometry, const Phi4& phi4, const LocalUpdateOptions& options)
    : geometry_(&geometry), options_(options), coupling_(phi4.coupling), width_(options.initial_width) {
  options.validate();
  width_.setConstant(options.initial_width);
  for (int mu = 0; mu < geometry.dimension(); ++mu) {
    if (geometry.size(mu) > 1) axes_.push_back(mu);
  }
  quadratic_ = phi4.mass_squared + 2.0 * static_cast<double>(axes_.size());
  proposal_.resize(Eigen::NoChange, geometry.row_length() * options.hits);
  threshold_.resize(Eigen::NoChange, geometry.row_length() * options.hits);
}

Lanes<double> LocalUpdate::operator()(Block<double>& field, random::LaneStream& random) {
  Vector<double>* const phi = sites(field);
  const Vector<double>* const proposals = sites(proposal_);
  const Vector<double>* const thresholds = sites(threshold_);
  const Vector<double> width = 2 * as_vector(width_);
  const int length = geometry_->row_length();
  const int hits = options_.hits;
  Vector<double> accepted{};
  for (int row = 0; row < geometry_->row_count(); ++row) {
    random.fill_uniform(proposal_);
    fill_exponential(threshold_, random);
    for (int parity = 0; parity < 2; ++parity) {
      for (int i = parity; i < length; i += 2) {
        const int site = row * length + i;
        const int* const neighbours = geometry_->neighbours(site);
        Vector<double> sum{};
        for (const int mu : axes_) sum += phi[neighbours[2 * mu]] + phi[neighbours[2 * mu + 1]];
        sum += sum;
        const auto local_action = [&](const Vector<double>& x) {
          const Vector<double> square = x * x;
          return square * (quadratic_ + coupling_ * square) - x * sum;
        };
        Vector<double> x = phi[site];
        Vector<double> old_action = local_action(x);
        for (int hit = i * hits; hit < (i + 1) * hits; ++hit) {
          const Vector<double> candidate = x + width * (proposals[hit] - 0.5);
          const Vector<double> new_action = local_action(candidate);
          const auto accept = new_action - old_action < thresholds[hit];
          x = accept ? candidate : x;
          old_action = accept ? new_action : old_action;
          accepted += accept ? Vector<double>{} + 1.0 : Vector<double>{};
        }
        phi[site] = x;
      }
    }
  }
  Lanes<double> result;
  as_vector(result) = accepted / (static_cast<double>(geometry_->volume()) * hits);
  return result;
}

void LocalUpdate::adapt(const Lanes<double>& acceptance) {
  const double gain = 2 / std::pow(1 + adaptations_, 0.6);
  for (int lane = 0; lane < width_.size(); ++lane) {
    width_[lane] *= std::exp((acceptance[lane] - options_.target_acceptance) * gain);
  }
  adaptations_ += 1;
}

std::vector<double> LocalUpdate::state() const {
  std::vector<double> result(width_.data(), width_.data() + width_.size());
  result.push_back(adaptations_);
  return result;
}

void LocalUpdate::set_state(const std::vector<double>& state) {
  if (state.size() != static_cast<std::size_t>(width_.size()) + 1) {
    throw ShapeError(fmt::format("{} numbers as the state of a local update (it has {}); pass what state() gave",
                                 state.size(), width_.size() + 1));
  }
  std::copy_n(state.begin(), width_.size(), width_.data());
  adaptations_ = state.back();
}

}  // namespace floe::lattice
