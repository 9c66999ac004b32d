// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace floe::parallel {

/// All processes of this run: rank 0, ..., size() - 1, that is rank 0 of 1 unless it was started by mpirun or srun.
/// Every function here but the first three is collective: all ranks call it, in the same order, on their main thread.
class Communicator final {
 public:
  int rank() const;
  int size() const;
  /// Whether this is the rank that prints, logs and writes.
  bool root() const { return rank() == 0; }

  void barrier() const;
  /// The text of rank 0.
  std::string broadcast(std::string text) const;
  double sum(double value) const;
  double max(double value) const;
  double min(double value) const;
  std::int64_t sum(std::int64_t value) const;
  std::int64_t max(std::int64_t value) const;
  std::int64_t min(std::int64_t value) const;
};

}  // namespace floe::parallel
