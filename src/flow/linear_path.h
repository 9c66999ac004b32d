// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "flow/energy.h"
#include "flow/energy_path.h"

namespace floe::flow {

/// The path that is linear in the energy, f_t = (1 - u) f_0 + u f_1 with u = t^power.
template <class T>
class LinearPath final : public EnergyPath<T> {
 public:
  /// Throws ShapeError when base and target differ in size, ConfigError for a power below 1.
  LinearPath(std::shared_ptr<const BaseEnergy<T>> base, std::shared_ptr<const Energy<T>> target, double power = 1);

  Eigen::Index size() const override { return base_->size(); }
  LaneSums<T> energy(double t, const Block<T>& x) const override;
  void gradient(double t, const Block<T>& x, Block<T>& gradient) const override;
  LaneSums<T> time_derivative(double t, const Block<T>& x) const override;
  void sample_base(random::Key key, std::uint64_t first, Block<T>& x) const override { base_->sample(key, first, x); }
  double base_log_z() const override { return base_->log_z(); }

 private:
  std::shared_ptr<const BaseEnergy<T>> base_;
  std::shared_ptr<const Energy<T>> target_;
  double power_;
};

}  // namespace floe::flow
