// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <new>

#include "base/error.h"
#include "io/hdf5_internal.h"

namespace floe::io::hdf5 {

using detail::own;

namespace {

constexpr std::size_t max_rank = H5S_MAX_RANK;
constexpr std::size_t max_strings = std::size_t{1} << 24;
constexpr H5Z_filter_t lzf_filter = 32000;
// A filtered chunk is held in memory whole.
constexpr std::size_t max_filtered_chunk_bytes = std::size_t{1} << 30;
// The library reads elements with gaps between them one by one: up to so many times as many are rather read whole, in
// blocks of so many elements, and thinned out here.
constexpr std::size_t max_waste = 64;
constexpr std::size_t max_thinned_elements = std::size_t{1} << 22;
// What deflate can reach at most is 1032 to 1; a header that promises more than this is wrong.
constexpr std::size_t max_deflate_ratio = 1040;

std::vector<hsize_t> to_hsize(const Shape& shape) {
  return {shape.begin(), shape.end()};
}

Handle space_of(const Shape& shape) {
  if (shape.empty()) {
    return own(H5Screate(H5S_SCALAR), H5Sclose);
  }
  return own(H5Screate_simple(static_cast<int>(shape.size()), to_hsize(shape).data(), nullptr), H5Sclose);
}

// The block of a dataset in its file, every `stride`-th element (empty: each) of it; a scalar has but one.
Handle block_of(hid_t dataset, const Shape& start, const Shape& count, const Shape& stride = {}) {
  Handle space = own(H5Dget_space(dataset), H5Sclose);
  if (!start.empty()) {
    const std::vector<hsize_t> steps = to_hsize(stride);
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, to_hsize(start).data(), steps.empty() ? nullptr : steps.data(),
                        to_hsize(count).data(), nullptr);
  }
  return space;
}

std::string filter_name(H5Z_filter_t filter) {
  switch (filter) {
    case H5Z_FILTER_DEFLATE:
      return "deflate";
    case H5Z_FILTER_SHUFFLE:
      return "shuffle";
    case H5Z_FILTER_FLETCHER32:
      return "fletcher32";
    case H5Z_FILTER_SZIP:
      return "szip";
    case H5Z_FILTER_NBIT:
      return "nbit";
    case H5Z_FILTER_SCALEOFFSET:
      return "scaleoffset";
    case lzf_filter:
      return "lzf";
    default:
      return fmt::format("filter {}", filter);
  }
}

// Reads whole rows by `read(start, count, stride, values, size)` and keeps what is selected, where that is the faster
// way; otherwise gives false.
template <class T, class Read>
bool read_thinned(const Shape& start, const Shape& count, const Shape& stride, std::span<T> values, Read&& read) {
  if (start.size() < 2 || values.empty() || values.size() != element_count(count)) return false;
  Shape part = count;
  Shape steps(stride.size(), 1);
  steps[0] = stride[0];
  std::size_t waste = 1;
  std::size_t row = 1;
  for (std::size_t axis = 1; axis < count.size(); ++axis) {
    part[axis] = (count[axis] - 1) * stride[axis] + 1;
    row *= part[axis];
    waste *= count[axis] > 1 ? stride[axis] : 1;
    if (waste > max_waste || row > max_thinned_elements) return false;
  }
  if (waste == 1) return false;
  const std::size_t rows = std::min(std::max<std::size_t>(max_thinned_elements / row, 1), count[0]);
  std::vector<T> block(rows * row);
  Shape from = start;
  T* out = values.data();
  for (std::size_t first = 0; first < count[0]; first += rows) {
    from[0] = start[0] + first * stride[0];
    part[0] = std::min(rows, count[0] - first);
    const std::size_t size = part[0] * row;
    read(from, part, steps, block.data(), size);
    // The lines along the last axis that are wanted, in C order.
    const std::size_t last = count.size() - 1;
    const std::size_t lines = part[0] * (values.size() / count[0] / count[last]);
    for (std::size_t line = 0; line < lines; ++line) {
      std::size_t rest = line;
      std::size_t offset = 0;
      std::size_t step = part[last];
      for (std::size_t axis = last; axis-- > 0;) {
        const std::size_t extent = axis == 0 ? part[0] : count[axis];
        offset += rest % extent * (axis == 0 ? 1 : stride[axis]) * step;
        rest /= extent;
        step *= part[axis];
      }
      for (std::size_t i = 0; i < count[last]; ++i) *out++ = block[offset + i * stride[last]];
    }
  }
  return true;
}

}  // namespace

