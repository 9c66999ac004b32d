// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/dataset.h"
#include "io/description.h"

namespace floe::io {

/// The half-open range first, first + stride, ... below last; a missing last means the end.
struct Range {
  std::int64_t first = 0;
  std::optional<std::int64_t> last{};
  std::int64_t stride = 1;
};

/// What is taken of a file, and how it is understood. Everything has a default that suits files as downloaded.
struct SourceOptions {
  /// "auto", or one of source_formats() where the file does not tell.
  std::string format = "auto";
  /// Fields that become inputs and outputs, by the names in the file; empty: what the format says. "name = array"
  /// renames; of the format "arrays" also "array[:, 4]" takes a part: one index or range for each axis of the array as
  /// it is stored, as in NumPy.
  std::vector<std::string> inputs{};
  std::vector<std::string> outputs{};
  /// The axis of the arrays that counts samples, from 0; negative counts from the end; missing: what the format says.
  std::optional<int> sample_axis{};
  /// The axis of the arrays that is time, where the format does not say; negative counts from the end.
  std::optional<int> time_axis{};
  Range samples{};
  /// The part of the time axis that is kept, for formats with time: one frame is one point of that axis.
  Range times{};
  /// Where a quantity is both input and output: how many of the kept frames, from the first, the inputs are given; the
  /// outputs are the later ones. 0: both are given all. Missing: what the format says, 1 for trajectories.
  std::optional<std::int64_t> input_frames{};
  /// Every how many-th point of each spatial axis, in the order of the source's description; one number
  /// holds for all axes.
  std::vector<std::int64_t> stride{1};

  void validate() const;
};

/// Samples of named fields, read from a file of any format; DatasetReader's way of reading, so that training,
/// prediction and conversion do not care what the file is. One Source may be read from several threads.
class Source {
 public:
  virtual ~Source() = default;

  /// "floe-dataset", "PDEBench (flat)", "MAT 7.3", ...
  virtual std::string format() const = 0;
  /// The fields, axes and parameters after every option was applied.
  virtual const DatasetDescription& description() const = 0;
  virtual std::size_t samples() const = 0;

  /// The samples [first, first + count) of "inputs/<name>", "outputs/<name>" or "parameters/<name>", (count, axes...)
  /// in C order, into exactly as many values. Memory beyond `values` does not grow with the file. Throws ShapeError
  /// beyond the last sample; DataError for damage, for a path that is not there, and (by default) for a value that is
  /// not finite, naming its sample.
  virtual void read(const std::string& path, std::size_t first, std::size_t count, std::span<double> values,
                    NonFinite non_finite = NonFinite::refuse) const = 0;
  virtual void read(const std::string& path, std::size_t first, std::size_t count, std::span<float> values,
                    NonFinite non_finite = NonFinite::refuse) const = 0;
};

/// The names of all formats, as SourceOptions::format takes them.
std::vector<std::string> source_formats();

/// Opens a file or folder of any known format. Throws IoError, DataError (what it is not, and what it looks like) or
/// ConfigError for options that do not suit the format.
std::unique_ptr<Source> open_source(const std::filesystem::path& path, const SourceOptions& options = {});

}  // namespace floe::io
