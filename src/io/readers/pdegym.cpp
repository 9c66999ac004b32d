// SPDX-License-Identifier: MIT
// The netCDF-4 files of PDEgym (Herde et al., "Poseidon", NeurIPS 2024).
#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "io/readers/axes.h"
#include "io/readers/formats.h"
#include "io/readers/layout.h"

namespace floe::io {

namespace {

using Role = LayoutAxis::Role;

constexpr const char* format_name = "PDEgym";
constexpr std::size_t max_channels = 256;

std::size_t rank_of(const ArrayFile& file, const std::string& name) {
  const ArrayInfo* info = file.find(name);
  return info == nullptr ? 0 : info->shape.size();
}

/// What the channels of an array are called.
std::string channel_name(const std::string& array, std::size_t channel) {
  static constexpr const char* flow[] = {"density", "velocity_x", "velocity_y", "pressure"};
  static constexpr const char* velocity[] = {"velocity_x", "velocity_y"};
  if (array == "data" && channel < 4) return flow[channel];
  if (array == "velocity" && channel < 2) return velocity[channel];
  return fmt::format("{}_{}", array, channel);
}

Layout grouped(const ArrayFile& file) {
  Layout layout;
  for (const char* name : {"a", "u", "bc"}) {
    const std::vector<std::string> arrays = numbered_arrays(file, "Sample_", std::string("/") + name);
    if (arrays.empty()) continue;
    const ArrayInfo& info = file.array(arrays.front());
    if (layout.samples == 0) {
      const Shape& shape = require_rank(file, arrays.front(), 2);
      layout.samples = arrays.size();
      layout.axes = {make_axis(file, "x", shape[0], Role::space), make_axis(file, "y", shape[1], Role::space)};
    }
    if (arrays.size() != layout.samples) {
      throw DataError(
          fmt::format("{} has {} arrays Sample_<i>/{} and {} Sample_<i>/a (they must be equally many); the "
                      "file is incomplete",
                      file.path(), arrays.size(), name, layout.samples));
    }
    Quantity field{name, name, arrays, {}, field_type(info.type_name)};
    if (info.shape.size() == 2) field.axes = {AxisUse::field("x"), AxisUse::field("y")};
    (info.shape.empty() ? layout.parameters : layout.fields).push_back(field);
    if (!info.shape.empty()) (std::string(name) == "u" ? layout.outputs : layout.inputs).emplace_back(name);
  }
  return layout;
}

/// (samples, [t, [channel,]] x, y)
void add_trajectory(const ArrayFile& file, const std::string& array, Layout& layout) {
  const std::size_t rank = rank_of(file, array);
  const Shape& shape = require_rank(file, array, std::clamp<std::size_t>(rank, 3, 5));
  if (layout.samples == 0) {
    layout.samples = shape[0];
    layout.axes = {make_axis(file, "x", shape[rank - 2], Role::space),
                   make_axis(file, "y", shape[rank - 1], Role::space)};
    if (rank > 3) layout.axes.insert(layout.axes.begin(), make_axis(file, "time", shape[1], Role::time));
  }
  const std::size_t channels = rank == 5 ? shape[2] : 1;
  if (channels > max_channels) {
    throw DataError(
        fmt::format("{}:{} has shape {} (its third axis counts fields, at most {}); it is of another format",
                    file.path(), array, to_string(shape), max_channels));
  }
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const std::string name = rank == 5 ? channel_name(array, channel) : array;
    Quantity field{name, name, {array}, {AxisUse::sample()}, field_type(file.array(array).type_name)};
    if (rank > 3) field.axes.push_back(AxisUse::field("time"));
    if (rank == 5) field.axes.push_back(AxisUse::fixed(channel));
    field.axes.push_back(AxisUse::field("x"));
    field.axes.push_back(AxisUse::field("y"));
    layout.fields.push_back(std::move(field));
    layout.outputs.push_back(name);
    if (rank > 3) layout.inputs.push_back(name);
  }
}

}  // namespace

bool is_pdegym(const Candidate& candidate) {
  if (!candidate.arrays || candidate.arrays->container() != "HDF5") return false;
  const ArrayFile& file = *candidate.arrays;
  const std::size_t solution = rank_of(file, "solution");
  return rank_of(file, "velocity") == 5 || rank_of(file, "data") == 5 || solution == 4 || solution == 5 ||
         (solution == 3 && rank_of(file, "source") == 3) || !numbered_arrays(file, "Sample_", "/u").empty();
}

std::unique_ptr<Source> open_pdegym(const Candidate& candidate, const SourceOptions& options) {
  if (!candidate.arrays) {
    throw DataError(fmt::format("{} is no netCDF-4 file (the format {} is one); name another format",
                                candidate.path.string(), format_name));
  }
  const ArrayFile& file = *candidate.arrays;
  Layout layout = grouped(file);
  if (layout.samples == 0) {
    for (const char* name : {"velocity", "data", "solution"}) {
      if (rank_of(file, name) >= 3) add_trajectory(file, name, layout);
    }
    for (const char* name : {"source", "c"}) {
      if (rank_of(file, name) != 3 || layout.samples == 0) continue;
      layout.fields.push_back({name,
                               name,
                               {name},
                               {AxisUse::sample(), AxisUse::field("x"), AxisUse::field("y")},
                               field_type(file.array(name).type_name)});
      layout.inputs.emplace_back(name);
    }
  }
  if (layout.samples == 0) {
    throw DataError(
        fmt::format("{} has neither velocity, data nor solution, nor Sample_<i>/u (one of which the format {} "
                    "has); name another format",
                    file.path(), format_name));
  }
  layout.format = format_name;
  layout.about.attributes = file.attributes();
  return make_array_source(candidate.arrays, std::move(layout), options);
}

}  // namespace floe::io
