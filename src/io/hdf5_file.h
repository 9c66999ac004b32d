// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "io/shape.h"

/// A thin owner of the HDF5 C library: every identifier is released, every failure is a floe::Error that names the
/// file, the object, and the shapes or types concerned, and HDF5 prints nothing itself. Extents and types are checked
/// before memory is taken. Calls are serialised by one lock, so objects may be used from several threads.
namespace floe::io::hdf5 {

using io::to_string;

/// Owns one HDF5 identifier.
class Handle final {
 public:
  using Closer = int (*)(std::int64_t);

  Handle() = default;
  Handle(std::int64_t id, Closer closer) : id_(id), closer_(closer) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), closer_(other.closer_) {}
  Handle& operator=(Handle&& other) noexcept;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(); }

  std::int64_t id() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }
  void reset();

 private:
  std::int64_t id_ = -1;
  Closer closer_ = nullptr;
};

/// What an attribute can hold.
using AttributeValue = std::variant<double, std::int64_t, std::uint64_t, std::string, std::vector<double>,
                                    std::vector<std::int64_t>, std::vector<std::string>>;

/// "0.5", "12", "text", "[1, 2]".
std::string to_string(const AttributeValue& value);

/// The attributes of a file, group or dataset. Strings are stored as UTF-8 of variable length, which h5py gives as str.
class Attributes final {
 public:
  Attributes(std::shared_ptr<const Handle> object, std::string file, std::string path)
      : object_(std::move(object)), file_(std::move(file)), path_(std::move(path)) {}

  bool contains(const std::string& name) const;
  std::vector<std::string> names() const;

  /// Writes the attribute, replacing one of the same name.
  void set(const std::string& name, const AttributeValue& value);

  /// The attribute as the alternative nearest to its stored type (floats as double, signed integers as std::int64_t,
  /// unsigned ones of 8 bytes as std::uint64_t). Throws DataError if it is missing or holds something else.
  AttributeValue get(const std::string& name) const;

  /// The attribute as T, one of the alternatives of AttributeValue. Integers are accepted where a double is asked for.
  /// Throws DataError if it is missing or of another type.
  template <class T>
  T get(const std::string& name) const;

 private:
  std::string label(const std::string& name) const;

  std::shared_ptr<const Handle> object_;
  std::string file_;
  std::string path_;
};

/// How a new dataset is stored.
struct DatasetSpec {
  ElementType type = ElementType::float64;
  Shape shape;
  /// Whether the first axis can grow (Dataset::append).
  bool extendible = false;
  /// Extents of one chunk; empty: about 256 KiB along the first axis, never more than the dataset if it cannot grow.
  Shape chunk;
  bool fletcher32 = true;
  bool shuffle = true;
  /// 0 (none) to 9.
  int deflate = 0;

  /// Throws ShapeError or ConfigError if these do not fit together.
  void validate() const;
};

/// An array in a file. Reading converts between float32 and float64 and widens integers to int64, nothing else.
class Dataset final {
 public:
  Dataset(Handle object, std::string file, std::string path);

  const std::string& file() const { return file_; }
  const std::string& path() const { return path_; }
  const Shape& shape() const { return shape_; }
  ElementType type() const { return type_; }
  /// As numpy names it: "float64", "uint8", "string", "compound".
  const std::string& type_name() const { return type_name_; }
  /// Extents of one chunk; empty if the data lie contiguously.
  const Shape& chunk() const { return chunk_; }
  /// For example {"shuffle", "fletcher32"}.
  const std::vector<std::string>& filters() const { return filters_; }
  bool extendible() const { return extendible_; }
  bool numeric() const { return floating_ || integer_; }
  /// Whether read_numbers() takes it.
  bool real() const { return real_; }
  bool floating() const { return floating_; }
  /// Bytes taken in the file.
  std::size_t stored_bytes() const;
  Attributes attributes() const { return {object_, file_, path_}; }
  std::int64_t id() const { return object_->id(); }
  /// Equal for two links to one object of one file.
  std::uint64_t address() const;

  /// Everything. Throws DataError if the stored type is no T, if the extents are absurd for what the file holds, or if
  /// a checksum fails.
  template <class T>
  std::vector<T> read() const;

  /// The rows [first, first + count) of the first axis. Throws ShapeError if they reach beyond it.
  template <class T>
  std::vector<T> read_rows(std::size_t first, std::size_t count) const;

  /// The block of extents `count` at `start`, into `values` of exactly that many elements.
  template <class T>
  void read_block(const Shape& start, const Shape& count, std::span<T> values) const;

