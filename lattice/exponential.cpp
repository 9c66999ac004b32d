// SPDX-License-Identifier: MIT
#include "lattice/exponential.h"

#include <xsimd/xsimd.hpp>

namespace floe::lattice {

void fill_exponential(Block<double>& block, random::LaneStream& random, double mean) {
  using Vector = xsimd::batch<double>;
  random.fill_uniform(block);
  double* const values = block.data();
  for (Eigen::Index i = 0; i < block.size(); i += static_cast<Eigen::Index>(Vector::size)) {
    (xsimd::log(Vector::load_aligned(values + i)) * Vector(-mean)).store_aligned(values + i);
  }
}

}  // namespace floe::lattice
