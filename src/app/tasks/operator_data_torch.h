// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
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
  std::string mask;
  bool mask_input = true;
  bool mask_loss = true;
  std::vector<int> stride{1};
  std::int64_t train_samples = 0;
  std::int64_t validation_samples = 0;
  std::int64_t test_samples = 0;
  floe::train::NormaliserKind normalise_inputs = floe::train::NormaliserKind::per_channel;
  floe::train::NormaliserKind normalise_outputs = floe::train::NormaliserKind::per_channel;
  bool normalise_parameters = true;
  bool normalise_positions = false;

  /// Throws ConfigError.
  void validate() const;
};
void bind(config::Section& section, OperatorDataOptions& options);

/// Samples of a source in memory, not yet normalised.
struct OperatorData {
  train::Examples examples{};
  operators::DataShape shape{};
  std::vector<std::int64_t> output_grid{};     ///< points per axis of the outputs; empty for point sets
  std::vector<std::string> outputs{};          ///< names of the output channels
  bool channels_last = false;                  ///< outputs are (batch, query, channel)
  std::optional<std::int64_t> mask_channel{};  ///< the channel of the fields that is the mask

  /// Whether the queries are the same for all samples.
  bool shared_queries() const { return examples.inputs.queries.defined() && examples.inputs.queries.dim() == 2; }
};

/// Opens a file as the section says.
std::unique_ptr<io::Source> open_data(const std::string& path, const OperatorDataOptions& options);

/// The array of a path in the samples [first, first + count) of a source, (count, axes...).
torch::Tensor read_array(const io::Source& source, const std::string& path, const io::Shape& shape,
                         torch::ScalarType type, std::size_t first, std::size_t count);

/// The samples [first, first + count) of a source. Input fields become channels on their grid, apart from those that
/// data.parameters names, and those of point sets (pde/point_sets) context and queries. What the outputs become:
///
/// | inputs | outputs | queries |
/// |---|---|---|
/// | fields on the axes of the outputs | fields (batch, channel, axes...) | none |
/// | query_position, with context or fields | (batch, query, channel) | (batch, query, dimension) |
/// | fields on other axes, or parameters only | (batch, query, channel) | (query, dimension), the coordinates of the
/// axes |
///
/// A time axis of one point does not count: one state of a trajectory is a field.
/// Throws DataError for channels on different axes and for context without values or queries.
OperatorData read_data(const io::Source& source, const OperatorDataOptions& options, torch::ScalarType type,
                       std::size_t first, std::size_t count);

/// The path of the samples, which are generated first where the experiment says so: into `<run>/data/<name>.h5`. Empty
/// when that was stopped.
std::string provide_data(const DataPlace& place, const std::string& name, const TaskContext& context);

}  // namespace floe::app
