// SPDX-License-Identifier: MIT
#pragma once

#include <Eigen/Core>

namespace floe {

/// How many samples travel together: one 64-byte vector of scalars.
template <class T>
inline constexpr int lane_count = 64 / static_cast<int>(sizeof(T));

/// One number per sample of a block.
template <class T>
using Lanes = Eigen::Array<T, lane_count<T>, 1>;

/// One sum per sample of a block of T: sums over sites are accumulated in double whatever the field's type.
template <class T>
using LaneSums = Eigen::Array<double, lane_count<T>, 1>;

/// A block of samples, (lane, site): the lane runs fastest, so that each site of all samples is one aligned vector. The
/// same code then serves every lattice size and dimension without remainders, and neighbours are whole-vector loads.
template <class T>
using Block = Eigen::Array<T, lane_count<T>, Eigen::Dynamic>;

}  // namespace floe
