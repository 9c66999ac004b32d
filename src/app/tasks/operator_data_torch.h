// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/tasks/task.h"
#include "io/readers/source.h"
#include "operators/registry.h"
#include "pde/generate.h"
#include "pde/problem.h"
#include "train/normaliser.h"
#include "train/trainer.h"

namespace floe::app {

/// Where samples come from: a file of any format that io::open_source knows, or a problem to generate them.
struct DataPlace {
  std::string path;
  bool generated = false;
  std::string problem_name;
  std::unique_ptr<pde::Problem> problem;
  pde::GenerateOptions options;
};

/// The section [data] of an operator experiment.
struct OperatorDataOptions {
  DataPlace train;
  DataPlace test;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> parameters;
  std::vector<int> stride{1};
  std::int64_t train_samples = 0;
  std::int64_t validation_samples = 0;
  std::int64_t test_samples = 0;
  floe::train::NormaliserKind normalise_inputs = floe::train::NormaliserKind::per_channel;
  floe::train::NormaliserKind normalise_outputs = floe::train::NormaliserKind::per_channel;

  /// Throws ConfigError.
  void validate() const;
};
void bind(config::Section& section, OperatorDataOptions& options);

/// Samples of a source in memory, not yet normalised.
struct OperatorData {
  train::Examples examples{};
  operators::DataShape shape{};
  std::vector<std::int64_t> output_grid{};  ///< points per axis of the outputs; empty for point sets
  std::vector<std::string> outputs{};       ///< names of the output channels
  bool channels_last = false;               ///< outputs are (batch, query, channel)
};

/// Opens a file as the section says.
std::unique_ptr<io::Source> open_data(const std::string& path, const OperatorDataOptions& options);

/// The samples [first, first + count) of a source. Input fields on the axes of the outputs become channels, those of
/// point sets (pde/point_sets) context and queries. Throws DataError for fields that fit neither.
OperatorData read_data(const io::Source& source, const OperatorDataOptions& options, torch::ScalarType type,
                       std::size_t first, std::size_t count);

/// The path of the samples, which are generated first where the experiment says so: into `<run>/data/<name>.h5`. Empty
/// when that was stopped.
std::string provide_data(const DataPlace& place, const std::string& name, const TaskContext& context);

}  // namespace floe::app