void DatasetSpec::validate() const {
  if (shape.size() > max_rank) {
    throw ShapeError(
        fmt::format("a dataset of {} axes (HDF5 holds at most {}); join some axes", shape.size(), max_rank));
  }
  if (type == ElementType::other) {
    throw ConfigError(
        "a dataset of type other (float32, float64, int64 and string can be written); choose one of these");
  }
  if (extendible && shape.empty()) {
    throw ShapeError("an extendible dataset of shape () (only an axis can grow); give it a first axis");
  }
  if (!chunk.empty() && chunk.size() != shape.size()) {
    throw ShapeError(
        fmt::format("chunks {} for a dataset of shape {} (they need the same number of axes); give one extent per axis",
                    to_string(chunk), to_string(shape)));
  }
  if (std::find(chunk.begin(), chunk.end(), 0U) != chunk.end()) {
    throw ShapeError(fmt::format("chunks {} (an extent is zero); give positive extents", to_string(chunk)));
  }
  if (deflate < 0 || deflate > 9) {
    throw ConfigError(fmt::format("deflate = {} (must be 0 to 9); 0 is none, 4 a good compromise", deflate));
  }
}

Dataset::Dataset(Handle object, std::string file, std::string path)
    : object_(std::make_shared<const Handle>(std::move(object))), file_(std::move(file)), path_(std::move(path)) {
  describe();
}

void Dataset::describe() {
  const detail::Session session;
  const Handle space = own(H5Dget_space(id()), H5Sclose);
  const Handle type = own(H5Dget_type(id()), H5Tclose);
  const Handle plist = own(H5Dget_create_plist(id()), H5Pclose);
  const int rank = space ? H5Sget_simple_extent_ndims(space.id()) : -1;
  if (!type || !plist || rank < 0) {
    throw DataError(fmt::format("the header of {} could not be read ({}); the file is damaged, use another copy",
                                detail::label(file_, path_), detail::library_message()));
  }
  std::array<hsize_t, max_rank> extents{};
  std::array<hsize_t, max_rank> limits{};
  H5Sget_simple_extent_dims(space.id(), extents.data(), limits.data());
  shape_.assign(extents.begin(), extents.begin() + rank);
  extendible_ = rank > 0 && limits[0] == H5S_UNLIMITED;

  type_name_ = detail::type_name(type.id());
  const std::size_t bytes = H5Tget_size(type.id());
  floating_ = H5Tget_class(type.id()) == H5T_FLOAT && bytes <= sizeof(double);
  integer_ = detail::is_integer(type.id());
  const H5T_class_t kind = H5Tget_class(type.id());
  real_ = (kind == H5T_FLOAT && bytes <= 16) || ((kind == H5T_INTEGER || kind == H5T_ENUM) && bytes <= 8);
  if (type_name_ == "float32") {
    type_ = ElementType::float32;
  } else if (type_name_ == "float64") {
    type_ = ElementType::float64;
  } else if (type_name_ == "int64") {
    type_ = ElementType::int64;
  } else if (type_name_ == "string") {
    type_ = ElementType::string;
  }

  if (H5Pget_layout(plist.id()) == H5D_CHUNKED) {
    std::array<hsize_t, max_rank> chunk{};
    H5Pget_chunk(plist.id(), rank, chunk.data());
    chunk_.assign(chunk.begin(), chunk.begin() + rank);
  }
  const int filter_count = H5Pget_nfilters(plist.id());
  for (int i = 0; i < filter_count; ++i) {
    unsigned flags = 0;
    std::array<unsigned, 8> value{};
    std::size_t values = value.size();
    const H5Z_filter_t filter =
        H5Pget_filter2(plist.id(), static_cast<unsigned>(i), &flags, &values, value.data(), 0, nullptr, nullptr);
    filters_.push_back(filter_name(filter));
    bounded_compression_ = bounded_compression_ && (filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE ||
                                                    filter == H5Z_FILTER_FLETCHER32 || filter == lzf_filter);
    lzf_bytes_ = filter == lzf_filter && values >= 3 ? value[2] : lzf_bytes_;
    if (H5Zfilter_avail(filter) <= 0) {
      filters_.back() += " (not available)";
    }
  }
}

