// SPDX-License-Identifier: MIT
#include "flow/stochastic_transport.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/parallel_for.h"
#include "flow/least_squares.h"
#include "flow/require.h"

namespace floe::flow {
namespace {

/// The key of the updates: their streams must not be those of the base.
random::Key update_key(random::Key key, int node) {
  return random::make_key(key.value, fmt::format("path update {}", node));
}

template <class T>
Flow<T> with_steps(const Flow<T>& flow, int updates) {
  require_at_least("evaluate.updates", updates, 1);
  ode::Options options = flow.options();
  options.steps = std::max(1, (options.steps + updates - 1) / updates);
  return flow.with_options(options);
}

}  // namespace

template <class T>
StochasticTransport<T>::StochasticTransport(const Flow<T>& flow, int updates, PathUpdate<T> update)
    : flow_(with_steps(flow, updates)), updates_(updates), update_(std::move(update)) {}

template <class T>
LaneSums<T> StochasticTransport<T>::advance(Flow<T>& flow, int node, Block<T>& x) const {
  const LaneSums<T> before = path().energy(time(node), x);
  const LaneSums<T> expansion = flow.transport(x, time(node), time(node + 1));
  return before - path().energy(time(node + 1), x) + expansion;
}

template <class T>
LaneSums<T> StochasticTransport<T>::sample(random::Key key, std::uint64_t first, Block<T>& x) {
  path().sample_base(key, first, x);
  LaneSums<T> log_weight = LaneSums<T>::Constant(path().base_log_z());
  for (int node = 0; node < updates_; ++node) {
    log_weight += advance(flow_, node, x);
    update_(time(node + 1), node + 1, update_key(key, node + 1), first, x);
  }
  return log_weight;
}

template <class T>
Population<T> StochasticTransport<T>::population(random::Key key, std::uint64_t first, std::int64_t count,
                                                 double resample_below, const std::function<bool()>& stop) const {
  const std::int64_t blocks = (count + lane_count<T> - 1) / lane_count<T>;
  Population<T> result{std::vector<Block<T>>(static_cast<std::size_t>(blocks)),
                       Eigen::VectorXd::Zero(blocks * lane_count<T>), path().base_log_z()};
  const auto first_of = [&](std::int64_t b) { return first + static_cast<std::uint64_t>(b * lane_count<T>); };
  parallel_for(blocks, [&](std::int64_t b) { path().sample_base(key, first_of(b), result.blocks[b]); });
  for (int node = 0; node < updates_; ++node) {
    if (stop && stop()) throw TrainingStopped{};
    parallel_for(
        blocks, [&] { return flow_; },
        [&](Flow<T>& own, std::int64_t b) {
          result.log_weights.template segment<lane_count<T>>(b * lane_count<T>) +=
              advance(own, node, result.blocks[b]).matrix();
        });
    if (result.effective_share() < resample_below)
      result.resample(random::make_key(key.value, "resampling"), first + static_cast<std::uint64_t>(node));
    parallel_for(blocks, [&](std::int64_t b) {
      update_(time(node + 1), node + 1, update_key(key, node + 1), first_of(b), result.blocks[b]);
    });
  }
  return result;
}

template class StochasticTransport<float>;
template class StochasticTransport<double>;

}  // namespace floe::flow
