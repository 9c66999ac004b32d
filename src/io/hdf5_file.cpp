// SPDX-License-Identifier: MIT
#include "io/hdf5_file.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "io/hdf5_internal.h"

namespace floe::io::hdf5 {

using detail::own;

namespace {

constexpr std::size_t chunk_target_bytes = std::size_t{256} << 10;
constexpr std::size_t chunk_cache_bytes = std::size_t{16} << 20;
constexpr std::size_t chunk_cache_slots = 12421;

herr_t collect_link(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

Entry::Kind kind_of(hid_t group, const std::string& name) {
  const Handle access = detail::access_within_file(H5P_LINK_ACCESS);
  const Handle object = own(H5Oopen(group, name.c_str(), access.id()), H5Oclose);
  if (!object) {
    return Entry::Kind::other;
  }
  switch (H5Iget_type(object.id())) {
    case H5I_GROUP:
      return Entry::Kind::group;
    case H5I_DATASET:
      return Entry::Kind::dataset;
    default:
      return Entry::Kind::other;
  }
}

void list_datasets(const Group& group, int depth, std::vector<std::string>& paths) {
  for (const Entry& entry : group.entries()) {
    if (entry.kind == Entry::Kind::dataset) {
      paths.push_back((group.path() == "/" ? "" : group.path()) + "/" + entry.name);
    } else if (entry.kind == Entry::Kind::group && depth > 0 && paths.size() < 12) {
      list_datasets(group.group(entry.name), depth - 1, paths);
    }
  }
}

// Throws before the library sees the file, with the reason the operating system gives.
void check_openable(const std::filesystem::path& path) {
  std::error_code error;
  const std::string name = path.string();
  if (!std::filesystem::exists(path, error)) {
    const std::string partial = name + ".partial";
    if (std::filesystem::exists(partial, error)) {
      throw IoError(fmt::format(
          "{} does not exist (an unfinished {} lies beside it: the run that wrote it was stopped); run it again", name,
          partial));
    }
    throw IoError(fmt::format("{} could not be opened (there is no such file); check the path", name));
  }
  if (std::filesystem::is_directory(path, error)) {
    throw IoError(fmt::format("{} could not be opened (it is a directory); name a file", name));
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    throw IoError(fmt::format("{} could not be opened ({}); check its permissions", name, std::strerror(errno)));
  }
}

Shape automatic_chunk(const DatasetSpec& spec) {
  Shape chunk = spec.shape;
  std::size_t row_bytes = std::max<std::size_t>(element_size(spec.type), 1);
  for (std::size_t axis = 1; axis < chunk.size(); ++axis) {
    chunk[axis] = std::max<std::size_t>(chunk[axis], 1);
    row_bytes *= chunk[axis];
  }
  std::size_t rows = std::max<std::size_t>(chunk_target_bytes / row_bytes, 1);
  if (!spec.extendible) {
    rows = std::min(rows, std::max<std::size_t>(spec.shape[0], 1));
  }
  chunk[0] = rows;
  // HDF5 allows at most 4 GiB per chunk: split the slow axes of one huge row.
  for (std::size_t axis = 1; axis < chunk.size() && row_bytes > (std::size_t{1} << 31); ++axis) {
    row_bytes = row_bytes / chunk[axis] + 1;
    chunk[axis] = 1;
  }
  return chunk;
}

}  // namespace

Group::Group(Handle object, std::string file, std::string path)
    : object_(std::make_shared<const Handle>(std::move(object))), file_(std::move(file)), path_(std::move(path)) {}

std::string Group::absolute(const std::string& path) const {
  if (path.starts_with('/')) {
    return path;
  }
  return (path_ == "/" ? "" : path_) + "/" + path;
}

std::uint64_t Group::address() const {
  return detail::object_address(object_->id());
}

bool Group::contains(const std::string& path) const {
  const detail::Session session;
  const std::string full = absolute(path);
  const Handle access = detail::access_within_file(H5P_LINK_ACCESS);
  for (std::size_t end = full.find('/', 1);; end = full.find('/', end + 1)) {
    const std::string part = full.substr(0, end);
    if (part != "/" && (H5Lexists(object_->id(), part.c_str(), access.id()) <= 0 ||
                        H5Oexists_by_name(object_->id(), part.c_str(), access.id()) <= 0)) {
      return false;
    }
    if (end == std::string::npos) {
      return true;
    }
  }
}

std::vector<Entry> Group::entries() const {
  const detail::Session session;
  std::vector<std::string> names;
  hsize_t position = 0;
  if (H5Literate(object_->id(), H5_INDEX_NAME, H5_ITER_INC, &position, collect_link, &names) < 0) {
    throw DataError(fmt::format("{} could not be listed ({}); the file is damaged, use another copy",
                                detail::label(file_, path_), detail::library_message()));
  }
  std::vector<Entry> entries;
  for (std::string& name : names) {
    const Entry::Kind kind = kind_of(object_->id(), name);
    entries.push_back({std::move(name), kind});
  }
  return entries;
}

std::string Group::nearby(const std::string& path) const {
  std::vector<std::string> paths;
  try {
    const Handle root = own(H5Gopen2(object_->id(), "/", H5P_DEFAULT), H5Gclose);
    list_datasets(Group(own(H5Gopen2(object_->id(), "/", H5P_DEFAULT), H5Gclose), file_, "/"), 4, paths);
  } catch (const DataError&) {
    return "its contents cannot be listed either";
  }
  // The file may hold thousands: those of the same name come first.
  const std::string name = path.substr(path.rfind('/') + 1);
  std::stable_sort(paths.begin(), paths.end(), [&](const std::string& a, const std::string& b) {
    return a.ends_with("/" + name) && !b.ends_with("/" + name);
  });
  if (paths.empty()) {
    return "it has no datasets";
  }
  const bool more = paths.size() > 8;
  paths.resize(std::min<std::size_t>(paths.size(), 8));
  return fmt::format("it has {}{}", fmt::join(paths, ", "), more ? ", ..." : "");
}

Group Group::group(const std::string& path) const {
  const detail::Session session;
  const std::string full = absolute(path);
  Handle object;
  if (contains(full)) {
    const Handle access = detail::access_within_file(H5P_GROUP_ACCESS);
    object = own(H5Gopen2(object_->id(), full.c_str(), access.id()), H5Gclose);
  }
  if (!object) {
    throw DataError(
        fmt::format("no group {} in {} ({}); check that the file is of the kind expected", full, file_, nearby(full)));
  }
  return {std::move(object), file_, full};
}

Dataset Group::dataset(const std::string& path) const {
  const detail::Session session;
  const std::string full = absolute(path);
  Handle object;
  if (contains(full)) {
    const Handle access = detail::access_within_file(H5P_DATASET_ACCESS);
    H5Pset_chunk_cache(access.id(), chunk_cache_slots, chunk_cache_bytes, 1.0);
    object = own(H5Dopen2(object_->id(), full.c_str(), access.id()), H5Dclose);
  }
  if (!object) {
    throw DataError(fmt::format("no dataset {} in {} ({}); check the name and that the file is of the kind expected",
                                full, file_, nearby(full)));
  }
  return {std::move(object), file_, full};
}

Group Group::create_group(const std::string& name) {
  const detail::Session session;
  const std::string full = absolute(name);
  Handle object = own(H5Gcreate2(object_->id(), full.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  if (!object) {
    throw IoError(fmt::format("group {} could not be created in {} ({}); check the name and the free space", full,
                              file_, detail::library_message()));
  }
  return {std::move(object), file_, full};
}

Dataset Group::create_dataset(const std::string& name, const DatasetSpec& spec) {
  spec.validate();
  const detail::Session session;
  const std::string full = absolute(name);
  std::vector<hsize_t> extents(spec.shape.begin(), spec.shape.end());
  std::vector<hsize_t> limits = extents;
  if (spec.extendible) {
    limits[0] = H5S_UNLIMITED;
  }
  const Handle space =
      spec.shape.empty()
          ? own(H5Screate(H5S_SCALAR), H5Sclose)
          : own(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), limits.data()), H5Sclose);
  const Handle plist = own(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  // No time stamps and no bytes left undefined: the same data give the same file.
  H5Pset_obj_track_times(plist.id(), false);
  H5Pset_fill_time(plist.id(), H5D_FILL_TIME_ALLOC);
  const bool chunked = !spec.shape.empty() && (spec.extendible || element_count(spec.shape) > 0);
  if (chunked) {
    const Shape chunk = spec.chunk.empty() ? automatic_chunk(spec) : spec.chunk;
    const std::vector<hsize_t> chunk_extents(chunk.begin(), chunk.end());
    H5Pset_chunk(plist.id(), static_cast<int>(chunk.size()), chunk_extents.data());
    if (spec.shuffle && spec.type != ElementType::string) {
      H5Pset_shuffle(plist.id());
    }
    if (spec.deflate > 0) {
      H5Pset_deflate(plist.id(), static_cast<unsigned>(spec.deflate));
    }
    if (spec.fletcher32 && spec.type != ElementType::string) {
      H5Pset_fletcher32(plist.id());
    }
  }
  const Handle text = detail::text_type();
  const hid_t type = spec.type == ElementType::string ? text.id() : detail::file_type(spec.type);
  const Handle links = own(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.id(), 1);
  const Handle access = own(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  H5Pset_chunk_cache(access.id(), chunk_cache_slots, chunk_cache_bytes, 1.0);
  Handle object =
      own(H5Dcreate2(object_->id(), full.c_str(), type, space.id(), links.id(), plist.id(), access.id()), H5Dclose);
  if (!object) {
    throw IoError(
        fmt::format("dataset {} of shape {} could not be created in {} ({}); check the name and the free space", full,
                    to_string(spec.shape), file_, detail::library_message()));
  }
  return {std::move(object), file_, full};
}

template <class T>
Dataset Group::write(const std::string& name, const Shape& shape, std::span<const T> values) {
  DatasetSpec spec;
  spec.type = element_type_of<T>;
  spec.shape = shape;
  if (values.size() != element_count(shape)) {
    throw ShapeError(fmt::format("{} values for {} of shape {} (it has {} elements); give as many as it has",
                                 values.size(), detail::label(file_, absolute(name)), to_string(shape),
                                 element_count(shape)));
  }
  Dataset dataset = create_dataset(name, spec);
  dataset.write(values);
  return dataset;
}

template Dataset Group::write<float>(const std::string&, const Shape&, std::span<const float>);
template Dataset Group::write<double>(const std::string&, const Shape&, std::span<const double>);
template Dataset Group::write<std::int64_t>(const std::string&, const Shape&, std::span<const std::int64_t>);

Dataset Group::write_strings(const std::string& name, std::span<const std::string> values) {
  DatasetSpec spec;
  spec.type = ElementType::string;
  spec.shape = {values.size()};
  Dataset dataset = create_dataset(name, spec);
  dataset.write_strings(values);
  return dataset;
}

void Group::link(const std::string& existing, const std::string& name) {
  const detail::Session session;
  const std::string from = absolute(existing);
  const std::string to = absolute(name);
  if (H5Lcreate_hard(object_->id(), from.c_str(), object_->id(), to.c_str(), H5P_DEFAULT, H5P_DEFAULT) < 0) {
    throw IoError(fmt::format("{} could not be linked to {} in {} ({}); check the names", to, from, file_,
                              detail::library_message()));
  }
}

File File::open(const std::filesystem::path& path) {
  check_openable(path);
  const detail::Session session;
  const Handle access = own(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  H5Pset_file_locking(access.id(), false, true);
#endif
  if (H5Fis_hdf5(path.c_str()) == 0) {
    throw DataError(fmt::format("{} is no HDF5 file (it lacks the HDF5 signature); give a file written by floe or h5py",
                                path.string()));
  }
  Handle handle = own(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  if (!handle) {
    throw DataError(
        fmt::format("{} could not be opened as HDF5 ({}); the file is truncated or damaged, use another copy",
                    path.string(), detail::library_message()));
  }
  return {std::move(handle), path.string()};
}

File File::create(const std::filesystem::path& path) {
  const detail::Session session;
  const Handle access = own(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  // Closing the file closes what was opened from it, so that it is complete when it is put in place.
  H5Pset_fclose_degree(access.id(), H5F_CLOSE_STRONG);
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  H5Pset_file_locking(access.id(), true, true);
#endif
  errno = 0;
  Handle handle = own(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose);
  if (!handle) {
    const int reason = errno;
    throw IoError(fmt::format("{} could not be created ({}); check that its directory exists and is writable",
                              path.string(), reason != 0 ? std::strerror(reason) : detail::library_message()));
  }
  return {std::move(handle), path.string()};
}

Group File::root() const {
  const detail::Session session;
  Handle object = own(H5Gopen2(handle_.id(), "/", H5P_DEFAULT), H5Gclose);
  if (!object) {
    throw DataError(fmt::format("the root group of {} could not be opened ({}); the file is damaged, use another copy",
                                path_, detail::library_message()));
  }
  return {std::move(object), path_, "/"};
}

void File::flush() {
  const detail::Session session;
  if (H5Fflush(handle_.id(), H5F_SCOPE_GLOBAL) < 0) {
    throw IoError(fmt::format("{} could not be written ({}); check the free space", path_, detail::library_message()));
  }
}

void File::close() {
  const detail::Session session;
  if (!handle_) {
    return;
  }
  const bool flushed = H5Fflush(handle_.id(), H5F_SCOPE_GLOBAL) >= 0;
  const std::string reason = flushed ? "" : detail::library_message();
  handle_.reset();
  if (!flushed) {
    throw IoError(fmt::format("{} could not be written ({}); check the free space", path_, reason));
  }
}

}  // namespace floe::io::hdf5
