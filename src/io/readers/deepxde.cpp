// SPDX-License-Identifier: MIT
#include <fmt/core.h>

#include <array>
#include <numeric>
#include <string>
#include <utility>

#include "base/error.h"
#include "io/readers/formats.h"
#include "io/readers/layout.h"

namespace floe::io {

namespace {

/// The names under which the three arrays lie in a file.
struct Names {
  std::string function;
  std::string position;
  std::string value;
};

const Names* find_names(const ArrayFile& file) {
  static const std::array<Names, 3> known{
      {{"X0", "X1", "y"}, {"X_train0", "X_train1", "y_train"}, {"X_test0", "X_test1", "y_test"}}};
  for (const Names& names : known) {
    if (file.find(names.function) && file.find(names.position) && file.find(names.value)) {
      return &names;
    }
  }
  return nullptr;
}

// How DeepXDE's own aligned files are written: one array of Python objects for both inputs.
bool has_pickled_inputs(const ArrayFile& file) {
  const ArrayInfo* inputs = file.find("X");
  return inputs != nullptr && inputs->type_name == "object" && file.find("y") != nullptr;
}

LayoutAxis numbered(const std::string& name, std::size_t count) {
  Axis axis{name, std::vector<double>(count)};
  std::iota(axis.values.begin(), axis.values.end(), 0.0);
  return {std::move(axis), LayoutAxis::Role::other};
}

}  // namespace

bool is_deepxde(const Candidate& candidate) {
  return candidate.arrays && candidate.arrays->container() == "NPZ" &&
         (find_names(*candidate.arrays) != nullptr || has_pickled_inputs(*candidate.arrays));
}

std::unique_ptr<Source> open_deepxde(const Candidate& candidate, const SourceOptions& options) {
  const std::string path = candidate.path.string();
  const Names* names = candidate.arrays ? find_names(*candidate.arrays) : nullptr;
  if (names == nullptr) {
    if (candidate.arrays && has_pickled_inputs(*candidate.arrays)) {
      throw DataError(fmt::format(
          "the inputs of {} cannot be read (its array 'X' is a pickle of Python objects, which would run code); write "
          "them as plain arrays: d = numpy.load(file, allow_pickle=True); numpy.savez(new_file, X0=d['X'][0], "
          "X1=d['X'][1], y=d['y'])",
          path));
    }
    throw DataError(
        fmt::format("{} is no DeepXDE dataset (it lacks the arrays X0, X1 and y); name another format", path));
  }
  if (options.sample_axis && *options.sample_axis != 0) {
    throw ConfigError(fmt::format("sample_axis = {} for {} (the samples of a DeepXDE dataset come first); leave it out",
                                  *options.sample_axis, path));
  }
  const ArrayInfo& function = candidate.arrays->array(names->function);
  const ArrayInfo& position = candidate.arrays->array(names->position);
  const ArrayInfo& value = candidate.arrays->array(names->value);
  const bool matrices = function.shape.size() == 2 && position.shape.size() == 2 && value.shape.size() == 2 &&
                        function.shape[0] == value.shape[0];
  const bool unaligned = matrices && position.shape[0] == function.shape[0] && value.shape[1] == 1;
  const bool aligned = matrices && !unaligned && position.shape[0] == value.shape[1];
  if (!aligned && !unaligned) {
    throw DataError(fmt::format(
        "{} has {} of shape {}, {} of shape {} and {} of shape {} (expected are (N, m), (P, d), (N, P) or, unaligned, "
        "(N, m), (N, d), (N, 1)); name another format or correct the file",
        path, function.name, to_string(function.shape), position.name, to_string(position.shape), value.name,
        to_string(value.shape)));
  }

  Layout layout;
  layout.format = aligned ? "DeepXDE (aligned)" : "DeepXDE (unaligned)";
  layout.samples = function.shape[0];
  layout.about.title = candidate.path.stem().string();
  layout.axes = {numbered("sensor", function.shape[1]), numbered("point", value.shape[1]),
                 numbered("coordinate", position.shape[1])};
  const AxisUse sample = AxisUse::sample();
  layout.fields = {
      {"X0", "X0", {function.name}, {sample, AxisUse::field("sensor")}, field_type(function.type_name)},
      {"X1", "X1", {position.name}, {sample, AxisUse::field("coordinate")}, field_type(position.type_name)},
      {"y", "y", {value.name}, {sample, AxisUse::field("point")}, field_type(value.type_name)}};
  if (aligned) {  // one set of points for all samples
    layout.fields[1].axes = {AxisUse::field("point"), AxisUse::field("coordinate")};
  }
  layout.fields[0].long_name = "the input function at the sensors";
  layout.fields[1].long_name = "where the output is asked for";
  layout.fields[2].long_name = "the output there";
  layout.inputs = {"X0", "X1"};
  layout.outputs = {"y"};
  return make_array_source(candidate.arrays, std::move(layout), options);
}

}  // namespace floe::io
