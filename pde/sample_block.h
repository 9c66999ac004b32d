// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "io/dataset.h"
#include "io/description.h"
#include "pde/sample.h"

namespace floe::pde {

/// Consecutive samples of a dataset in the types in which they are stored.
class SampleBlock final {
 public:
  SampleBlock(const io::DatasetDescription& description, std::size_t samples);

  std::size_t samples() const { return samples_; }
  /// Puts a sample in row `row`; rows may be set from different threads. Throws NumericalError for a value that is not
  /// finite or too large for the type in which it is stored.
  void set(std::size_t row, const Sample& sample);
  /// The rows [first, first + count), as DatasetWriter::append takes them.
  std::vector<io::Column> columns(std::size_t first, std::size_t count) const;
  /// Reads the first samples() samples of a dataset of the same description.
  void read(const io::DatasetReader& reader);

  struct Array {
    std::string path;
    std::size_t values_per_sample;
    std::variant<std::vector<float>, std::vector<double>, std::vector<std::int64_t>> values;
  };
  const std::vector<Array>& arrays() const { return arrays_; }

 private:
  std::size_t samples_;
  std::vector<Array> arrays_;
};

/// Bytes of one sample as it is stored; infinite where that is beyond all numbers.
double stored_bytes_per_sample(const io::DatasetDescription& description);

}  // namespace floe::pde
