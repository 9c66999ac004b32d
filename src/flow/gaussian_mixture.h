// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include <Eigen/Core>

#include "flow/energy.h"
#include "flow/energy_path.h"

namespace floe::flow {

/// A mixture of isotropic normal distributions in any dimension.
struct GaussianMixtureOptions {
  int dimension = 2;
  std::vector<double> means = {8, 8, 8, -8, -8, 8, -8, -8};  ///< mode after mode
  std::vector<double> widths = {1};                          ///< standard deviations; one for all modes, or one each
  std::vector<double> weights = {1};                         ///< up to a factor; one for all modes, or one each

  /// Throws ConfigError.
  void validate() const;
  int modes() const { return static_cast<int>(means.size()) / dimension; }
};

/// Modes of a mixture at one time: p(x) = sum_k weights_k N(x; means_k, variances_k).
struct MixtureModes {
  Eigen::ArrayXXd means;  ///< (site, mode)
  Eigen::ArrayXd variances;
  Eigen::ArrayXd weights;  ///< sum 1
};

/// As arrays, one entry per mode, weights normalised. Throws ConfigError.
MixtureModes mixture_modes(const GaussianMixtureOptions& options);

/// f(x) = -log sum_k w_k N(x; mu_k, sigma_k^2), with its normalisation: Z = 1.
template <class T>
class GaussianMixture final : public BaseEnergy<T> {
 public:
  explicit GaussianMixture(const GaussianMixtureOptions& options) : modes_(mixture_modes(options)) {}

  const MixtureModes& modes() const { return modes_; }

  Eigen::Index size() const override { return modes_.means.rows(); }
  LaneSums<T> energy(const Block<T>& x) const override;
  void gradient(const Block<T>& x, Block<T>& gradient) const override;
  void sample(random::Key key, std::uint64_t first, Block<T>& x) const override;
  double log_z() const override { return 0; }

 private:
  MixtureModes modes_;
};

/// From one normal distribution to a mixture, with modes that part and keep their weights (the interpolation that a
/// diffusion makes): at time t modes have means t mu_k and variances (1 - t) s^2 + t sigma_k^2. No mass has to jump
/// from mode to mode, as it must along a path linear in the energy when the modes differ. Z_t = 1 throughout.
template <class T>
class MixturePath final : public EnergyPath<T> {
 public:
  /// base_width: the standard deviation s of the base.
  MixturePath(const GaussianMixtureOptions& target, double base_width);

  Eigen::Index size() const override { return target_.means.rows(); }
  LaneSums<T> energy(double t, const Block<T>& x) const override;
  void gradient(double t, const Block<T>& x, Block<T>& gradient) const override;
  LaneSums<T> time_derivative(double t, const Block<T>& x) const override;
  void sample_base(random::Key key, std::uint64_t first, Block<T>& x) const override;
  double base_log_z() const override { return 0; }

 private:
  MixtureModes at(double t) const;

  MixtureModes target_;
  double base_variance_;
};

/// How far samples are from covering the modes: max over modes of the distance from its mean to the nearest sample (the
/// one-sided Hausdorff distance). Samples are (site, sample).
double mode_distance(const MixtureModes& modes, const Eigen::ArrayXXd& samples);

/// The share of the (weighted) samples that is nearest to each mode, in units of the modes' widths: mode_weights(k)
/// should be modes.weights(k).
Eigen::ArrayXd mode_shares(const MixtureModes& modes, const Eigen::ArrayXXd& samples,
                           const Eigen::ArrayXd& sample_weights);

}  // namespace floe::flow
