// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/description.h"

namespace floe::pde {

/// The arrays of one sample while it is made, in float64 and in C order, one for each field and parameter of a
/// description. What a parameter of type int64 is given must be an integer below 2^53.
class Sample final {
 public:
  /// Everything is zero.
  explicit Sample(const io::DatasetDescription& description);

  /// The array of "inputs/<name>", "outputs/<name>" or "parameters/<name>" (one value). Throws ConfigError if the
  /// description has none of that name.
  std::span<double> operator[](std::string_view path);
  std::span<const double> operator[](std::string_view path) const;

  /// All paths: inputs, outputs, parameters, each in the order of the description.
  std::vector<std::string> paths() const;

 private:
  struct Array {
    std::string path;
    std::vector<double> values;
  };
  std::vector<Array> arrays_;
};

}  // namespace floe::pde
