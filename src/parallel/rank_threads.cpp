// SPDX-License-Identifier: MIT
#include "parallel/rank_threads.h"

#include <sched.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "base/threads.h"
#include "parallel/mpi_calls.h"

namespace floe::parallel {

int fair_threads(int own, int node, int ranks) {
  return std::max(1, std::min(own, node / std::max(1, ranks)));
}

int fair_threads() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof allowed, &allowed);
  const auto* const bytes = reinterpret_cast<const unsigned char*>(&allowed);
  std::vector<unsigned char> mask(bytes, bytes + sizeof allowed);
  mpi::unite_on_node(mask);
  int node = 0;
  for (const unsigned char byte : mask) node += std::popcount(byte);
  const int own = available_processors();
  return fair_threads(own, std::max(node, own), mpi::ranks_on_node());
}

}  // namespace floe::parallel
