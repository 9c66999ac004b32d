// SPDX-License-Identifier: MIT
#include "flow/population.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "random/stream.h"

namespace floe::flow {

template <class T>
Eigen::VectorXd Population<T>::weights() const {
  Eigen::VectorXd result = (log_weights.array() - log_weights.maxCoeff()).exp();
  if (!result.allFinite())
    throw NumericalError(
        "a log-weight of the walkers is not a number (the field has carried one away); use more train.walkers or "
        "nodes");
  return result / result.mean();
}

template <class T>
double Population<T>::effective_share() const {
  return 1 / weights().array().square().mean();
}

template <class T>
double Population<T>::log_normalisation() const {
  const double largest = log_weights.maxCoeff();
  return log_z + largest + std::log((log_weights.array() - largest).exp().mean());
}

template <class T>
void Population<T>::resample(random::Key key, std::uint64_t round) {
  const Eigen::VectorXd w = weights();
  log_z = log_normalisation();
  log_weights.setZero();
  std::vector<Block<T>> chosen = blocks;
  double sum = 0, position = random::Stream(key, round).uniform();
  Eigen::Index source = 0;
  for (Eigen::Index n = 0; n < w.size(); ++n, position += 1) {
    while (source + 1 < w.size() && sum + w[source] < position) sum += w[source++];
    chosen[static_cast<std::size_t>(n / lane_count<T>)].row(n % lane_count<T>) =
        blocks[static_cast<std::size_t>(source / lane_count<T>)].row(source % lane_count<T>);
  }
  blocks = std::move(chosen);
}

template struct Population<float>;
template struct Population<double>;

}  // namespace floe::flow