std::size_t Dataset::stored_bytes() const {
  const detail::Session session;
  return H5Dget_storage_size(id());
}

std::uint64_t Dataset::address() const {
  return detail::object_address(id());
}

std::size_t Dataset::row_size() const {
  return element_count(shape_.empty() ? Shape{} : Shape(shape_.begin() + 1, shape_.end()));
}

void Dataset::require_shape(const Shape& expected) const {
  if (shape_ != expected) {
    throw ShapeError(fmt::format("{} has shape {} (expected {}); give a file whose sizes fit",
                                 detail::label(file_, path_), to_string(shape_), to_string(expected)));
  }
}

void Dataset::check_plausible() const {
  for (const std::string& filter : filters_) {
    if (filter.ends_with("(not available)")) {
      throw DataError(
          fmt::format("{} is stored with {} (this HDF5 cannot decode it); rewrite it, for example with h5repack",
                      detail::label(file_, path_), filter));
    }
  }
  const std::size_t count = element_count(shape_);
  const Handle type = own(H5Dget_type(id()), H5Tclose);
  const Handle plist = own(H5Dget_create_plist(id()), H5Pclose);
  const H5D_layout_t layout = H5Pget_layout(plist.id());
  const std::size_t width = H5Tget_size(type.id());
  if (layout == H5D_VIRTUAL || H5Pget_external_count(plist.id()) > 0) {
    throw DataError(fmt::format(
        "{} lies in other files (it is a virtual or external dataset; a file that names others to be read is "
        "not followed); gather it in one file, for example with h5repack or h5py",
        detail::label(file_, path_)));
  }
  if (!chunk_.empty() && !filters_.empty() && element_count(chunk_) > max_filtered_chunk_bytes / width) {
    throw DataError(
        fmt::format("{} is stored in chunks {} of {} (one takes more than {} bytes of memory to decode); rewrite it in "
                    "smaller ones, for example with h5repack",
                    detail::label(file_, path_), to_string(chunk_), type_name_, max_filtered_chunk_bytes));
  }
  // The filter makes as many bytes as it is told, and the library takes them for a whole chunk.
  if (lzf_bytes_ > 0 && lzf_bytes_ != element_count(chunk_) * width) {
    throw DataError(
        fmt::format("{} is stored in chunks {} of {} and its filter tells of {} bytes for one; the file is "
                    "damaged, use another copy",
                    detail::label(file_, path_), to_string(chunk_), type_name_, lzf_bytes_));
  }
  if (count == 0) {
    return;
  }
  const std::size_t stored = H5Dget_storage_size(id());
  hsize_t file_size = 0;
  const Handle file = own(H5Iget_file_id(id()), H5Fclose);
  H5Fget_filesize(file.id(), &file_size);
  const std::size_t ratio = bounded_compression_ ? max_deflate_ratio : std::numeric_limits<std::uint32_t>::max();
  const bool compressed = !chunk_.empty() && std::any_of(filters_.begin(), filters_.end(), [](const std::string& name) {
    return name != "shuffle" && name != "fletcher32";
  });
  // count * width <= stored * ratio, without overflow.
  const bool promised = (count - 1) / (compressed ? ratio : 1) < stored / width + (compressed ? 1 : 0);
  if (!promised || stored > file_size) {
    throw DataError(
        fmt::format("{} of shape {} and type {} holds {} bytes in a file of {} (too few for its shape: parts were "
                    "never written, or "
                    "its header is damaged); use a complete file",
                    detail::label(file_, path_), to_string(shape_), type_name_, stored, file_size));
  }
}

