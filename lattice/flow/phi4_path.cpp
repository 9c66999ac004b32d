// SPDX-License-Identifier: MIT
#include "lattice/flow/phi4_path.h"

#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "random/lane_stream.h"

namespace floe::lattice {

void Phi4Schedule::validate() const {
  target.validate();
  if (!(base_mass_squared > 0) || !std::isfinite(base_mass_squared))
    throw ConfigError(
        fmt::format("base.mass_squared = {} (a free field needs a positive mass); give a positive number or \"auto\"",
                    base_mass_squared));
  if (!(power >= 1) || !std::isfinite(power))
    throw ConfigError(fmt::format("path.power = {} (must be at least 1); 1.4 is a good value", power));
}

Phi4 Phi4Schedule::at(double t) const {
  const double u = std::pow(t, power), root = std::sqrt(u);
  const double polynomial = bend[0] + root * (bend[1] + root * (bend[2] + root * bend[3]));
  return {(1 - u) * base_mass_squared + u * target.mass_squared + u * (1 - u) * polynomial, u * target.coupling};
}

Phi4 Phi4Schedule::derivative(double t) const {
  const double u = std::pow(t, power), rate = power * std::pow(t, power - 1);
  double slope = target.mass_squared - base_mass_squared;
  for (std::size_t i = 0; i < bend.size(); ++i) {
    const double p = 1 + static_cast<double>(i) / 2;  // u (1 - u) u^(i/2) = u^p - u^(p+1)
    slope += bend[i] * (p * std::pow(u, p - 1) - (p + 1) * std::pow(u, p));
  }
  return {rate * slope, rate * target.coupling};
}

template <class T>
Phi4Path<T>::Phi4Path(const Geometry& geometry, const Phi4Schedule& schedule)
    : geometry_(geometry), schedule_((schedule.validate(), schedule)), base_(geometry, schedule.base_mass_squared) {}

template <class T>
LaneSums<T> Phi4Path<T>::energy(double t, const Block<T>& x) const {
  return action(geometry_, schedule_.at(t), x);
}

template <class T>
void Phi4Path<T>::gradient(double t, const Block<T>& x, Block<T>& gradient) const {
  action_gradient(geometry_, schedule_.at(t), x, gradient);
}

template <class T>
LaneSums<T> Phi4Path<T>::time_derivative(double t, const Block<T>& x) const {
  const Phi4 rate = schedule_.derivative(t);
  LaneSums<T> sum = LaneSums<T>::Zero();
  for (Eigen::Index site = 0; site < x.cols(); ++site) {
    const LaneSums<T> square = x.col(site).template cast<double>().square();
    sum += square * (rate.mass_squared + rate.coupling * square);
  }
  return sum;
}

template <class T>
void Phi4Path<T>::sample_base(random::Key key, std::uint64_t first, Block<T>& x) const {
  // Streams come in blocks of doubles; a block of T holds one or two of them.
  constexpr int width = lane_count<double>;
  x.resize(lane_count<T>, geometry_.volume());
  Block<double> part;
  for (int lane = 0; lane < lane_count<T>; lane += width) {
    random::LaneStream stream(key, first + lane);
    base_.sample(stream, part);
    x.template middleRows<width>(lane) = part.cast<T>();
  }
}

template <class T>
double Phi4Path<T>::base_log_z() const {
  return base_.log_z();
}

template class Phi4Path<float>;
template class Phi4Path<double>;

}  // namespace floe::lattice
