// SPDX-License-Identifier: MIT
#include "base/threads.h"

#include <fmt/format.h>
#include <sched.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "base/log.h"

namespace floe {

int available_processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return std::max(1, CPU_COUNT(&allowed));
  // More processors than the fixed-size set holds.
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int set_threads(int requested) {
  constexpr int most = 4096;
  if (requested < 0 || requested > most) {
    throw ConfigError(fmt::format("threads = {} cannot be used (it must be between 0 and {}); 0 takes every processor",
                                  requested, most));
  }
  const int available = available_processors();
  const int threads = requested == 0 ? available : requested;
#ifdef _OPENMP
  omp_set_dynamic(0);
  omp_set_max_active_levels(1);
  omp_set_num_threads(threads);
  if (threads > available) {
    logging::warning("{} threads on {} processors: they will take turns; threads = 0 takes what there is", threads,
                     available);
  }
  return threads;
#else
  if (threads > 1) logging::warning("this build has no OpenMP: it runs on one thread");
  return 1;
#endif
}

int thread_count() {
#ifdef _OPENMP
  return omp_get_max_threads();
#else
  return 1;
#endif
}

}  // namespace floe
