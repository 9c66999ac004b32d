// SPDX-License-Identifier: MIT
#include "random/lane_stream.h"

#include "random/draw_kernel.h"

namespace floe::random {

static_assert(lane_count<double> == detail::width);

Lanes<double> LaneStream::uniform() {
  if (position_ / 2 != uniform_pair_) {
    uniform_pair_ = position_ / 2;
    detail::uniform_pairs(key_, {first_sample_index_, 1, uniform_pair_, 0}, uniform_[0].data(), uniform_[1].data());
  }
  return uniform_[position_++ % 2];
}

Lanes<double> LaneStream::normal() {
  if (position_ / 2 != normal_pair_) {
    normal_pair_ = position_ / 2;
    detail::normal_pairs(key_, {first_sample_index_, 1, normal_pair_, 0}, normal_[0].data(), normal_[1].data());
  }
  return normal_[position_++ % 2];
}

void LaneStream::fill_normal(Block<double>& block) {
  const Eigen::Index sites = block.cols();
  Eigen::Index site = 0;
  if (position_ % 2 == 1 && site < sites) block.col(site++) = normal();
  const Eigen::Index pairs = (sites - site) / 2;
  if (pairs > 0) {
    detail::normal_pairs_run(key_, {first_sample_index_, 1, position_ / 2, 0}, static_cast<std::uint64_t>(pairs),
                             block.data() + site * detail::width);
    site += 2 * pairs;
    position_ += static_cast<std::uint64_t>(2 * pairs);
  }
  if (site < sites) block.col(site) = normal();
}

void LaneStream::fill_uniform(Block<double>& block) {
  const Eigen::Index sites = block.cols();
  Eigen::Index site = 0;
  if (position_ % 2 == 1 && site < sites) block.col(site++) = uniform();
  const Eigen::Index pairs = (sites - site) / 2;
  if (pairs > 0) {
    detail::uniform_pairs_run(key_, {first_sample_index_, 1, position_ / 2, 0}, static_cast<std::uint64_t>(pairs),
                              block.data() + site * detail::width);
    site += 2 * pairs;
    position_ += static_cast<std::uint64_t>(2 * pairs);
  }
  if (site < sites) block.col(site) = uniform();
}

}  // namespace floe::random