  /// The elements start[a] + i stride[a], i < count[a], along each axis a, of any real type: floats of every width,
  /// integers and booleans are converted. Throws ShapeError if they reach beyond the shape, DataError for text, complex
  /// numbers and other types.
  template <class T>
  void read_numbers(const Shape& start, const Shape& count, const Shape& stride, std::span<T> values) const;

  std::vector<std::string> read_strings() const;

  /// Throws ShapeError unless the shape is this one.
  void require_shape(const Shape& expected) const;

  /// Writes everything; the number of values must be that of the shape.
  template <class T>
  void write(std::span<const T> values);

  /// Overwrites whole rows of the first axis.
  template <class T>
  void write_rows(std::size_t first, std::span<const T> values);

  /// Adds whole rows at the end of an extendible dataset.
  template <class T>
  void append(std::span<const T> values);

  void write_strings(std::span<const std::string> values);

 private:
  void describe();
  void check_plausible() const;
  void check_block(const Shape& start, const Shape& count, const Shape& stride) const;
  void check_readable(ElementType as, const Shape& start, const Shape& count) const;
  void transfer_in(ElementType as, const Shape& start, const Shape& count, const Shape& stride, void* values,
                   std::size_t capacity) const;
  void transfer_out(ElementType as, const Shape& start, const Shape& count, const void* values, std::size_t size);
  void grow(std::size_t rows);
  std::size_t row_size() const;

  std::shared_ptr<const Handle> object_;
  std::string file_;
  std::string path_;
  Shape shape_;
  ElementType type_ = ElementType::other;
  std::string type_name_;
  Shape chunk_;
  std::vector<std::string> filters_;
  bool extendible_ = false;
  bool floating_ = false;
  bool integer_ = false;
  bool real_ = false;
  bool bounded_compression_ = true;
  std::size_t lzf_bytes_ = 0;
};

/// One entry of a group.
struct Entry {
  enum class Kind { group, dataset, other };
  std::string name;
  Kind kind = Kind::other;
};

/// A group of datasets and groups, addressed by paths relative to it or absolute.
class Group final {
 public:
  Group(Handle object, std::string file, std::string path);

  const std::string& file() const { return file_; }
  const std::string& path() const { return path_; }
  Attributes attributes() const { return {object_, file_, path_}; }

  /// Equal for two links to one group of one file.
  std::uint64_t address() const;
  /// Whether the path leads to an object, checking every link on the way. A link to another file leads nowhere.
  bool contains(const std::string& path) const;
  /// The entries in the order of their names; links that lead nowhere or to other files are of kind `other`.
  std::vector<Entry> entries() const;
  /// Throws DataError if there is no such group.
  Group group(const std::string& path) const;
  /// Throws DataError, listing what is there, if there is no such dataset.
  Dataset dataset(const std::string& path) const;

  Group create_group(const std::string& name);
  Dataset create_dataset(const std::string& name, const DatasetSpec& spec);

  template <class T>
  Dataset write(const std::string& name, const Shape& shape, std::span<const T> values);
  Dataset write_strings(const std::string& name, std::span<const std::string> values);

  /// A second name for the object at `existing` (a hard link).
  void link(const std::string& existing, const std::string& name);

 private:
  std::string absolute(const std::string& path) const;
  std::string nearby(const std::string& path) const;

  std::shared_ptr<const Handle> object_;
  std::string file_;
  std::string path_;
};

/// An HDF5 file.
class File final {
 public:
  /// Opens for reading, without file locks (they fail on many cluster file systems). Throws IoError if the file cannot
  /// be opened and DataError if it is no HDF5 file, is truncated or damaged.
  static File open(const std::filesystem::path& path);

  /// Creates or replaces the file. Products are written through DatasetWriter or save_checkpoint, which put them in
  /// place only when complete.
  static File create(const std::filesystem::path& path);

  const std::string& path() const { return path_; }
  Group root() const;
  Attributes attributes() const { return root().attributes(); }

  /// Hands everything written so far to the operating system; a file killed later is readable up to here.
  void flush();

  /// Closes the file and every object opened from a file created here. Throws IoError if the disk is full.
  void close();

 private:
  File(Handle handle, std::string path) : handle_(std::move(handle)), path_(std::move(path)) {}

  Handle handle_;
  std::string path_;
};

/// Calls `visit(start, count)` for blocks that cover an array of this shape in C order, each of at most
/// `max_elements` elements, in whole rows where possible.
void for_each_block(const Shape& shape, std::size_t max_elements,
                    const std::function<void(const Shape& start, const Shape& count)>& visit);

/// "1.10.8".
std::string library_version();

}  // namespace floe::io::hdf5
