// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include "base/lanes.h"

namespace floe::lattice {

/// One site of all samples of a block, in the compiler's own vector type: it stays in registers where a fixed-size
/// array would go to the stack. Blocks are aligned to 64 bytes, so a site is one aligned load.
///
/// The attributes are lost when the type becomes a template argument: keep vectors out of std::array and std::vector.
template <class T>
using Vector [[gnu::vector_size(64), gnu::may_alias]] = T;

template <class T>
const Vector<T>* sites(const Block<T>& block) {
  return reinterpret_cast<const Vector<T>*>(block.data());
}

template <class T>
Vector<T>* sites(Block<T>& block) {
  return reinterpret_cast<Vector<T>*>(block.data());
}

/// Adds terms to sums in double. Floats are converted in batches: up to 16 terms are first added in float, which costs
/// about one rounding of such a partial sum.
template <class T>
class LaneAccumulator final {
 public:
  void add(Vector<T> terms) {
    if constexpr (std::is_same_v<T, double>) {
      sums_[0] += terms;
    } else {
      partial_ += terms;
      if (++pending_ == 16) flush();
    }
  }

  LaneSums<T> total() {
    if constexpr (!std::is_same_v<T, double>) flush();
    LaneSums<T> result;
    for (int lane = 0; lane < lane_count<T>; ++lane) result[lane] = sums_[lane / 8][lane % 8];
    return result;
  }

 private:
  void flush() {
    sums_[0] +=
        __builtin_convertvector(__builtin_shufflevector(partial_, partial_, 0, 1, 2, 3, 4, 5, 6, 7), Vector<double>);
    sums_[1] += __builtin_convertvector(__builtin_shufflevector(partial_, partial_, 8, 9, 10, 11, 12, 13, 14, 15),
                                        Vector<double>);
    partial_ = Vector<T>{};
    pending_ = 0;
  }

  Vector<double> sums_[lane_count<T> / lane_count<double>] = {};
  Vector<T> partial_ = {};
  int pending_ = 0;
};

}  // namespace floe::lattice