void Dataset::check_readable(ElementType as, const Shape& start, const Shape& count) const {
  const bool fits = as == ElementType::int64 ? integer_ : floating_;
  if (!fits) {
    throw DataError(fmt::format("{} holds {} (expected {}); give a file of that type or convert it",
                                detail::label(file_, path_), type_name_, to_string(as)));
  }
  check_block(start, count, Shape(shape_.size(), 1));
  check_plausible();
}

void Dataset::check_block(const Shape& start, const Shape& count, const Shape& stride) const {
  if (start.size() != shape_.size() || count.size() != shape_.size() || stride.size() != shape_.size()) {
    throw ShapeError(fmt::format("a block of {} axes of {} was asked for (its shape is {}); give one range per axis",
                                 count.size(), detail::label(file_, path_), to_string(shape_)));
  }
  for (std::size_t axis = 0; axis < shape_.size(); ++axis) {
    if (count[axis] == 0 && start[axis] <= shape_[axis]) {
      continue;
    }
    if (start[axis] >= shape_[axis] || stride[axis] == 0 ||
        count[axis] - 1 > (shape_[axis] - 1 - start[axis]) / stride[axis]) {
      throw ShapeError(fmt::format(
          "the range [{}, {} + {}) of axis {} of {} was asked for (its shape is {}); ask for less", start[axis],
          start[axis], count[axis] * stride[axis], axis, detail::label(file_, path_), to_string(shape_)));
    }
  }
}

void Dataset::transfer_in(ElementType as, const Shape& start, const Shape& count, const Shape& stride, void* values,
                          std::size_t capacity) const {
  const std::size_t size = element_count(count);
  if (size != capacity) {
    throw ShapeError(
        fmt::format("a buffer of {} elements for a block {} of {} (it has {}); size the buffer for the block", capacity,
                    to_string(count), detail::label(file_, path_), size));
  }
  if (size == 0) {
    return;
  }
  const Handle memory = space_of(count);
  const Handle space = block_of(id(), start, count, stride);
  if (H5Dread(id(), detail::memory_type(as), memory.id(), space.id(), H5P_DEFAULT, values) < 0) {
    throw DataError(fmt::format("{} of shape {} could not be read ({}); the file is damaged, use another copy",
                                detail::label(file_, path_), to_string(shape_), detail::library_message()));
  }
}

void Dataset::transfer_out(ElementType as, const Shape& start, const Shape& count, const void* values,
                           std::size_t size) {
  const bool fits = as == ElementType::int64 ? integer_ : floating_;
  if (!fits) {
    throw DataError(fmt::format("{} values for {} of type {} (they would be converted); write the type it holds",
                                to_string(as), detail::label(file_, path_), type_name_));
  }
  if (size != element_count(count)) {
    throw ShapeError(fmt::format("{} values for a block {} of {} (it has {} elements); give as many as it has", size,
                                 to_string(count), detail::label(file_, path_), element_count(count)));
  }
  if (size == 0) {
    return;
  }
  const Handle memory = space_of(count);
  const Handle space = block_of(id(), start, count);
  if (H5Dwrite(id(), detail::memory_type(as), memory.id(), space.id(), H5P_DEFAULT, values) < 0) {
    throw IoError(fmt::format("{} could not be written ({}); check the free space and that the file is writable",
                              detail::label(file_, path_), detail::library_message()));
  }
}

void Dataset::grow(std::size_t rows) {
  if (!extendible_) {
    throw ShapeError(fmt::format("{} of shape {} cannot grow (it was created with a fixed size); create it extendible",
                                 detail::label(file_, path_), to_string(shape_)));
  }
  Shape grown = shape_;
  grown[0] += rows;
  if (H5Dset_extent(id(), to_hsize(grown).data()) < 0) {
    throw IoError(fmt::format("{} could not be extended to {} ({}); check the free space", detail::label(file_, path_),
                              to_string(grown), detail::library_message()));
  }
  shape_ = grown;
}

