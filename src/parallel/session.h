// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "parallel/communicator.h"

namespace floe::parallel {

/// "Open MPI v4.1.4", or empty in a build without MPI.
std::string mpi_library();

/// Whether mpirun or srun started this process, so that a Session initialises MPI. False in a build without MPI.
bool launched();

/// The frame of a program of one or several ranks; made first in main() and only once. MPI is initialised only if this
/// process was started by mpirun or srun, so that a program that was not starts as fast as without MPI.
class Session final {
 public:
  /// Throws ConfigError where several processes were started and cannot know of each other: a build without MPI, or
  /// srun without an MPI plugin.
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const Communicator& communicator() const { return communicator_; }

  /// Collective, the last thing a rank does: whether this rank is the one to print its error, being the lowest of those
  /// that have this one. A rank that failed while others did not come here within a few seconds, because they wait for
  /// it elsewhere, prints as well and then has to call abort().
  enum class Ending { silent, print, print_and_abort };
  Ending conclude(const std::string& error);

  /// Ends all ranks.
  [[noreturn]] static void abort(int exit_code);

 private:
  Communicator communicator_;
};

}  // namespace floe::parallel
