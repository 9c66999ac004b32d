// SPDX-License-Identifier: MIT
#include "io/readers/axes.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace floe::io {

LayoutAxis make_axis(const ArrayFile& file, const std::string& name, std::size_t size, LayoutAxis::Role role,
                     const std::string& coordinates) {
  if (size == 0 || size > max_axis_points) {
    throw DataError(
        fmt::format("the axis {} of {} has {} points (1 to {} are read); the file is damaged or of another "
                    "format",
                    name, file.path(), size, max_axis_points));
  }
  LayoutAxis axis{{name, std::vector<double>(size), "1", "none"}, role};
  const ArrayInfo* info = coordinates.empty() ? nullptr : file.find(coordinates);
  if (info == nullptr) {
    std::iota(axis.axis.values.begin(), axis.axis.values.end(), 0.0);
    return axis;
  }
  if (info->shape.empty() || info->shape.back() < size || element_count(info->shape) == 0) {
    throw DataError(
        fmt::format("{}:{} has shape {} (the axis {} has {} points); the file is damaged or of another format",
                    file.path(), coordinates, to_string(info->shape), name, size));
  }
  Selection selection{Shape(info->shape.size(), 0), Shape(info->shape.size(), 1), Shape(info->shape.size(), 1)};
  selection.count.back() = size;
  file.read(coordinates, selection, std::span<double>(axis.axis.values));
  if (const auto unit = info->attributes.find("units"); unit != info->attributes.end()) {
    axis.axis.unit = hdf5::to_string(unit->second);
  }
  return axis;
}

std::vector<std::string> numbered_arrays(const ArrayFile& file, const std::string& prefix, const std::string& suffix) {
  std::vector<std::string> names;
  for (const ArrayInfo& info : file.arrays()) {
    const std::string& name = info.name;
    if (name.size() <= prefix.size() + suffix.size() || !name.starts_with(prefix) || !name.ends_with(suffix)) continue;
    const auto first = name.begin() + static_cast<std::ptrdiff_t>(prefix.size());
    const auto last = name.end() - static_cast<std::ptrdiff_t>(suffix.size());
    if (std::all_of(first, last, [](char c) { return c >= '0' && c <= '9'; })) names.push_back(name);
  }
  // By number: of digits without leading zeros the longer are greater.
  const auto digits = [&](const std::string& name) {
    std::string number = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
    return number.substr(std::min(number.find_first_not_of('0'), number.size()));
  };
  std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    const std::string left = digits(a);
    const std::string right = digits(b);
    return left.size() != right.size() ? left.size() < right.size() : left < right;
  });
  return names;
}

const Shape& require_rank(const ArrayFile& file, const std::string& name, std::size_t rank) {
  const ArrayInfo& info = file.array(name);
  if (info.shape.size() != rank || element_count(info.shape) == 0 || !is_real_type(info.type_name)) {
    throw DataError(
        fmt::format("{}:{} has shape {} and type {} (expected {} axes of real numbers); the file is damaged or "
                    "of another format",
                    file.path(), name, to_string(info.shape), info.type_name, rank));
  }
  return info.shape;
}

std::string space_name(std::size_t axis) {
  return axis < 4 ? std::string(1, "xyzw"[axis]) : fmt::format("x{}", axis);
}

}  // namespace floe::io
