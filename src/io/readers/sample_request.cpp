// SPDX-License-Identifier: MIT
#include "io/readers/sample_request.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <vector>

#include "base/error.h"

namespace floe::io {

namespace {

SampleRequest find(const std::string& file, const DatasetDescription& description, const std::string& path) {
  std::vector<std::string> names;
  const auto is = [&](const std::string& group, const std::string& name) {
    names.push_back(group + "/" + name);
    return names.back() == path;
  };
  for (std::size_t i = 0; i < description.inputs.size(); ++i) {
    if (is("inputs", description.inputs[i].name)) {
      return {SampleRequest::Group::inputs, i, element_count(description.sample_shape(description.inputs[i]))};
    }
  }
  for (std::size_t i = 0; i < description.outputs.size(); ++i) {
    if (is("outputs", description.outputs[i].name)) {
      return {SampleRequest::Group::outputs, i, element_count(description.sample_shape(description.outputs[i]))};
    }
  }
  for (std::size_t i = 0; i < description.parameters.size(); ++i) {
    if (is("parameters", description.parameters[i].name)) {
      return {SampleRequest::Group::parameters, i, 1};
    }
  }
  throw DataError(fmt::format("no field or parameter '{}' in {} (it has {}); name one of these", path, file,
                              fmt::join(names, ", ")));
}

}  // namespace

SampleRequest check_request(const std::string& file, const DatasetDescription& description, std::size_t samples,
                            const std::string& path, std::size_t first, std::size_t count, std::size_t values) {
  const SampleRequest request = find(file, description, path);
  if (first > samples || count > samples - first) {
    throw ShapeError(fmt::format("the samples [{}, {} + {}) of {} of {} were asked for (it has {}); ask for less",
                                 first, first, count, path, file, samples));
  }
  if (values != count * request.per_sample) {
    throw ShapeError(fmt::format("room for {} values of {} samples of {} of {} (one has {}); size it for the samples",
                                 values, count, path, file, request.per_sample));
  }
  return request;
}

}  // namespace floe::io
