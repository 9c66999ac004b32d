// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <exception>
#include <mutex>

#include "parallel/communicator.h"

namespace floe::parallel {

/// Work that each rank does for itself and that all end together: once a rank wants to stop or has failed, the others
/// learn of it when they next look, and not only when they have done their share.
class JointWork final {
 public:
  explicit JointWork(const Communicator& communicator) : communicator_(communicator) {}
  JointWork(const JointWork&) = delete;
  JointWork& operator=(const JointWork&) = delete;

  /// Asks every rank to end. From any thread.
  void stop();
  /// Whether some rank asked. From any thread; costs next to nothing.
  bool stopping();
  /// Collective; `error` is what this rank failed with, if it did. Throws on every rank the error of the lowest rank
  /// that has one, of the same kind; otherwise returns whether some rank asked to stop.
  bool finish(std::exception_ptr error);

 private:
  const Communicator& communicator_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;  ///< for MPI
  bool sent_ = false;
};

/// Runs body(work) on every rank; returns or throws on all of them alike, as finish() says.
template <class Body>
bool work_together(const Communicator& communicator, const Body& body) {
  JointWork work(communicator);
  std::exception_ptr error;
  try {
    body(work);
  } catch (...) {
    error = std::current_exception();
    work.stop();
  }
  return work.finish(error);
}

}  // namespace floe::parallel
