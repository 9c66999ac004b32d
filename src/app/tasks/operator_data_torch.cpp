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

/// An array of the source, (count, axes...).
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
  section.key("parameters", options.parameters, "numbers per sample that go into the model, by name");
  section.key("stride", options.stride, "every how many-th point of each axis; one number holds for all",
              config::positive());
  section.key("train_samples", options.train_samples, "training samples that are used; 0: all", config::at_least(0));
  section.key("validation_samples", options.validation_samples,
              "samples of the training file, chosen by the seed, that are set aside to watch the training",
              config::at_least(0));
  section.key("test_samples", options.test_samples, "test samples that are used; 0: all", config::at_least(0));
  bind_normaliser(section, "normalise_inputs", options.normalise_inputs, "moments by which inputs are normalised");
  bind_normaliser(section, "normalise_outputs", options.normalise_outputs, "moments by which outputs are normalised");
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

OperatorData read_data(const io::Source& source, const OperatorDataOptions& options, torch::ScalarType type,
                       std::size_t first, std::size_t count) {
  const io::DatasetDescription& description = source.description();
  if (description.outputs.empty() || description.inputs.empty()) {
    throw DataError(
        fmt::format("the data ({}) have {} inputs and {} outputs (a model needs both); name them in data.inputs "
                    "and data.outputs",
                    source.format(), description.inputs.size(), description.outputs.size()));
  }
  OperatorData data;
  train::Inputs& inputs = data.examples.inputs;
  const auto read = [&](const char* group, const io::Field& field) {
    return read_array(source, fmt::format("{}/{}", group, field.name), description.sample_shape(field), type, first,
                      count);
  };
  if (!options.parameters.empty()) {
    std::vector<Tensor> columns;
    for (const std::string& name : options.parameters) {
      columns.push_back(read_array(source, "parameters/" + name, {}, type, first, count));
    }
    inputs.parameters = torch::stack(columns, 1);
    data.shape.parameters = inputs.parameters.size(1);
  }
  const io::Field& output = description.outputs.front();
  if (const io::Field* position = find(description.inputs, "context_position")) {
    const io::Field* value = find(description.inputs, "context_value");
    const io::Field* query = find(description.inputs, "query_position");
    if (!value || !query || description.outputs.size() != 1) {
      throw DataError(
          "the data have context positions but lack context_value, query_position or the one output "
          "(they are no point sets); see docs/dataset-format.md");
    }
    inputs.points = read("inputs", *position);
    inputs.values = read("inputs", *value);
    inputs.queries = read("inputs", *query);
    if (const io::Field* mask = find(description.inputs, "context_mask")) inputs.mask = read("inputs", *mask);
    if (const io::Field* mask = find(description.inputs, "query_mask")) {
      data.examples.mask = read("inputs", *mask).unsqueeze(2);
    }
    data.examples.outputs = read("outputs", output);
    data.channels_last = true;
    data.shape.dimension = inputs.points.size(2);
    data.shape.value_channels = inputs.values.size(2);
    data.shape.out_channels = data.examples.outputs.size(2);
    data.outputs = {output.name};
    return data;
  }
  std::vector<Tensor> in;
  std::vector<Tensor> out;
  for (const auto& [group, fields, tensors] :
       {std::tuple("inputs", &description.inputs, &in), std::tuple("outputs", &description.outputs, &out)}) {
    for (const io::Field& field : *fields) {
      if (field.axes != output.axes) {
        throw DataError(
            fmt::format("{}/{} lies on the axes ({}) and outputs/{} on ({}) (the fields of an operator share "
                        "theirs); choose fields in data.inputs and data.outputs",
                        group, field.name, fmt::join(field.axes, ", "), output.name, fmt::join(output.axes, ", ")));
      }
      tensors->push_back(read(group, field));
    }
  }
  for (const io::Field& field : description.outputs) data.outputs.push_back(field.name);
  inputs.fields = torch::stack(in, 1);
  data.examples.outputs = torch::stack(out, 1);
  data.shape.field_channels = inputs.fields.size(1);
  data.shape.out_channels = data.examples.outputs.size(1);
  data.shape.dimension = static_cast<std::int64_t>(output.axes.size());
  for (const std::string& name : output.axes) {
    const io::Axis& axis = description.axis(name);
    data.shape.grid.push_back(static_cast<std::int64_t>(axis.values.size()));
    data.shape.boundary_conditions.push_back(axis.boundary_condition);
    data.examples.geometry.spacing.push_back(spacing_of(axis));
    data.examples.geometry.periodic.push_back(axis.boundary_condition == "periodic");
  }
  data.output_grid = data.shape.grid;
  return data;
}

}  // namespace floe::app
