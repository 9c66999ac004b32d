// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/partial_file.h"
#include "io/description.h"
#include "io/hdf5_file.h"

/// The schema floe-dataset 1 (docs/dataset-format.md):
///
///     /inputs/<name>      (samples, axes...)  float32 or float64
///     /outputs/<name>     (samples, axes...)
///     /parameters/<name>  (samples)
///     /coordinates/<axis> (points)            dimension scales, and /coordinates/sample
namespace floe::io {

/// Values of several samples for one dataset, given as "outputs/phi". Kinds of float are converted to the stored one.
struct Column {
  std::string path;
  std::variant<std::span<const float>, std::span<const double>, std::span<const std::int64_t>> values;
};

struct DatasetOptions {
  /// Compression, 0 (none) to 9.
  int deflate = 0;
  /// How many samples will come, if known: keeps the chunks of small files small. More may come all the same.
  std::size_t expected_samples = 0;

  void validate() const;
};

/// Writes a dataset sample by sample. The file appears under its name with finalise(); until then it is
/// `<name>.partial`, and a writer that is destroyed before leaves nothing behind.
class DatasetWriter final {
 public:
  /// Throws ConfigError for a description that fails validate(), IoError if the file cannot be created.
  DatasetWriter(const std::filesystem::path& path, DatasetDescription description, const DatasetOptions& options = {});

  /// Adds `samples` samples. Every field and parameter needs its column, with samples times the shape of one sample
  /// values; otherwise ShapeError or DataError is thrown and nothing was added.
  void append(std::size_t samples, std::span<const Column> columns);
  void append(std::size_t samples, std::initializer_list<Column> columns) {
    append(samples, std::span<const Column>(columns.begin(), columns.size()));
  }

  /// Sets an attribute of the root that is known only now, for example an acceptance.
  void set_attribute(const std::string& name, const hdf5::AttributeValue& value);

  /// Hands everything to the operating system; the partial file is readable up to here even if the process is killed.
  void flush();

  /// Completes the file and puts it in place, replacing one of that name.
  void finalise();

  std::size_t samples() const { return samples_; }

 private:
  struct Target {
    std::string path;
    hdf5::Dataset dataset;
    std::size_t values_per_sample;
  };

  DatasetDescription description_;
  PartialFile place_;
  hdf5::File file_;
  std::vector<Target> targets_;
  std::optional<hdf5::Dataset> sample_;
  std::size_t samples_ = 0;
};

/// What reading does about NaN and infinity.
enum class NonFinite { refuse, allow };

/// Reads a dataset by ranges of samples.
class DatasetReader final {
 public:
  /// Opens the file and checks it against the schema: version, completeness, shapes, types, equal numbers of samples.
  /// Throws IoError or DataError.
  explicit DatasetReader(const std::filesystem::path& path);

  const DatasetDescription& description() const { return description_; }
  std::size_t samples() const { return samples_; }
  const std::string& path() const { return file_.path(); }
  const hdf5::File& file() const { return file_; }

  /// Whether there is a field or parameter of this path, for example "outputs/phi".
  bool contains(const std::string& path) const;

  /// The shape of one sample of "outputs/phi".
  Shape sample_shape(const std::string& path) const;

  /// Throws ShapeError unless one sample of the dataset has this shape.
  void require_sample_shape(const std::string& path, const Shape& expected) const;

  /// The samples [first, first + count) in C order, (count, axes...). Throws ShapeError beyond the last sample,
  /// DataError for another element type, a failed checksum, or (by default) a value that is not finite, naming its
  /// sample.
  template <class T>
  std::vector<T> read(const std::string& path, std::size_t first, std::size_t count,
                      NonFinite non_finite = NonFinite::refuse) const;

  /// All samples.
  template <class T>
  std::vector<T> read(const std::string& path, NonFinite non_finite = NonFinite::refuse) const {
    return read<T>(path, 0, samples_, non_finite);
  }

  /// As read(), into `values` of exactly count times the shape of one sample elements.
  template <class T>
  void read_into(const std::string& path, std::size_t first, std::size_t count, std::span<T> values,
                 NonFinite non_finite = NonFinite::refuse) const;

 private:
  const hdf5::Dataset& dataset(const std::string& path) const;
  void describe_provenance();
  void describe_axes();
  std::vector<Field> describe_fields(const std::string& group);
  void describe_parameters();

  hdf5::File file_;
  DatasetDescription description_;
  std::map<std::string, hdf5::Dataset, std::less<>> datasets_;
  std::size_t samples_ = 0;
};

}  // namespace floe::io
