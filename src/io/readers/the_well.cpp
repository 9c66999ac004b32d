// SPDX-License-Identifier: MIT
// The files of The Well (Ohana et al., NeurIPS 2024).
#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "io/readers/axes.h"
#include "io/readers/formats.h"
#include "io/readers/layout.h"

namespace floe::io {

namespace {

using Attributes = std::map<std::string, hdf5::AttributeValue>;
using Role = LayoutAxis::Role;

constexpr const char* format_name = "The Well";
constexpr std::size_t max_dimensions = 6;

/// An attribute that is a list of names, or one name.
std::vector<std::string> texts(const Attributes& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  if (found == attributes.end()) return {};
  if (const auto* list = std::get_if<std::vector<std::string>>(&found->second)) return *list;
  if (const auto* text = std::get_if<std::string>(&found->second)) return {*text};
  return {};
}

std::optional<std::int64_t> integer(const Attributes& attributes, const std::string& name) {
  const auto found = attributes.find(name);
  if (found == attributes.end()) return {};
  if (const auto* value = std::get_if<std::int64_t>(&found->second)) return *value;
  if (const auto* value = std::get_if<std::uint64_t>(&found->second)) return static_cast<std::int64_t>(*value);
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&found->second); list != nullptr && list->size() == 1) {
    return list->front();
  }
  return {};
}

bool flag(const Attributes& attributes, const std::string& name, bool missing) {
  const auto value = integer(attributes, name);
  return value ? *value != 0 : missing;
}

class Well final {
 public:
  explicit Well(const ArrayFile& file) : file_(file) {}

  Layout layout() {
    layout_.format = format_name;
    layout_.about.attributes = file_.attributes();
    layout_.about.title = title();
    read_dimensions();
    for (std::size_t order = 0; order < 3; ++order) read_fields(order);
    read_scalars();
    return std::move(layout_);
  }

 private:
  [[noreturn]] void wrong(const std::string& why) const {
    throw DataError(
        fmt::format("{} does not follow the format of The Well ({}); use another copy or format", file_.path(), why));
  }

  std::string title() const {
    const auto found = layout_.about.attributes.find("dataset_name");
    return found == layout_.about.attributes.end() ? "" : hdf5::to_string(found->second);
  }

  void read_dimensions() {
    const auto trajectories = integer(layout_.about.attributes, "n_trajectories");
    if (!trajectories || *trajectories < 1) wrong("its attribute n_trajectories is missing or no positive integer");
    layout_.samples = static_cast<std::size_t>(*trajectories);
    spatial_ = texts(file_.attributes("dimensions"), "spatial_dims");
    if (spatial_.empty()) {
      for (const char* name : {"x", "y", "z"}) {
        if (file_.find(std::string("dimensions/") + name) != nullptr) spatial_.emplace_back(name);
      }
    }
    if (spatial_.empty() || spatial_.size() > max_dimensions) wrong("it names no spatial dimensions");
    add_axis("time", "time", Role::time);
    for (const std::string& name : spatial_) add_axis(name, name, Role::space);
    read_boundaries();
  }

  void add_axis(const std::string& array, const std::string& name, Role role) {
    const std::string path = "dimensions/" + array;
    const ArrayInfo& info = file_.array(path);
    if (info.shape.empty()) wrong(fmt::format("dimensions/{} has no axis", array));
    layout_.axes.push_back(make_axis(file_, name, info.shape.back(), role, path));
  }

  /// Periodic axes are told by the boundary conditions that name them.
  void read_boundaries() {
    const std::string prefix = "boundary_conditions/";
    std::vector<std::string> groups;
    for (const ArrayInfo& info : file_.arrays()) {
      if (!info.name.starts_with(prefix)) continue;
      const std::string group = info.name.substr(0, info.name.find('/', prefix.size()));
      if (groups.empty() || groups.back() != group) groups.push_back(group);
    }
    for (const std::string& group : groups) {
      const Attributes attributes = file_.attributes(group);
      const std::vector<std::string> kind = texts(attributes, "bc_type");
      if (kind.empty()) continue;
      layout_.about.attributes["boundary_" + group.substr(prefix.size())] = kind.front();
      if (kind.front() != "PERIODIC" && kind.front() != "periodic") continue;
      for (const std::string& name : texts(attributes, "associated_dims")) {
        for (LayoutAxis& axis : layout_.axes) {
          if (axis.axis.name == name && axis.role == Role::space) axis.axis.boundary_condition = "periodic";
        }
      }
    }
  }

