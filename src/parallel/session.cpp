// SPDX-License-Identifier: MIT
#include "parallel/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "parallel/mpi_calls.h"

namespace floe::parallel {
namespace {

constexpr double patience_seconds = 5;

/// An environment variable as a number, or -1.
int number(const char* name) {
  const char* const text = std::getenv(name);
  return text && *text ? std::atoi(text) : -1;
}

/// Whether a launcher of an MPI set up this process: Open MPI, PMIx, and PMI of MPICH, Intel MPI and Slurm.
bool launched_by_mpi() {
  return number("OMPI_COMM_WORLD_RANK") >= 0 || number("PMIX_RANK") >= 0 || number("PMI_RANK") >= 0;
}

/// How many processes were started along with this one.
int launched_processes() {
  return std::max({number("OMPI_COMM_WORLD_SIZE"), number("PMI_SIZE"), number("SLURM_STEP_NUM_TASKS")});
}

/// FNV-1a; 0 stands for no error.
std::uint64_t fingerprint(std::string_view text) {
  if (text.empty()) return 0;
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return std::max<std::uint64_t>(hash, 1);
}

}  // namespace

std::string mpi_library() {
  return mpi::library();
}

bool launched() {
  return !mpi::library().empty() && launched_by_mpi();
}

Session::Session() {
  const bool built = !mpi::library().empty();
  if (launched()) mpi::initialise();
  if (const int processes = launched_processes(); processes > 1 && communicator_.size() == 1) {
    throw ConfigError(fmt::format("{} processes were started that do not know of each other ({}); {}", processes,
                                  !built ? "this floe was built without MPI"
                                  : launched_by_mpi()
                                      ? "the MPI of mpirun is another than the one this floe was built with"
                                      : "srun set up no MPI",
                                  !built              ? "start one process, or build with FLOE_WITH_MPI=ON"
                                  : launched_by_mpi() ? fmt::format("use the mpirun of {}", mpi::library())
                                                      : "use srun --mpi=pmix or --mpi=pmi2"));
  }
}

Session::~Session() {
  mpi::finalise();
}

Session::Ending Session::conclude(const std::string& error) {
  const std::uint64_t mine = fingerprint(error);
  const std::vector<std::uint64_t> all = mpi::gather_last(mine, error.empty() ? -1 : patience_seconds);
  if (all.empty()) return Ending::print_and_abort;
  if (error.empty()) return Ending::silent;
  const auto first = std::find(all.begin(), all.end(), mine) - all.begin();
  return first == communicator_.rank() ? Ending::print : Ending::silent;
}

void Session::abort(int exit_code) {
  mpi::abort(exit_code);
}

}  // namespace floe::parallel