template <class T>
void Dataset::read_block(const Shape& start, const Shape& count, std::span<T> values) const {
  const detail::Session session;
  check_readable(element_type_of<T>, start, count);
  transfer_in(element_type_of<T>, start, count, {}, values.data(), values.size());
}

template <class T>
void Dataset::read_numbers(const Shape& start, const Shape& count, const Shape& stride, std::span<T> values) const {
  const detail::Session session;
  if (!real_) {
    throw DataError(fmt::format(
        "{} holds {} (real numbers are read, of any width, and booleans); {}", detail::label(file_, path_), type_name_,
        type_name_.starts_with("complex") ? "store its real and imaginary part as two arrays" : "name another array"));
  }
  check_block(start, count, stride);
  check_plausible();
  const auto transfer = [&](const Shape& from, const Shape& extent, const Shape& step, T* to, std::size_t size) {
    transfer_in(element_type_of<T>, from, extent, step, to, size);
  };
  if (!read_thinned<T>(start, count, stride, values, transfer)) {
    transfer(start, count, stride, values.data(), values.size());
  }
}

template <class T>
std::vector<T> Dataset::read() const {
  if (shape_.empty()) {
    std::vector<T> value(1);
    read_block<T>({}, {}, value);
    return value;
  }
  return read_rows<T>(0, shape_[0]);
}

template <class T>
std::vector<T> Dataset::read_rows(std::size_t first, std::size_t count) const {
  const detail::Session session;
  if (shape_.empty()) {
    throw ShapeError(
        fmt::format("rows of {} were asked for (it is a single value); read it whole", detail::label(file_, path_)));
  }
  Shape start(shape_.size(), 0);
  start[0] = first;
  Shape extents = shape_;
  extents[0] = count;
  check_readable(element_type_of<T>, start, extents);
  std::vector<T> values;
  try {
    values.resize(element_count(extents));
  } catch (const std::exception&) {
    throw DataError(fmt::format("a block {} of {} does not fit in memory (it has {} bytes); read fewer rows at a time",
                                to_string(extents), detail::label(file_, path_), element_count(extents) * sizeof(T)));
  }
  transfer_in(element_type_of<T>, start, extents, {}, values.data(), values.size());
  return values;
}

