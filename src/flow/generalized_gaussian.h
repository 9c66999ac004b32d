// SPDX-License-Identifier: MIT
#pragma once

#include "flow/energy.h"

namespace floe::flow {

/// Independent sites with density exp(-|x/width|^power).
struct GeneralizedGaussianOptions {
  double width = 1;
  double power = 2;  ///< 2: a normal distribution of standard deviation width / sqrt(2); at least 1

  /// Throws ConfigError.
  void validate() const;
};

/// f(x) = sum_i |x_i / sigma|^p, the base of Mate and Fleuret (arXiv:2301.07388): log Z = n log(2 sigma Gamma(1 +
/// 1/p)). A sample takes one uniform per site, through the inverse of the incomplete gamma function.
template <class T>
class GeneralizedGaussian final : public BaseEnergy<T> {
 public:
  /// Throws ConfigError.
  GeneralizedGaussian(Eigen::Index size, const GeneralizedGaussianOptions& options);

  Eigen::Index size() const override { return size_; }
  LaneSums<T> energy(const Block<T>& x) const override;
  void gradient(const Block<T>& x, Block<T>& gradient) const override;
  void sample(random::Key key, std::uint64_t first, Block<T>& x) const override;
  double log_z() const override;

 private:
  Eigen::Index size_;
  GeneralizedGaussianOptions options_;
};

}  // namespace floe::flow
