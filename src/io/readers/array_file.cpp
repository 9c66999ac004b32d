// SPDX-License-Identifier: MIT
#include "io/readers/array_file.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "base/nearest.h"
#include "io/readers/hdf5_array_file.h"
#include "io/readers/mat5.h"
#include "io/readers/npy.h"
#include "io/readers/npz.h"

namespace floe::io {

namespace {

constexpr std::size_t head_bytes = 132;

bool starts_with_signature(const std::filesystem::path& path, std::uintmax_t size) {
  // HDF5 may begin after a preface of 512, 1024, 2048, ... bytes.
  constexpr std::string_view signature("\x89HDF\r\n\x1a\n", 8);
  std::ifstream stream(path, std::ios::binary);
  for (std::uintmax_t offset = 0; offset + signature.size() <= size; offset = offset == 0 ? 512 : 2 * offset) {
    std::string found(signature.size(), '\0');
    stream.seekg(static_cast<std::streamoff>(offset));
    if (!stream.read(found.data(), static_cast<std::streamsize>(found.size()))) return false;
    if (found == signature) return true;
  }
  return false;
}

/// A container and how to know it by its first bytes.
struct Container {
  bool (*recognises)(const std::string& head);
  std::unique_ptr<ArrayFile> (*open)(const std::filesystem::path& path);
};

// HDF5, and MAT 7.3, are told by starts_with_signature(); here stand the others.
constexpr Container all_containers[] = {
    // MAT 5 is told by its version 1.0 and its mark of the byte order; 7.3 has version 2.0.
    {[](const std::string& head) {
       return head.starts_with(
           "\x93"
           "NUMPY");
     },
     open_npy},
    {[](const std::string& head) { return head.starts_with("PK\x03\x04") || head.starts_with("PK\x05\x06"); },
     open_npz},
    {[](const std::string& head) {
       return head.size() >= 128 && (head.compare(124, 4, std::string_view("\x00\x01IM", 4)) == 0 ||
                                     head.compare(124, 4, std::string_view("\x01\x00MI", 4)) == 0);
     },
     open_mat5},
};

constexpr std::span<const Container> containers() {
  return all_containers;
}

const Container* recognise(const std::filesystem::path& path) {
  std::string head(head_bytes, '\0');
  std::ifstream stream(path, std::ios::binary);
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  for (const Container& container : containers()) {
    if (container.recognises(head)) return &container;
  }
  static constexpr Container hdf5 = {nullptr, open_hdf5_array_file};
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  return !error && starts_with_signature(path, size) ? &hdf5 : nullptr;
}

}  // namespace

Selection Selection::all(const Shape& shape) {
  return {Shape(shape.size(), 0), shape, Shape(shape.size(), 1)};
}

void Selection::validate(const Shape& shape) const {
  if (start.size() != shape.size() || count.size() != shape.size() || stride.size() != shape.size()) {
    throw ShapeError(
        fmt::format("a selection of {} axes of an array of shape {} (they differ); give one range per axis",
                    count.size(), to_string(shape)));
  }
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const bool empty = count[axis] == 0 && start[axis] <= shape[axis];
    const bool inside = start[axis] < shape[axis] && count[axis] > 0 && stride[axis] > 0 &&
                        (count[axis] - 1) <= (shape[axis] - 1 - start[axis]) / stride[axis];
    if (stride[axis] == 0 || !(empty || inside)) {
      throw ShapeError(fmt::format("{} elements from {} on with stride {} of axis {} (the shape is {}); select less",
                                   count[axis], start[axis], stride[axis], axis, to_string(shape)));
    }
  }
}

std::map<std::string, hdf5::AttributeValue> ArrayFile::attributes(const std::string&) const {
  return {};
}

const ArrayInfo* ArrayFile::find(const std::string& name) const {
  const std::vector<ArrayInfo>& all = arrays();
  const auto found = std::lower_bound(all.begin(), all.end(), name,
                                      [](const ArrayInfo& info, const std::string& text) { return info.name < text; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

const ArrayInfo& ArrayFile::array(const std::string& name) const {
  if (const ArrayInfo* found = find(name)) return *found;
  std::vector<std::string> names;
  for (const ArrayInfo& info : arrays()) names.push_back(info.name);
  const std::string near = nearest(name, names);
  const bool more = names.size() > 12;
  names.resize(std::min<std::size_t>(names.size(), 12));
  throw DataError(fmt::format("no array '{}' in {} (it has {}{}); {}", name, path(),
                              names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")), more ? ", ..." : "",
                              near.empty() ? "name one of these" : fmt::format("did you mean '{}'?", near)));
}

std::vector<double> ArrayFile::read_all(const std::string& name, std::size_t max_elements) const {
  const ArrayInfo& info = array(name);
  if (const std::size_t count = element_count(info.shape); count > max_elements) {
    throw DataError(
        fmt::format("{}:{} has shape {} (at most {} elements are expected of it); the file is not of the "
                    "layout it seems to be",
                    path(), name, to_string(info.shape), max_elements));
  }
  std::vector<double> values(element_count(info.shape));
  read(name, Selection::all(info.shape), values);
  return values;
}

bool is_real_type(const std::string& type_name) {
  return type_name == "bool" || type_name == "enum" || type_name.starts_with("float") || type_name.starts_with("int") ||
         type_name.starts_with("uint");
}

bool is_array_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && recognise(path) != nullptr;
}

std::unique_ptr<ArrayFile> open_array_file(const std::filesystem::path& path) {
  const std::string name = path.string();
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw IoError(fmt::format("{} could not be opened (there is no such file); check the path", name));
  }
  if (!std::filesystem::is_regular_file(path, error)) {
    throw IoError(
        fmt::format("{} could not be opened ({}); name a file", name,
                    std::filesystem::is_directory(path, error) ? "it is a directory" : "it is no plain file"));
  }
  errno = 0;
  if (std::ifstream stream(path, std::ios::binary); !stream) {
    throw IoError(fmt::format("{} could not be opened ({}); check its permissions", name, std::strerror(errno)));
  }
  const Container* container = recognise(path);
  if (container == nullptr) {
    throw DataError(
        fmt::format("{} is of no known kind (its first bytes are not those of HDF5, netCDF-4, MAT 5, MAT 7.3, "
                    "NPY or NPZ); convert it to one of these",
                    name));
  }
  return container->open(path);
}

}  // namespace floe::io
