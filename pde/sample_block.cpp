// SPDX-License-Identifier: MIT
#include "pde/sample_block.h"

#include <fmt/format.h>

#include <cmath>
#include <span>

#include "base/error.h"
#include "io/shape.h"

namespace floe::pde {
namespace {

template <class T>
void store(const SampleBlock::Array& array, std::span<const double> from, T* to) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    bool kept;
    if constexpr (std::is_integral_v<T>) {
      kept = std::abs(from[i]) < 9007199254740992.0 && from[i] == std::floor(from[i]);  // 2^53; NaN compares false
      if (kept) to[i] = static_cast<T>(from[i]);
    } else {
      to[i] = static_cast<T>(from[i]);
      kept = std::isfinite(to[i]);
    }
    if (!kept) {
      throw NumericalError(
          fmt::format("value {} of {} is {} (it cannot be stored as {}); change the parameters or the precision", i,
                      array.path, from[i], io::to_string(io::element_type_of<T>)));
    }
  }
}

}  // namespace

SampleBlock::SampleBlock(const io::DatasetDescription& description, std::size_t samples) : samples_(samples) {
  const auto add = [&](const std::string& path, io::ElementType type, std::size_t size) {
    Array array{path, size, {}};
    if (type == io::ElementType::float32) {
      array.values = std::vector<float>(samples * size);
    } else if (type == io::ElementType::int64) {
      array.values = std::vector<std::int64_t>(samples * size);
    } else {
      array.values = std::vector<double>(samples * size);
    }
    arrays_.push_back(std::move(array));
  };
  for (const io::Field& field : description.inputs)
    add("inputs/" + field.name, field.type, io::element_count(description.sample_shape(field)));
  for (const io::Field& field : description.outputs)
    add("outputs/" + field.name, field.type, io::element_count(description.sample_shape(field)));
  for (const io::Parameter& parameter : description.parameters) add("parameters/" + parameter.name, parameter.type, 1);
}

void SampleBlock::set(std::size_t row, const Sample& sample) {
  for (Array& array : arrays_) {
    std::visit([&](auto& values) { store(array, sample[array.path], values.data() + row * array.values_per_sample); },
               array.values);
  }
}

std::vector<io::Column> SampleBlock::columns(std::size_t first, std::size_t count) const {
  std::vector<io::Column> columns;
  for (const Array& array : arrays_) {
    std::visit(
        [&](const auto& values) {
          columns.push_back({array.path, std::span(values).subspan(first * array.values_per_sample,
                                                                   count * array.values_per_sample)});
        },
        array.values);
  }
  return columns;
}

void SampleBlock::read(const io::DatasetReader& reader) {
  for (Array& array : arrays_) {
    std::visit([&](auto& values) { reader.read_into(array.path, 0, samples_, std::span(values)); }, array.values);
  }
}

double stored_bytes_per_sample(const io::DatasetDescription& description) {
  double bytes = 0;
  const auto add = [&](const std::vector<io::Field>& fields) {
    for (const io::Field& field : fields) {
      auto size = static_cast<double>(io::element_size(field.type));
      for (const std::size_t extent : description.sample_shape(field)) size *= static_cast<double>(extent);
      bytes += size;
    }
  };
  add(description.inputs);
  add(description.outputs);
  for (const io::Parameter& parameter : description.parameters)
    bytes += static_cast<double>(io::element_size(parameter.type));
  return bytes;
}

}  // namespace floe::pde
