// SPDX-License-Identifier: MIT
#include "flow/generalized_gaussian.h"

#include <fmt/format.h>

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>

#include "base/error.h"
#include "random/stream.h"

namespace floe::flow {

void GeneralizedGaussianOptions::validate() const {
  if (!(width > 0) || !std::isfinite(width))
    throw ConfigError(fmt::format("base.width = {} (must be positive); give the size of a typical coordinate", width));
  if (!(power >= 1) || !std::isfinite(power))
    throw ConfigError(
        fmt::format("base.power = {} (below 1 the energy has a cusp); give 2 for a normal base, or 4", power));
}

template <class T>
GeneralizedGaussian<T>::GeneralizedGaussian(Eigen::Index size, const GeneralizedGaussianOptions& options)
    : size_(size), options_((options.validate(), options)) {}

template <class T>
LaneSums<T> GeneralizedGaussian<T>::energy(const Block<T>& x) const {
  LaneSums<T> sum = LaneSums<T>::Zero();
  for (Eigen::Index site = 0; site < size_; ++site)
    sum += (x.col(site).template cast<double>() / options_.width).abs().pow(options_.power);
  return sum;
}

template <class T>
void GeneralizedGaussian<T>::gradient(const Block<T>& x, Block<T>& gradient) const {
  gradient.resize(lane_count<T>, size_);
  const T scale = static_cast<T>(options_.power / options_.width);
  for (Eigen::Index site = 0; site < size_; ++site) {
    const auto z = (x.col(site) / static_cast<T>(options_.width)).eval();
    gradient.col(site) = scale * z.sign() * z.abs().pow(static_cast<T>(options_.power - 1));
  }
}

template <class T>
void GeneralizedGaussian<T>::sample(random::Key key, std::uint64_t first, Block<T>& x) const {
  x.resize(lane_count<T>, size_);
  for (int lane = 0; lane < lane_count<T>; ++lane) {
    random::Stream stream(key, first + static_cast<std::uint64_t>(lane));
    for (Eigen::Index site = 0; site < size_; ++site) {
      const double u = 2 * stream.uniform() - 1;  // never 0, +-1
      const double magnitude = std::pow(boost::math::gamma_p_inv(1 / options_.power, std::abs(u)), 1 / options_.power);
      x(lane, site) = static_cast<T>(std::copysign(options_.width * magnitude, u));
    }
  }
}

template <class T>
double GeneralizedGaussian<T>::log_z() const {
  return static_cast<double>(size_) * std::log(2 * options_.width * std::tgamma(1 + 1 / options_.power));
}

template class GeneralizedGaussian<float>;
template class GeneralizedGaussian<double>;

}  // namespace floe::flow
