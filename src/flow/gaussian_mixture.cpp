// SPDX-License-Identifier: MIT
#include "flow/gaussian_mixture.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.h"
#include "random/stream.h"

namespace floe::flow {
namespace {

/// log(w_k N(x; mu_k, v_k)) of every sample, (lane, mode), and log of their sum.
template <class T>
struct LogTerms {
  Eigen::Array<double, lane_count<T>, Eigen::Dynamic> squares;  // |x - mu_k|^2
  Eigen::Array<double, lane_count<T>, Eigen::Dynamic> terms;
  LaneSums<T> log_sum;

  LogTerms(const MixtureModes& modes, const Block<T>& x)
      : squares(decltype(squares)::Zero(lane_count<T>, modes.means.cols())), terms(lane_count<T>, modes.means.cols()) {
    const Eigen::Index sites = modes.means.rows();
    for (Eigen::Index k = 0; k < modes.means.cols(); ++k) {
      for (Eigen::Index i = 0; i < sites; ++i)
        squares.col(k) += (x.col(i).template cast<double>() - modes.means(i, k)).square();
      const double v = modes.variances[k];
      terms.col(k) = std::log(modes.weights[k]) - static_cast<double>(sites) / 2 * std::log(2 * std::numbers::pi * v) -
                     squares.col(k) / (2 * v);
    }
    const LaneSums<T> largest = terms.rowwise().maxCoeff();
    log_sum = largest + (terms.colwise() - largest).exp().rowwise().sum().log();
  }
  /// The probability that mode k made the sample.
  LaneSums<T> responsibility(Eigen::Index k) const { return (terms.col(k) - log_sum).exp(); }
};

template <class T>
void mixture_gradient(const MixtureModes& modes, const Block<T>& x, Block<T>& gradient) {
  const LogTerms<T> terms(modes, x);
  gradient.resize(lane_count<T>, x.cols());
  gradient.setZero();
  for (Eigen::Index k = 0; k < modes.means.cols(); ++k) {
    const LaneSums<T> r = terms.responsibility(k) / modes.variances[k];
    for (Eigen::Index i = 0; i < x.cols(); ++i)
      gradient.col(i) += (r * (x.col(i).template cast<double>() - modes.means(i, k))).template cast<T>();
  }
}

template <class T>
void mixture_sample(const MixtureModes& modes, random::Key key, std::uint64_t first, Block<T>& x) {
  x.resize(lane_count<T>, modes.means.rows());
  for (int lane = 0; lane < lane_count<T>; ++lane) {
    random::Stream stream(key, first + static_cast<std::uint64_t>(lane));
    double rest = stream.uniform();
    Eigen::Index k = 0;
    while (k + 1 < modes.weights.size() && rest > modes.weights[k]) rest -= modes.weights[k++];
    for (Eigen::Index i = 0; i < modes.means.rows(); ++i)
      x(lane, i) = static_cast<T>(modes.means(i, k) + std::sqrt(modes.variances[k]) * stream.normal());
  }
}

}  // namespace

void GaussianMixtureOptions::validate() const {
  if (dimension < 1) throw ConfigError(fmt::format("target.dimension = {} (must be at least 1); raise it", dimension));
  if (means.empty() || static_cast<int>(means.size()) % dimension != 0)
    throw ConfigError(
        fmt::format("target.means has {} numbers (modes have {} coordinates each); give them mode after "
                    "mode",
                    means.size(), dimension));
  for (const double mean : means)
    if (!std::isfinite(mean)) throw ConfigError("target.means holds what is no number; correct it");
  const auto check = [&](const char* key, const std::vector<double>& values) {
    if (values.size() != 1 && static_cast<int>(values.size()) != modes())
      throw ConfigError(fmt::format("target.{} has {} numbers for {} modes (one serves all, or one each); correct it",
                                    key, values.size(), modes()));
    for (const double value : values)
      if (!(value > 0) || !std::isfinite(value))
        throw ConfigError(fmt::format("target.{} holds {} (must be positive); correct it", key, value));
  };
  check("widths", widths);
  check("weights", weights);
}

MixtureModes mixture_modes(const GaussianMixtureOptions& options) {
  options.validate();
  const int count = options.modes();
  MixtureModes modes{Eigen::Map<const Eigen::ArrayXXd>(options.means.data(), options.dimension, count),
                     Eigen::ArrayXd(count), Eigen::ArrayXd(count)};
  for (int k = 0; k < count; ++k) {
    const double width = options.widths[options.widths.size() == 1 ? 0 : static_cast<std::size_t>(k)];
    modes.variances[k] = width * width;
    modes.weights[k] = options.weights[options.weights.size() == 1 ? 0 : static_cast<std::size_t>(k)];
  }
  modes.weights /= modes.weights.sum();
  return modes;
}

template <class T>
LaneSums<T> GaussianMixture<T>::energy(const Block<T>& x) const {
  return -LogTerms<T>(modes_, x).log_sum;
}

template <class T>
void GaussianMixture<T>::gradient(const Block<T>& x, Block<T>& gradient) const {
  mixture_gradient(modes_, x, gradient);
}

template <class T>
void GaussianMixture<T>::sample(random::Key key, std::uint64_t first, Block<T>& x) const {
  mixture_sample(modes_, key, first, x);
}

template <class T>
MixturePath<T>::MixturePath(const GaussianMixtureOptions& target, double base_width)
    : target_(mixture_modes(target)), base_variance_(base_width * base_width) {
  if (!(base_width > 0) || !std::isfinite(base_width))
    throw ConfigError(fmt::format("base.width = {} (must be positive); give the width of the base", base_width));
}

template <class T>
MixtureModes MixturePath<T>::at(double t) const {
  return {t * target_.means, (1 - t) * base_variance_ + t * target_.variances, target_.weights};
}

template <class T>
LaneSums<T> MixturePath<T>::energy(double t, const Block<T>& x) const {
  return -LogTerms<T>(at(t), x).log_sum;
}

template <class T>
void MixturePath<T>::gradient(double t, const Block<T>& x, Block<T>& gradient) const {
  mixture_gradient(at(t), x, gradient);
}

template <class T>
LaneSums<T> MixturePath<T>::time_derivative(double t, const Block<T>& x) const {
  // d log N / dt = (x - t mu) . mu / v + v' (|x - t mu|^2 / v - d) / (2 v).
  const MixtureModes modes = at(t);
  const LogTerms<T> terms(modes, x);
  LaneSums<T> rate = LaneSums<T>::Zero();
  for (Eigen::Index k = 0; k < modes.means.cols(); ++k) {
    const double v = modes.variances[k], change = target_.variances[k] - base_variance_;
    LaneSums<T> term = change / (2 * v) * (terms.squares.col(k) / v - static_cast<double>(size()));
    for (Eigen::Index i = 0; i < size(); ++i)
      term += (x.col(i).template cast<double>() - modes.means(i, k)) * (target_.means(i, k) / v);
    rate -= terms.responsibility(k) * term;
  }
  return rate;
}

template <class T>
void MixturePath<T>::sample_base(random::Key key, std::uint64_t first, Block<T>& x) const {
  mixture_sample(at(0), key, first, x);
}

double mode_distance(const MixtureModes& modes, const Eigen::ArrayXXd& samples) {
  double largest = 0;
  for (Eigen::Index k = 0; k < modes.means.cols(); ++k)
    largest =
        std::max(largest, std::sqrt((samples.colwise() - modes.means.col(k)).square().colwise().sum().minCoeff()));
  return largest;
}

Eigen::ArrayXd mode_shares(const MixtureModes& modes, const Eigen::ArrayXXd& samples,
                           const Eigen::ArrayXd& sample_weights) {
  Eigen::ArrayXd shares = Eigen::ArrayXd::Zero(modes.means.cols());
  for (Eigen::Index n = 0; n < samples.cols(); ++n) {
    Eigen::Index nearest = 0;
    const Eigen::ArrayXd distances =
        (modes.means.colwise() - samples.col(n)).square().colwise().sum().transpose() / modes.variances;
    distances.minCoeff(&nearest);
    shares[nearest] += sample_weights[n];
  }
  return shares / sample_weights.sum();
}

template class GaussianMixture<float>;
template class GaussianMixture<double>;
template class MixturePath<float>;
template class MixturePath<double>;

}  // namespace floe::flow