  void read_fields(std::size_t order) {
    const std::string prefix = fmt::format("t{}_fields/", order);
    for (const ArrayInfo& info : file_.arrays()) {
      if (!info.name.starts_with(prefix)) continue;
      std::vector<AxisUse> axes;
      const bool time = flag(info.attributes, "time_varying", true);
      if (flag(info.attributes, "sample_varying", true)) axes.push_back(AxisUse::sample());
      if (time) axes.push_back(AxisUse::field("time"));
      const std::vector<bool> varies = varying(info);
      for (std::size_t axis = 0; axis < spatial_.size(); ++axis) {
        if (varies[axis]) axes.push_back(AxisUse::field(spatial_[axis]));
      }
      if (info.shape.size() != axes.size() + order) {
        wrong(fmt::format("{} has shape {} and its attributes tell of {} axes", info.name, to_string(info.shape),
                          axes.size() + order));
      }
      add_components(info, info.name.substr(prefix.size()), order, axes, time);
    }
  }

  std::vector<bool> varying(const ArrayInfo& info) const {
    std::vector<bool> varies(spatial_.size(), true);
    const auto found = info.attributes.find("dim_varying");
    if (found == info.attributes.end()) return varies;
    const auto* list = std::get_if<std::vector<std::int64_t>>(&found->second);
    if (list == nullptr || list->size() != spatial_.size()) {
      wrong(fmt::format("the attribute dim_varying of {} has not one entry per dimension", info.name));
    }
    for (std::size_t axis = 0; axis < varies.size(); ++axis) varies[axis] = (*list)[axis] != 0;
    return varies;
  }

  /// A tensor is one field per component: velocity_x, velocity_y; stress_xx, stress_xy, ...
  void add_components(const ArrayInfo& info, const std::string& name, std::size_t order,
                      const std::vector<AxisUse>& axes, bool time) {
    std::size_t components = 1;
    for (std::size_t i = 0; i < order; ++i) {
      const std::size_t extent = info.shape[axes.size() + i];
      if (extent != spatial_.size()) {
        wrong(fmt::format("{} has shape {} and components for {} dimensions", info.name, to_string(info.shape),
                          spatial_.size()));
      }
      components *= extent;
    }
    for (std::size_t component = 0; component < components; ++component) {
      Quantity field{name, name, {info.name}, axes, field_type(info.type_name)};
      const std::size_t inner = component % spatial_.size();
      const std::size_t outer = component / spatial_.size();
      if (order == 2) field.axes.push_back(AxisUse::fixed(outer));
      if (order >= 1) field.axes.push_back(AxisUse::fixed(inner));
      if (order >= 1) field.name += "_" + (order == 2 ? spatial_[outer] : "") + spatial_[inner];
      field.key = field.name;
      layout_.inputs.push_back(field.key);
      if (time) layout_.outputs.push_back(field.key);
      layout_.fields.push_back(std::move(field));
    }
  }

  /// One number per trajectory is a parameter, one for all is an attribute, one per time a field of time alone.
  void read_scalars() {
    const std::string prefix = "scalars/";
    for (const ArrayInfo& info : file_.arrays()) {
      if (!info.name.starts_with(prefix) || !is_real_type(info.type_name)) continue;
      const std::string name = info.name.substr(prefix.size());
      const bool sample = flag(info.attributes, "sample_varying", info.shape.size() == 1);
      const bool time = flag(info.attributes, "time_varying", false);
      std::vector<AxisUse> axes;
      if (sample) axes.push_back(AxisUse::sample());
      if (time) axes.push_back(AxisUse::field("time"));
      if (axes.size() != info.shape.size()) {
        wrong(fmt::format("{} has shape {} and its attributes tell of {} axes", info.name, to_string(info.shape),
                          axes.size()));
      }
      if (time) {
        layout_.fields.push_back({name, name, {info.name}, axes, field_type(info.type_name)});
      } else if (sample) {
        layout_.parameters.push_back({name, name, {info.name}, axes, parameter_type(info.type_name)});
      } else {
        layout_.about.attributes["scalar_" + name] = file_.read_all(info.name, 1).front();
      }
    }
  }

  const ArrayFile& file_;
  Layout layout_;
  std::vector<std::string> spatial_;
};

}  // namespace

bool is_the_well(const Candidate& candidate) {
  if (!candidate.arrays || candidate.arrays->find("dimensions/time") == nullptr) return false;
  return std::any_of(candidate.arrays->arrays().begin(), candidate.arrays->arrays().end(), [](const ArrayInfo& info) {
    return info.name.starts_with("t0_fields/") || info.name.starts_with("t1_fields/") ||
           info.name.starts_with("t2_fields/");
  });
}

std::unique_ptr<Source> open_the_well(const Candidate& candidate, const SourceOptions& options) {
  if (!candidate.arrays) {
    throw DataError(fmt::format("{} is no HDF5 file (the format {} is one); name another format",
                                candidate.path.string(), format_name));
  }
  return make_array_source(candidate.arrays, Well(*candidate.arrays).layout(), options);
}

}  // namespace floe::io
