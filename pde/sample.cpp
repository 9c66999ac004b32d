// SPDX-License-Identifier: MIT
#include "pde/sample.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "base/error.h"
#include "io/shape.h"

namespace floe::pde {

Sample::Sample(const io::DatasetDescription& description) {
  const auto add_fields = [&](const char* group, const std::vector<io::Field>& fields) {
    for (const io::Field& field : fields) {
      arrays_.push_back({fmt::format("{}/{}", group, field.name),
                         std::vector<double>(io::element_count(description.sample_shape(field)), 0.0)});
    }
  };
  add_fields("inputs", description.inputs);
  add_fields("outputs", description.outputs);
  for (const io::Parameter& parameter : description.parameters) {
    arrays_.push_back({"parameters/" + parameter.name, {0.0}});
  }
}

std::span<double> Sample::operator[](std::string_view path) {
  for (Array& array : arrays_) {
    if (array.path == path) return array.values;
  }
  throw ConfigError(fmt::format("a sample has no '{}' (the problem describes {}); add it to the description", path,
                                fmt::join(paths(), ", ")));
}

std::span<const double> Sample::operator[](std::string_view path) const {
  return const_cast<Sample&>(*this)[path];
}

std::vector<std::string> Sample::paths() const {
  std::vector<std::string> names;
  for (const Array& array : arrays_) names.push_back(array.path);
  return names;
}

}  // namespace floe::pde
