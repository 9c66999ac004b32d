// SPDX-License-Identifier: MIT
// The layouts of PDEBench (Takamoto et al., NeurIPS 2022).
#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "io/readers/axes.h"
#include "io/readers/formats.h"
#include "io/readers/layout.h"

namespace floe::io {

namespace {

using Role = LayoutAxis::Role;

constexpr const char* flow_fields[] = {"density", "pressure", "Vx", "Vy", "Vz"};

bool has(const Candidate& candidate, const std::string& name) {
  return candidate.arrays && candidate.arrays->find(name) != nullptr;
}

std::size_t rank_of(const Candidate& candidate, const std::string& name) {
  return has(candidate, name) ? candidate.arrays->find(name)->shape.size() : 0;
}

Layout start(const Candidate& candidate, const char* format) {
  if (!candidate.arrays) {
    throw DataError(
        fmt::format("{} is no HDF5 file (the format {} is one); name another format", candidate.path.string(), format));
  }
  Layout layout;
  layout.format = format;
  layout.about.attributes = candidate.arrays->attributes();
  return layout;
}

Quantity quantity(const ArrayFile& file, const std::string& key, const std::string& name, std::string array) {
  Quantity result{key, name, {std::move(array)}, {}};
  result.type = field_type(file.array(result.arrays.front()).type_name);
  return result;
}

/// Axes time, x, y, z of arrays (samples, time, x...), where "t-coordinate" may be one longer than the data.
void add_axes(const ArrayFile& file, const Shape& shape, bool time, Layout& layout) {
  std::size_t axis = 1;
  layout.samples = shape[0];
  if (time) layout.axes.push_back(make_axis(file, "time", shape[axis++], Role::time, "t-coordinate"));
  for (std::size_t space = 0; axis < shape.size(); ++axis, ++space) {
    const std::string name = space_name(space);
    layout.axes.push_back(make_axis(file, name, shape[axis], Role::space, name + "-coordinate"));
  }
}

void use_axes(const Layout& layout, Quantity& field) {
  for (const LayoutAxis& axis : layout.axes) field.axes.push_back(AxisUse::field(axis.axis.name));
}

}  // namespace

bool is_pdebench_flat(const Candidate& candidate) {
  return has(candidate, "tensor") && has(candidate, "x-coordinate") && !has(candidate, "nu") &&
         rank_of(candidate, "tensor") >= 3;
}

std::unique_ptr<Source> open_pdebench_flat(const Candidate& candidate, const SourceOptions& options) {
  Layout layout = start(candidate, "PDEBench flat");
  const ArrayFile& file = *candidate.arrays;
  const Shape& shape = require_rank(file, "tensor", std::clamp<std::size_t>(rank_of(candidate, "tensor"), 3, 5));
  add_axes(file, shape, true, layout);
  Quantity field = quantity(file, "tensor", "u", "tensor");
  field.axes = {AxisUse::sample()};
  use_axes(layout, field);
  layout.fields = {field};
  layout.inputs = layout.outputs = {"tensor"};
  return make_array_source(candidate.arrays, std::move(layout), options);
}

bool is_pdebench_darcy(const Candidate& candidate) {
  return rank_of(candidate, "nu") == 3 && rank_of(candidate, "tensor") == 4;
}

std::unique_ptr<Source> open_pdebench_darcy(const Candidate& candidate, const SourceOptions& options) {
  Layout layout = start(candidate, "PDEBench Darcy");
  const ArrayFile& file = *candidate.arrays;
  require_rank(file, "tensor", 4);
  add_axes(file, require_rank(file, "nu", 3), false, layout);
  Quantity coefficient = quantity(file, "nu", "nu", "nu");
  coefficient.axes = {AxisUse::sample()};
  use_axes(layout, coefficient);
  Quantity solution = quantity(file, "tensor", "u", "tensor");
  solution.axes = {AxisUse::sample(), AxisUse::fixed(0)};
  use_axes(layout, solution);
  layout.fields = {coefficient, solution};
  layout.inputs = {"nu"};
  layout.outputs = {"tensor"};
  return make_array_source(candidate.arrays, std::move(layout), options);
}

bool is_pdebench_cfd(const Candidate& candidate) {
  return has(candidate, "density") && has(candidate, "pressure") && has(candidate, "Vx") &&
         has(candidate, "x-coordinate");
}

std::unique_ptr<Source> open_pdebench_cfd(const Candidate& candidate, const SourceOptions& options) {
  Layout layout = start(candidate, "PDEBench CFD");
  const ArrayFile& file = *candidate.arrays;
  const std::size_t rank = std::clamp<std::size_t>(file.array("density").shape.size(), 3, 5);
  add_axes(file, require_rank(file, "density", rank), true, layout);
  for (const char* name : flow_fields) {
    if (file.find(name) == nullptr) continue;
    Quantity field = quantity(file, name, name, name);
    field.axes = {AxisUse::sample()};
    use_axes(layout, field);
    layout.fields.push_back(std::move(field));
    layout.inputs.emplace_back(name);
    layout.outputs.emplace_back(name);
  }
  return make_array_source(candidate.arrays, std::move(layout), options);
}

bool is_pdebench_grouped(const Candidate& candidate) {
  return candidate.arrays && !numbered_arrays(*candidate.arrays, "", "/data").empty();
}

std::unique_ptr<Source> open_pdebench_grouped(const Candidate& candidate, const SourceOptions& options) {
  Layout layout = start(candidate, "PDEBench grouped");
  const ArrayFile& file = *candidate.arrays;
  const std::vector<std::string> names = numbered_arrays(file, "", "/data");
  if (names.empty()) {
    throw DataError(
        fmt::format("{} has no arrays \"0000/data\", \"0001/data\", ... (which the format PDEBench grouped "
                    "has); name another format",
                    file.path()));
  }
  const std::string group = names.front().substr(0, names.front().size() - 4);
  const Shape& shape =
      require_rank(file, names.front(), std::clamp<std::size_t>(file.array(names.front()).shape.size(), 3, 5));
  layout.samples = names.size();
  layout.axes.push_back(make_axis(file, "time", shape[0], Role::time, group + "grid/t"));
  for (std::size_t axis = 1; axis + 1 < shape.size(); ++axis) {
    const std::string name = space_name(axis - 1);
    layout.axes.push_back(make_axis(file, name, shape[axis], Role::space, group + "grid/" + name));
  }
  constexpr std::size_t max_channels = 256;
  if (shape.back() > max_channels) {
    throw DataError(fmt::format("{}:{} has shape {} (its last axis counts fields, at most {}); it is of another format",
                                file.path(), names.front(), to_string(shape), max_channels));
  }
  for (std::size_t channel = 0; channel < shape.back(); ++channel) {
    const std::string name = shape.back() == 1 ? "u" : fmt::format("u{}", channel);
    Quantity field = quantity(file, name, name, names.front());
    field.arrays = names;
    use_axes(layout, field);
    field.axes.push_back(AxisUse::fixed(channel));
    layout.fields.push_back(std::move(field));
    layout.inputs.push_back(name);
    layout.outputs.push_back(name);
  }
  return make_array_source(candidate.arrays, std::move(layout), options);
}

bool is_pdebench_incompressible(const Candidate& candidate) {
  return rank_of(candidate, "velocity") == 5 && rank_of(candidate, "particles") == 5 && has(candidate, "t");
}

std::unique_ptr<Source> open_pdebench_incompressible(const Candidate& candidate, const SourceOptions& options) {
  Layout layout = start(candidate, "PDEBench incompressible");
  const ArrayFile& file = *candidate.arrays;
  const Shape& shape = require_rank(file, "velocity", 5);
  layout.samples = shape[0];
  layout.axes = {make_axis(file, "time", shape[1], Role::time, "t"), make_axis(file, "x", shape[2], Role::space),
                 make_axis(file, "y", shape[3], Role::space)};
  const auto add = [&](const std::string& array, bool time, std::size_t component, const std::string& name) {
    Quantity field = quantity(file, name, name, array);
    field.axes = {AxisUse::sample()};
    if (time) field.axes.push_back(AxisUse::field("time"));
    field.axes.push_back(AxisUse::field("x"));
    field.axes.push_back(AxisUse::field("y"));
    field.axes.push_back(AxisUse::fixed(component));
    layout.fields.push_back(std::move(field));
    layout.inputs.push_back(name);
    if (time) layout.outputs.push_back(name);
  };
  add("velocity", true, 0, "velocity_x");
  add("velocity", true, 1, "velocity_y");
  add("particles", true, 0, "particles");
  if (rank_of(candidate, "force") == 4) {
    add("force", false, 0, "force_x");
    add("force", false, 1, "force_y");
  }
  return make_array_source(candidate.arrays, std::move(layout), options);
}

}  // namespace floe::io
