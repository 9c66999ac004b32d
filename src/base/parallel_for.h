// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <exception>

namespace floe {

/// Runs body(worker, i) for i in [0, count) on all threads; every thread makes its own worker by make_worker(), once:
/// what has buffers. The first exception thrown is thrown again here, when all threads have ended; indices not yet
/// begun are then left out.
template <class MakeWorker, class Body>
void parallel_for(std::int64_t count, const MakeWorker& make_worker, const Body& body) {
  std::exception_ptr error;
  bool stop = false;
#pragma omp parallel
  {
    const auto guarded = [&](const auto& function) {
      try {
        function();
      } catch (...) {
#pragma omp critical(floe_parallel_for)
        if (!error) error = std::current_exception();
#pragma omp atomic write
        stop = true;
      }
    };
    guarded([&] {
      auto worker = make_worker();
#pragma omp for schedule(dynamic) nowait
      for (std::int64_t i = 0; i < count; ++i) {
        bool stopped;
#pragma omp atomic read
        stopped = stop;
        if (!stopped) guarded([&] { body(worker, i); });
      }
    });
  }
  if (error) std::rethrow_exception(error);
}

/// The same without a worker: body(i).
template <class Body>
void parallel_for(std::int64_t count, const Body& body) {
  parallel_for(
      count, [] { return 0; }, [&](int, std::int64_t i) { body(i); });
}

}  // namespace floe
