// SPDX-License-Identifier: MIT
#include "lattice/update.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/error.h"
#include "lattice/observables.h"

namespace floe::lattice {
namespace {

UpdateReport report(const Hmc::Result& result) {
  UpdateReport report;
  report.acceptance = result.accepted;
  for (int lane = 0; lane < lane_count<double>; ++lane) report.boltzmann[lane] = std::exp(-result.energy_change[lane]);
  return report;
}

class HmcUpdate final : public Update {
 public:
  HmcUpdate(const Geometry& geometry, const Phi4& phi4, const HmcOptions& options) : hmc_(geometry, phi4, options) {}

  UpdateReport operator()(Block<double>& field, random::LaneStream& random, Phase phase) override {
    const Hmc::Result result = hmc_(field, random);
    if (phase == Phase::thermalisation) hmc_.adapt(result);
    return report(result);
  }
  void finish_thermalisation() override { hmc_.finish_adaptation(); }
  std::vector<double> state() const override { return hmc_.state(); }
  void set_state(const std::vector<double>& state) override { hmc_.set_state(state); }

 private:
  Hmc hmc_;
};

/// Measures G(0) and G(k_min) in windows of doubling length and moves the mass at the end of each.
class FourierHmcUpdate final : public Update {
 public:
  FourierHmcUpdate(const Geometry& geometry, const Phi4& phi4, const HmcOptions& options, const FourierOptions& fourier)
      : hmc_(geometry, phi4, options, FourierMass(geometry, fourier.mass_squared > 0 ? fourier.mass_squared : 1.0)),
        observables_(geometry, phi4),
        volume_(geometry.volume()),
        adaptive_(fourier.mass_squared == 0) {
    const int longest = *std::max_element(geometry.sizes().begin(), geometry.sizes().end());
    const double sine = std::sin(3.14159265358979323846 / longest);
    khat_squared_ = 4 * sine * sine;
    smallest_ = 0.1 / (static_cast<double>(longest) * longest);
    adaptive_ = adaptive_ && longest > 1;
  }

  UpdateReport operator()(Block<double>& field, random::LaneStream& random, Phase phase) override {
    const Hmc::Result result = hmc_(field, random);
    if (phase == Phase::thermalisation) {
      hmc_.adapt(result);
      if (adaptive_) measure(field);
    }
    return report(result);
  }
  void finish_thermalisation() override { hmc_.finish_adaptation(); }

  std::vector<double> state() const override {
    std::vector<double> result = hmc_.state();
    result.insert(result.end(), {count_, window_, zero_mode_, lowest_mode_});
    return result;
  }
  void set_state(const std::vector<double>& state) override {
    if (state.size() < 4) {
      throw ShapeError(
          fmt::format("{} numbers as the state of a Fourier-accelerated update (too few); pass what state() "
                      "gave",
                      state.size()));
    }
    const auto own = state.end() - 4;
    hmc_.set_state({state.begin(), own});
    count_ = own[0];
    window_ = own[1];
    zero_mode_ = own[2];
    lowest_mode_ = own[3];
  }

 private:
  void measure(const Block<double>& field) {
    const Eigen::ArrayXXd values = observables_(field);
    zero_mode_ += volume_ * values.row(observables_.index("m_squared")).mean();
    lowest_mode_ += values.row(observables_.index("two_point_k_min")).mean();
    if (++count_ < window_) return;
    // G(k) = 1 / (scale (khat^2 + m^2)) at both momenta.
    const double ratio = zero_mode_ / lowest_mode_;
    const double mass_squared = ratio > 1 ? std::max(khat_squared_ / (ratio - 1), smallest_) : 1.0;
    const double scale = count_ / (lowest_mode_ * (khat_squared_ + mass_squared));
    if (std::isfinite(scale) && scale > 0 && std::isfinite(mass_squared)) hmc_.mass()->set(mass_squared, scale);
    count_ = zero_mode_ = lowest_mode_ = 0;
    window_ *= 2;
  }

  Hmc hmc_;
  Observables observables_;
  double volume_;
  bool adaptive_;
  double khat_squared_ = 0;
  double smallest_ = 0;
  double count_ = 0;
  double window_ = 25;
  double zero_mode_ = 0;
  double lowest_mode_ = 0;
};

class WolffUpdate final : public Update {
 public:
  WolffUpdate(const Geometry& geometry, const Phi4& phi4, const WolffOptions& options, const HmcOptions& hmc)
      : options_(options), clusters_(geometry, options.clusters) {
    if (options.radial == RadialUpdate::metropolis) {
      local_.emplace(geometry, phi4, options.local);
    } else {
      hmc_.emplace(geometry, phi4, hmc);
    }
  }

  UpdateReport operator()(Block<double>& field, random::LaneStream& random, Phase phase) override {
    UpdateReport result;
    for (int i = 0; i < options_.cluster_updates; ++i) result.flipped += clusters_(field, random);
    result.flipped /= options_.cluster_updates;
    Lanes<double> accepted = Lanes<double>::Zero();
    for (int i = 0; i < options_.sweeps; ++i) {
      if (local_) {
        const Lanes<double> acceptance = (*local_)(field, random);
        if (phase == Phase::thermalisation) local_->adapt(acceptance);
        accepted += acceptance;
      } else {
        const Hmc::Result trajectory = (*hmc_)(field, random);
        if (phase == Phase::thermalisation) hmc_->adapt(trajectory);
        accepted += trajectory.accepted;
        result.boltzmann = report(trajectory).boltzmann;
      }
    }
    result.acceptance = accepted / options_.sweeps;
    return result;
  }
  void finish_thermalisation() override {
    if (hmc_) hmc_->finish_adaptation();
  }
  std::vector<double> state() const override { return local_ ? local_->state() : hmc_->state(); }
  void set_state(const std::vector<double>& state) override {
    if (local_) {
      local_->set_state(state);
    } else {
      hmc_->set_state(state);
    }
  }

 private:
  WolffOptions options_;
  ClusterUpdate clusters_;
  std::optional<LocalUpdate> local_;
  std::optional<Hmc> hmc_;
};

}  // namespace

void FourierOptions::validate() const {
  if (!(mass_squared >= 0 && std::isfinite(mass_squared))) {
    throw ConfigError(
        fmt::format("fourier mass_squared={} (momenta need a positive mass); give a positive number, or 0 "
                    "to find it during thermalisation",
                    mass_squared));
  }
}

void WolffOptions::validate() const {
  if (cluster_updates < 1 || sweeps < 1) {
    throw ConfigError(
        fmt::format("cluster_updates={}, sweeps={} (either alone does not reach every configuration); choose "
                    "at least 1 of each",
                    cluster_updates, sweeps));
  }
  local.validate();
}

std::unique_ptr<Update> make_hmc_update(const Geometry& geometry, const Phi4& phi4, const HmcOptions& options) {
  return std::make_unique<HmcUpdate>(geometry, phi4, options);
}

std::unique_ptr<Update> make_fourier_hmc_update(const Geometry& geometry, const Phi4& phi4, const HmcOptions& options,
                                                const FourierOptions& fourier) {
  fourier.validate();
  return std::make_unique<FourierHmcUpdate>(geometry, phi4, options, fourier);
}

std::unique_ptr<Update> make_wolff_update(const Geometry& geometry, const Phi4& phi4, const WolffOptions& options,
                                          const HmcOptions& hmc) {
  options.validate();
  return std::make_unique<WolffUpdate>(geometry, phi4, options, hmc);
}

}  // namespace floe::lattice