std::vector<std::string> Dataset::read_strings() const {
  const detail::Session session;
  const Handle type = own(H5Dget_type(id()), H5Tclose);
  const Handle space = own(H5Dget_space(id()), H5Sclose);
  if (type_ != ElementType::string) {
    throw DataError(
        fmt::format("{} holds {} (expected strings); name another dataset", detail::label(file_, path_), type_name_));
  }
  const std::size_t count = element_count(shape_);
  check_plausible();
  if (count > max_strings) {
    throw DataError(fmt::format("{} holds {} strings (at most {} are read); use a smaller file",
                                detail::label(file_, path_), count, max_strings));
  }
  std::vector<std::string> texts = detail::read_text(type.id(), space.id(), count, [&](hid_t memory, void* buffer) {
    return H5Dread(id(), memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
  });
  if (texts.size() != count) {
    throw DataError(fmt::format("{} of shape {} could not be read ({}); the file is damaged, use another copy",
                                detail::label(file_, path_), to_string(shape_), detail::library_message()));
  }
  return texts;
}

template <class T>
void Dataset::write(std::span<const T> values) {
  const detail::Session session;
  transfer_out(element_type_of<T>, Shape(shape_.size(), 0), shape_, values.data(), values.size());
}

template <class T>
void Dataset::write_rows(std::size_t first, std::span<const T> values) {
  const detail::Session session;
  const std::size_t rows = row_size() == 0 ? 0 : values.size() / row_size();
  if (shape_.empty() || rows > shape_[0] || first > shape_[0] - rows) {
    throw ShapeError(fmt::format("rows [{}, {} + {}) of {} were to be written (its shape is {}); append them instead",
                                 first, first, rows, detail::label(file_, path_), to_string(shape_)));
  }
  Shape start(shape_.size(), 0);
  start[0] = first;
  Shape count = shape_;
  count[0] = rows;
  transfer_out(element_type_of<T>, start, count, values.data(), values.size());
}

template <class T>
void Dataset::append(std::span<const T> values) {
  const detail::Session session;
  const std::size_t row = row_size();
  const std::size_t rows = row == 0 ? 0 : values.size() / row;
  if (rows * row != values.size()) {
    throw ShapeError(fmt::format("{} values were to be appended to {} of shape {} (a row has {}); give whole rows",
                                 values.size(), detail::label(file_, path_), to_string(shape_), row));
  }
  const std::size_t first = shape_.empty() ? 0 : shape_[0];
  grow(rows);
  write_rows(first, values);
}

void Dataset::write_strings(std::span<const std::string> values) {
  const detail::Session session;
  if (type_ != ElementType::string || values.size() != element_count(shape_)) {
    throw ShapeError(fmt::format("{} strings for {} of shape {} and type {} (they do not fit); create it for them",
                                 values.size(), detail::label(file_, path_), to_string(shape_), type_name_));
  }
  std::vector<const char*> pointers;
  for (const std::string& value : values) {
    pointers.push_back(value.c_str());
  }
  const Handle type = detail::text_type();
  if (!values.empty() && H5Dwrite(id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) < 0) {
    throw IoError(fmt::format("{} could not be written ({}); check the free space and that the file is writable",
                              detail::label(file_, path_), detail::library_message()));
  }
}

void for_each_block(const Shape& shape, std::size_t max_elements,
                    const std::function<void(const Shape& start, const Shape& count)>& visit) {
  if (element_count(shape) == 0) {
    return;
  }
  // Axes after `split` are taken whole; along `split` as many entries as fit; before it one at a time.
  std::size_t split = shape.size();
  std::size_t inner = 1;
  while (split > 0 && inner * shape[split - 1] <= std::max<std::size_t>(max_elements, 1)) {
    inner *= shape[--split];
  }
  Shape start(shape.size(), 0);
  if (split == 0) {
    visit(start, shape);
    return;
  }
  const std::size_t axis = split - 1;
  const std::size_t step = std::max<std::size_t>(max_elements / inner, 1);
  Shape count = shape;
  std::fill(count.begin(), count.begin() + static_cast<std::ptrdiff_t>(axis), std::size_t{1});
  while (true) {
    for (start[axis] = 0; start[axis] < shape[axis]; start[axis] += step) {
      count[axis] = std::min(step, shape[axis] - start[axis]);
      visit(start, count);
    }
    start[axis] = 0;
    std::size_t outer = axis;
    while (outer > 0 && ++start[outer - 1] == shape[outer - 1]) {
      start[--outer] = 0;
    }
    if (outer == 0) {
      return;
    }
  }
}

#define FLOE_INSTANTIATE_DATASET(T)                                                     \
  template std::vector<T> Dataset::read<T>() const;                                     \
  template std::vector<T> Dataset::read_rows<T>(std::size_t, std::size_t) const;        \
  template void Dataset::read_block<T>(const Shape&, const Shape&, std::span<T>) const; \
  template void Dataset::write<T>(std::span<const T>);                                  \
  template void Dataset::write_rows<T>(std::size_t, std::span<const T>);                \
  template void Dataset::append<T>(std::span<const T>);
FLOE_INSTANTIATE_DATASET(float)
FLOE_INSTANTIATE_DATASET(double)
FLOE_INSTANTIATE_DATASET(std::int64_t)
#undef FLOE_INSTANTIATE_DATASET
template void Dataset::read_numbers(const Shape&, const Shape&, const Shape&, std::span<float>) const;
template void Dataset::read_numbers(const Shape&, const Shape&, const Shape&, std::span<double>) const;

}  // namespace floe::io::hdf5
