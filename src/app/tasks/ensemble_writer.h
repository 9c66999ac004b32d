// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/tasks/task.h"
#include "base/lanes.h"
#include "io/dataset.h"
#include "io/ensemble.h"
#include "lattice/geometry.h"
#include "lattice/phi4.h"

namespace floe::app {

/// What an ensemble file says of its origin: the theory, the generator and the run.
io::EnsembleInfo ensemble_info(const lattice::Geometry& geometry, const lattice::Phi4& phi4,
                               const std::string& generator, const TaskContext& context);

/// Writes the configurations of many chains, measurement after measurement, to a floe-dataset with the parameters
/// `chain` and `measurement`.
class EnsembleWriter final {
 public:
  /// At most `limit` configurations are taken. Throws IoError.
  EnsembleWriter(const std::filesystem::path& path, io::EnsembleInfo info, std::int64_t limit);

  /// Adds the configurations of all chains.
  void append(std::int64_t measurement, const std::vector<Block<double>>& blocks);
  /// Adds the first `count` configurations of a file that an earlier session wrote. Throws DataError if it holds fewer.
  void append_from(const std::filesystem::path& path, std::int64_t count);

  std::int64_t count() const { return count_; }
  void finalise() { writer_.finalise(); }

 private:
  std::size_t sites_;
  std::int64_t limit_;
  std::int64_t count_ = 0;
  io::DatasetWriter writer_;
};

}  // namespace floe::app
