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

/// Adds site terms to sums in double: one vector of sums for eight doubles, two for sixteen floats.
template <class T>
class LaneAccumulator final {
 public:
  void add(Vector<T> terms) {
    if constexpr (std::is_same_v<T, double>) {
      sums_[0] += terms;
    } else {
      sums_[0] +=
          __builtin_convertvector(__builtin_shufflevector(terms, terms, 0, 1, 2, 3, 4, 5, 6, 7), Vector<double>);
      sums_[1] +=
          __builtin_convertvector(__builtin_shufflevector(terms, terms, 8, 9, 10, 11, 12, 13, 14, 15), Vector<double>);
    }
  }

  LaneSums<T> total() const {
    LaneSums<T> result;
    for (int lane = 0; lane < lane_count<T>; ++lane) result[lane] = sums_[lane / 8][lane % 8];
    return result;
  }

 private:
  Vector<double> sums_[lane_count<T> / lane_count<double>] = {};
};

}  // namespace floe::lattice
