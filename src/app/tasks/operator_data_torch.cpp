// SPDX-License-Identifier: MIT
#include "app/tasks/operator_data_torch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "base/log.h"
#include "pde/registry.h"

namespace floe::app {

using torch::Tensor;
using train::NormaliserKind;

namespace {

void bind_generated(config::Section& section, DataPlace& place) {
  place.problem_name = place.problem_name.empty() ? pde::problem_names().front() : place.problem_name;
  section.choice("generate", place.problem_name, pde::problem_names(),
                 "the problem that makes the samples (floe list problems); its keys stand beside this one");
  bind(section, place.options);
}

/// A path, or a table { generate = ..., count = ..., and the keys of the problem }.
void bind_place(config::Section& section, const char* name, DataPlace& place, std::string_view help) {
  const auto enter = [&] { return section.enter(name, "samples that are generated"); };
  const std::vector<std::string> tables = section.table_names();
  place.generated = std::find(tables.begin(), tables.end(), name) != tables.end();
  if (place.generated) {
    config::Section inner = enter();
    bind_generated(inner, place);
    place.problem = pde::make_problem(place.problem_name);
    place.problem->bind(inner);
    return;
  }
  section.key(name, place.path, help);
  section.when(false, fmt::format("{} = {{ generate = ... }}", name), [&] {
    config::Section inner = enter();
    DataPlace unused;
    unused.options = place.options;
    bind_generated(inner, unused);
  });
}

void bind_normaliser(config::Section& section, const char* name, NormaliserKind& kind, std::string_view help) {
  section.choice(name, kind,
                 {{"none", NormaliserKind::none},
                  {"scalar", NormaliserKind::scalar},
                  {"per_channel", NormaliserKind::per_channel},
                  {"per_point", NormaliserKind::per_point}},
                 help);
}

double spacing_of(const io::Axis& axis) {
  const std::size_t n = axis.values.size();
  const double width = n > 1 ? (axis.values.back() - axis.values.front()) / static_cast<double>(n - 1) : 1;
  return width > 0 ? width : 1;
}

const io::Field* find(const std::vector<io::Field>& fields, const std::string& name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const io::Field& f) { return f.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace

void bind(config::Section& section, OperatorDataOptions& options) {
  options.test.options.seed = 2;
  bind_place(section, "train", options.train,
             "file of the training samples; or a table: generate (a problem), count, seed and the keys of the problem");
  bind_place(section, "test", options.test,
             "file of the test samples, likewise; empty: test_samples of the training file are set aside");
  section.key("inputs", options.inputs, "input fields by name; empty: those of the file");
  section.key("outputs", options.outputs, "output fields by name; empty: those of the file");
  section.key("parameters", options.parameters,
              "numbers per sample that go into the model, by name: parameters of the file, or input fields that are no "
              "functions, such as coefficients");
  section.key("mask", options.mask,
              "input field that is 1 where outputs count and 0 elsewhere, in losses, measures and moments; empty: "
              "query_mask, if there is one");
  section.key("mask_input", options.mask_input, "whether data.mask is also a channel of the input");
  section.key("mask_loss", options.mask_loss, "whether the loss heeds the mask; measures always do");
  section.key("stride", options.stride, "every how many-th point of each axis; one number holds for all",
              config::positive());
  section.key("train_samples", options.train_samples, "training samples that are used; 0: all", config::at_least(0));
  section.key("validation_samples", options.validation_samples,
              "samples of the training file, chosen by the seed, that are set aside to watch the training",
              config::at_least(0));
  section.key("test_samples", options.test_samples, "test samples that are used; 0: all", config::at_least(0));
  bind_normaliser(section, "normalise_inputs", options.normalise_inputs, "moments by which inputs are normalised");
  bind_normaliser(section, "normalise_outputs", options.normalise_outputs, "moments by which outputs are normalised");
  section.key("normalise_parameters", options.normalise_parameters, "whether parameters are, one by one");
  section.key("normalise_positions", options.normalise_positions,
              "whether positions of points and queries are, coordinate by coordinate");
}

void OperatorDataOptions::validate() const {
  if (!train.generated && train.path.empty()) {
    throw ConfigError(
        "data.train is missing (there is nothing to train on); give a file, or { generate = \"<problem>\" }");
  }
  if (!test.generated && test.path.empty() && test_samples == 0) {
    throw ConfigError(
        "data.test is missing (nothing would judge the model); give a file, { generate = \"<problem>\" }, or "
        "data.test_samples to set aside");
  }
  if (!mask_loss && mask.empty()) {
    throw ConfigError(
        "data.mask_loss = false without a mask (there is nothing to leave out of the loss); name one in data.mask");
  }
  for (const DataPlace* place : {&train, &test}) {
    if (place->generated) place->problem->validate();
  }
  if (train.generated && test.generated && train.problem_name == test.problem_name &&
      train.options.seed == test.options.seed) {
    throw ConfigError(
        fmt::format("data.test.seed = {} is that of the training samples (the test samples would be the same "
                    "ones); choose another",
                    test.options.seed));
  }
}

std::unique_ptr<io::Source> open_data(const std::string& path, const OperatorDataOptions& options) {
  io::SourceOptions source;
  source.inputs = options.inputs;
  source.outputs = options.outputs;
  source.stride.assign(options.stride.begin(), options.stride.end());
  return io::open_source(path, source);
}

Tensor read_array(const io::Source& source, const std::string& path, const io::Shape& shape, torch::ScalarType type,
                  std::size_t first, std::size_t count) {
  std::vector<std::int64_t> extents{static_cast<std::int64_t>(count)};
  for (const std::size_t extent : shape) extents.push_back(static_cast<std::int64_t>(extent));
  Tensor tensor = torch::empty(extents, type);
  const auto size = static_cast<std::size_t>(tensor.numel());
  if (type == torch::kFloat) {
    source.read(path, first, count, std::span<float>(tensor.data_ptr<float>(), size));
  } else {
    source.read(path, first, count, std::span<double>(tensor.data_ptr<double>(), size));
  }
  return tensor;
}

std::string provide_data(const DataPlace& place, const std::string& name, const TaskContext& context) {
  if (!place.generated) return place.path;
  const std::filesystem::path file = context.directory.path() / "data" / (name + ".h5");
  std::filesystem::create_directories(file.parent_path());
  const pde::GenerateResult result = generate(*place.problem, place.options,
                                              {.problem = place.problem_name,
                                               .config = context.config_text,
                                               .command_line = context.command_line,
                                               .output = file,
                                               .stop = [&] { return context.stop.requested(); }});
  if (result.ending == pde::GenerateResult::Ending::stopped) return {};
  if (result.made > 0)
    logging::info("{} samples of {} made in {:.3g} s", result.made, place.problem_name, result.seconds);
  return file.string();
}

namespace {

/// The axes of a field, without a time axis of one point: one state of a trajectory is a field.
std::vector<std::string> axes_of(const io::DatasetDescription& description, const io::Field& field) {
  std::vector<std::string> axes = field.axes;
  std::erase_if(axes, [&](const std::string& name) {
    return name == "time" && field.axes.size() > 1 && description.axis(name).values.size() == 1;
  });
  return axes;
}

/// What the fields of a source are for, by their names in the section [data].
struct Roles {
  std::vector<io::Field> fields;   ///< channels of the input
  std::vector<io::Field> vectors;  ///< numbers that belong to a whole sample, among the parameters
  const io::Field* points = nullptr;
  const io::Field* values = nullptr;
  const io::Field* points_mask = nullptr;
  const io::Field* queries = nullptr;
  const io::Field* mask = nullptr;
};

Roles roles_of(const io::DatasetDescription& description, const OperatorDataOptions& options) {
  Roles roles;
  roles.points = find(description.inputs, "context_position");
  roles.values = find(description.inputs, "context_value");
  roles.points_mask = find(description.inputs, "context_mask");
  roles.queries = find(description.inputs, "query_position");
  roles.mask = find(description.inputs, options.mask.empty() ? "query_mask" : options.mask);
  if (!options.mask.empty() && !roles.mask) {
    throw DataError(
        fmt::format("the data have no input '{}' (data.mask names it); name one of the input fields", options.mask));
  }
  const bool mask_is_channel = !options.mask.empty() && options.mask_input;
  for (const io::Field& field : description.inputs) {
    const auto is = [&](const io::Field* other) { return &field == other; };
    if (is(roles.points) || is(roles.values) || is(roles.points_mask) || is(roles.queries)) continue;
    if (is(roles.mask) && !mask_is_channel) continue;
    const auto& numbers = options.parameters;
    (std::find(numbers.begin(), numbers.end(), field.name) == numbers.end() ? roles.fields : roles.vectors)
        .push_back(field);
  }
  return roles;
}

/// Reads the samples [first, first + count) of one source.
class DataReader {
 public:
  DataReader(const io::Source& source, const OperatorDataOptions& options, torch::ScalarType type, std::size_t first,
             std::size_t count)
      : source_(source),
        description_(source.description()),
        options_(options),
        roles_(roles_of(description_, options)),
        type_(type),
        first_(first),
        count_(count) {}

  OperatorData operator()() {
    for (const io::Field& field : description_.outputs) {
      data_.outputs.push_back(field.name);
      require_axes(field, "outputs", output_axes());
    }
    read_parameters();
    if (roles_.points) {
      read_points();
    } else if (roles_.queries) {
      read_fields();
      read_queries();
    } else if (!roles_.fields.empty() && axes_of(roles_.fields[0]) == output_axes()) {
      read_fields();
      read_grid_outputs();
    } else {
      read_fields();
      read_outputs_at_coordinates();
    }
    data_.shape.out_channels = data_.examples.outputs.size(data_.channels_last ? 2 : 1);
    return std::move(data_);
  }

 private:
  const io::Field& output() const { return description_.outputs.front(); }
  Tensor read(const std::string& path, const io::Shape& shape) const {
    return read_array(source_, path, shape, type_, first_, count_);
  }
  std::vector<std::string> axes_of(const io::Field& field) const { return app::axes_of(description_, field); }
  std::vector<std::string> output_axes() const { return axes_of(output()); }
  Tensor read(const char* group, const io::Field& field) const {
    io::Shape shape;
    for (const std::string& axis : axes_of(field)) shape.push_back(description_.axis(axis).values.size());
    return read(fmt::format("{}/{}", group, field.name), shape);
  }
  void require_axes(const io::Field& field, const char* group, const std::vector<std::string>& axes) const {
    if (axes_of(field) == axes) return;
    throw DataError(
        fmt::format("{}/{} lies on the axes ({}) and another field on ({}) (the channels of a model share theirs); "
                    "choose fields in data.inputs and data.outputs, or make it a number of the sample in "
                    "data.parameters",
                    group, field.name, fmt::join(axes_of(field), ", "), fmt::join(axes, ", ")));
  }

  /// Numbers of whole samples, in the order of data.parameters: parameters of the data and input fields.
  void read_parameters() {
    if (options_.parameters.empty()) return;
    std::vector<Tensor> columns;
    for (const std::string& name : options_.parameters) {
      const io::Field* vector = find(roles_.vectors, name);
      columns.push_back(vector ? read("inputs", *vector).flatten(1) : read("parameters/" + name, {}).unsqueeze(1));
    }
    data_.examples.inputs.parameters = torch::cat(columns, 1);
    data_.shape.parameters = data_.examples.inputs.parameters.size(1);
  }

  void read_points() {
    if (!roles_.values || !roles_.queries || description_.outputs.size() != 1) {
      throw DataError(
          "the data have context positions but lack context_value, query_position or the one output "
          "(they are no point sets); see docs/dataset-format.md");
    }
    train::Inputs& inputs = data_.examples.inputs;
    inputs.points = read("inputs", *roles_.points);
    inputs.values = read("inputs", *roles_.values);
    if (roles_.points_mask) inputs.mask = read("inputs", *roles_.points_mask);
    data_.shape.value_channels = inputs.values.size(2);
    read_queries();
  }

  /// Values at positions that every sample has of its own.
  void read_queries() {
    data_.examples.inputs.queries = read("inputs", *roles_.queries);
    if (roles_.mask) data_.examples.mask = read("inputs", *roles_.mask).unsqueeze(2);
    data_.examples.outputs = read("outputs", output());
    data_.channels_last = true;
    data_.shape.dimension = data_.examples.inputs.queries.size(2);
  }

  void read_fields() {
    if (roles_.fields.empty()) return;
    std::vector<Tensor> channels;
    for (std::size_t i = 0; i < roles_.fields.size(); ++i) {
      const io::Field& field = roles_.fields[i];
      require_axes(field, "inputs", axes_of(roles_.fields[0]));
      channels.push_back(read("inputs", field));
      if (roles_.mask && field.name == roles_.mask->name) data_.mask_channel = static_cast<std::int64_t>(i);
    }
    data_.examples.inputs.fields = torch::stack(channels, 1);
    data_.shape.field_channels = static_cast<std::int64_t>(channels.size());
    for (const std::string& name : axes_of(roles_.fields[0])) {
      const io::Axis& axis = description_.axis(name);
      data_.shape.grid.push_back(static_cast<std::int64_t>(axis.values.size()));
      data_.shape.boundary_conditions.push_back(axis.boundary_condition);
    }
  }

  std::vector<Tensor> read_channels() const {
    std::vector<Tensor> channels;
    for (const io::Field& field : description_.outputs) channels.push_back(read("outputs", field));
    return channels;
  }
  /// The mask of the outputs, (count, axes...).
  Tensor read_mask() const {
    require_axes(*roles_.mask, "inputs", output_axes());
    return read("inputs", *roles_.mask);
  }

  void read_grid_outputs() {
    data_.examples.outputs = torch::stack(read_channels(), 1);
    if (roles_.mask) data_.examples.mask = read_mask().unsqueeze(1);
    data_.shape.dimension = data_.shape.axes();
    for (const std::string& name : output_axes()) {
      const io::Axis& axis = description_.axis(name);
      data_.examples.geometry.spacing.push_back(spacing_of(axis));
      data_.examples.geometry.periodic.push_back(axis.boundary_condition == "periodic");
    }
    data_.output_grid = data_.shape.grid;
  }

  /// Outputs on axes that the inputs do not have: values at their coordinates, the same for all samples.
  void read_outputs_at_coordinates() {
    std::vector<Tensor> coordinates;
    for (const std::string& name : output_axes()) {
      const std::vector<double>& values = description_.axis(name).values;
      coordinates.push_back(torch::tensor(values, torch::kDouble).to(type_));
      data_.output_grid.push_back(static_cast<std::int64_t>(values.size()));
    }
    std::vector<Tensor> columns;
    for (const Tensor& axis : torch::meshgrid(coordinates, "ij")) columns.push_back(axis.flatten());
    data_.examples.inputs.queries = torch::stack(columns, 1);
    std::vector<Tensor> channels = read_channels();
    for (Tensor& channel : channels) channel = channel.flatten(1);
    data_.examples.outputs = torch::stack(channels, 2);
    if (roles_.mask) data_.examples.mask = read_mask().flatten(1).unsqueeze(2);
    data_.channels_last = true;
    data_.shape.dimension = static_cast<std::int64_t>(columns.size());
  }

  const io::Source& source_;
  const io::DatasetDescription& description_;
  const OperatorDataOptions& options_;
  Roles roles_;
  torch::ScalarType type_;
  std::size_t first_;
  std::size_t count_;
  OperatorData data_;
};

}  // namespace

OperatorData read_data(const io::Source& source, const OperatorDataOptions& options, torch::ScalarType type,
                       std::size_t first, std::size_t count) {
  const io::DatasetDescription& description = source.description();
  if (description.outputs.empty() || (description.inputs.empty() && options.parameters.empty())) {
    throw DataError(
        fmt::format("the data ({}) have {} inputs and {} outputs (a model needs both); name them in data.inputs "
                    "and data.outputs",
                    source.format(), description.inputs.size(), description.outputs.size()));
  }
  return DataReader(source, options, type, first, count)();
}

}  // namespace floe::app
