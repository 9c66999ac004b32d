// SPDX-License-Identifier: MIT
#include "flow/flow.h"

#include <fmt/format.h>

#include "base/error.h"
#include "ode/integrate.h"

namespace floe::flow {

template <class T>
Flow<T>::Flow(std::shared_ptr<const EnergyPath<T>> path, std::unique_ptr<VectorField<T>> field, ode::Options options)
    : path_(std::move(path)), field_(std::move(field)), options_(options) {
  options_.validate();
  if (path_->size() != field_->size())
    throw ShapeError(
        fmt::format("an energy of {} sites and a field of {} (they must be defined on the same lattice); "
                    "build both from one geometry",
                    path_->size(), field_->size()));
}

template <class T>
Flow<T>::Flow(const Flow& other) : path_(other.path_), field_(other.field_->clone()), options_(other.options_) {}

template <class T>
LaneSums<T> Flow<T>::transport(Block<T>& x, double t0, double t1) {
  using State = ode::Joint<Block<T>, LaneSums<T>>;
  const auto system = [this](const State& state, State& rate, double t) {
    field_->velocity_and_divergence(t, state.first, rate.first, rate.second);
  };
  auto solution = ode::integrate(system, State{std::move(x), LaneSums<T>::Zero()}, t0, t1, options_);
  x = std::move(solution.state.first);
  return solution.state.second;
}

template <class T>
LaneSums<T> Flow<T>::sample(random::Key key, std::uint64_t first, Block<T>& x) {
  path_->sample_base(key, first, x);
  const LaneSums<T> base_energy = path_->energy(0, x);
  const LaneSums<T> expansion = transport(x, 0, 1);
  return base_energy + path_->base_log_z() + expansion - path_->energy(1, x);
}

template <class T>
LaneSums<T> Flow<T>::log_weight(const Block<T>& x) {
  return -path_->energy(1, x) - log_density(x);
}

template <class T>
LaneSums<T> Flow<T>::log_density(const Block<T>& x) {
  Block<T> moved = x;
  const LaneSums<T> contraction = transport(moved, 1, 0);  // minus the integral of the divergence from 0 to 1
  return contraction - path_->energy(0, moved) - path_->base_log_z();
}

template class Flow<float>;
template class Flow<double>;

}  // namespace floe::flow
