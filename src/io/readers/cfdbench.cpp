// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "io/finite.h"
#include "io/readers/formats.h"
#include "io/readers/json_file.h"
#include "io/readers/layout.h"
#include "io/readers/npy.h"
#include "io/readers/sample_request.h"

namespace floe::io {

namespace {

constexpr int deepest_case = 4;
constexpr std::size_t most_folders = 100000;

bool is_case(const std::filesystem::path& folder) {
  std::error_code error;
  return std::filesystem::is_regular_file(folder / "u.npy", error) &&
         std::filesystem::is_regular_file(folder / "v.npy", error) &&
         std::filesystem::is_regular_file(folder / "case.json", error);
}

/// The folders of cases at or below a folder, in the order of their names; links that lead back up are not followed
/// twice. Stops at the first where only one is wanted.
class CaseSearch final {
 public:
  explicit CaseSearch(bool one) : one_(one) {}

  void enter(const std::filesystem::path& folder, int depth = 0) {
    std::error_code error;
    const std::filesystem::path real = std::filesystem::canonical(folder, error);
    if (error || !seen_.insert(real).second || seen_.size() > most_folders || (one_ && !cases.empty())) {
      return;
    }
    if (is_case(folder)) {
      cases.push_back(folder);
      return;
    }
    if (depth == deepest_case) {
      return;
    }
    std::vector<std::filesystem::path> inner;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      std::error_code ignored;
      if (entry->is_directory(ignored)) {
        inner.push_back(entry->path());
      }
    }
    std::sort(inner.begin(), inner.end());
    for (const std::filesystem::path& path : inner) {
      enter(path, depth + 1);
    }
  }

  std::vector<std::filesystem::path> cases;

 private:
  bool one_;
  std::set<std::filesystem::path> seen_;
};

/// One case: its frames that are kept, and its numbers.
struct Case {
  std::filesystem::path folder;
  ResolvedRange frames;
  std::size_t first_sample = 0;
  std::vector<double> numbers;
};

std::map<std::string, double> numbers_of(const std::filesystem::path& folder) {
  const nlohmann::json json = read_json(folder / "case.json");
  if (!json.is_object()) {
    throw DataError(
        fmt::format("{} holds no object (the parameters of the case are expected by name); use another copy",
                    (folder / "case.json").string()));
  }
  std::map<std::string, double> numbers;
  for (const auto& [name, value] : json.items()) {
    if (value.is_number() && !name.empty() && name.find('/') == std::string::npos) {
      numbers[name] = value.get<double>();
    }
  }
  return numbers;
}

/// The shape (frames, rows, columns) of a case.
Shape shape_of(const std::filesystem::path& folder) {
  Shape shape;
  for (const char* name : {"u.npy", "v.npy"}) {
    const auto file = open_npy(folder / name);
    const ArrayInfo& info = file->arrays().front();
    if (info.shape.size() != 3 || !is_real_type(info.type_name) || (!shape.empty() && info.shape != shape)) {
      throw DataError(
          fmt::format("{} holds {} of shape {} (u and v of a case are real and of one shape: frames, rows, "
                      "columns); use another copy",
                      file->path(), info.type_name, to_string(info.shape)));
    }
    shape = info.shape;
  }
  return shape;
}

class CfdBench final : public Source {
 public:
  CfdBench(std::string path, DatasetDescription description, std::vector<Case> cases, ResolvedRange samples,
           Selection points)
      : path_(std::move(path)),
        description_(std::move(description)),
        cases_(std::move(cases)),
        samples_(samples),
        points_(std::move(points)) {}

  std::string format() const override { return "CFDBench"; }
  const DatasetDescription& description() const override { return description_; }
  std::size_t samples() const override { return samples_.count; }

  void read(const std::string& path, std::size_t first, std::size_t count, std::span<double> values,
            NonFinite non_finite) const override {
    read_as(path, first, count, values, non_finite);
  }
  void read(const std::string& path, std::size_t first, std::size_t count, std::span<float> values,
            NonFinite non_finite) const override {
    read_as(path, first, count, values, non_finite);
  }

 private:
  template <class T>
  void read_as(const std::string& path, std::size_t first, std::size_t count, std::span<T> values,
               NonFinite non_finite) const {
    const SampleRequest request = check_request(path_, description_, samples_.count, path, first, count, values.size());
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t number = samples_.first + (first + i) * samples_.stride;
      const auto next = std::upper_bound(cases_.begin(), cases_.end(), number,
                                         [](std::size_t n, const Case& c) { return n < c.first_sample; });
      const Case& from = *(next - 1);
      const std::size_t frame = from.frames.first + (number - from.first_sample) * from.frames.stride;
      const auto target = values.subspan(i * request.per_sample, request.per_sample);
      switch (request.group) {
        case SampleRequest::Group::parameters:
          target[0] =
              static_cast<T>(parameter(from, static_cast<std::size_t>(&from - cases_.data()), frame, request.number));
          break;
        case SampleRequest::Group::inputs:
          read_frame(from, description_.inputs[request.number].name, frame, target);
          break;
        case SampleRequest::Group::outputs:
          read_frame(from, description_.outputs[request.number].name, frame + from.frames.stride, target);
          break;
      }
    }
    if (non_finite == NonFinite::refuse) {
      check_finite<T>(path_, path, first, request.per_sample, std::span<const T>(values));
    }
  }

  static double parameter(const Case& from, std::size_t number, std::size_t frame, std::size_t index) {
    return index == 0 ? static_cast<double>(number) : index == 1 ? static_cast<double>(frame) : from.numbers[index - 2];
  }

  // A dataset has thousands of files: they are opened when they are read.
  template <class T>
  void read_frame(const Case& from, const std::string& field, std::size_t frame, std::span<T> values) const {
    const auto file = open_npy(from.folder / (field + ".npy"));
    Selection selection = points_;
    selection.start[0] = frame;
    file->read(field, selection, values);
  }

  std::string path_;
  DatasetDescription description_;
  std::vector<Case> cases_;
  ResolvedRange samples_;
  Selection points_;
};

/// The middles of equal cells of [0, 1], every stride-th.
Axis cells(const std::string& name, std::size_t extent, std::size_t stride) {
  Axis axis{name, {}};
  for (std::size_t i = 0; i < extent; i += stride) {
    axis.values.push_back((static_cast<double>(i) + 0.5) / static_cast<double>(extent));
  }
  return axis;
}

std::vector<Field> fields_of(const std::vector<std::string>& chosen, const std::string& path) {
  std::vector<Field> fields;
  for (const std::string& name : chosen.empty() ? std::vector<std::string>{"u", "v"} : chosen) {
    if (name != "u" && name != "v") {
      throw ConfigError(
          fmt::format("no field '{}' in {} (a case of CFDBench has u and v); name one of these", name, path));
    }
    fields.push_back({.name = name,
                      .axes = {"y", "x"},
                      .type = ElementType::float32,
                      .unit = "m/s",
                      .long_name = fmt::format("velocity along {}", name == "u" ? "x" : "y")});
  }
  return fields;
}

void check_options(const SourceOptions& options, const std::string& path) {
  if (options.sample_axis || options.time_axis || options.input_frames) {
    throw ConfigError(
        fmt::format("sample_axis, time_axis or input_frames for {} (a sample of CFDBench is a frame and the "
                    "next one that is kept); leave them out",
                    path));
  }
  if (options.stride.size() > 2) {
    throw ConfigError(fmt::format("stride has {} entries for {} (its fields have the axes y and x); give one or two",
                                  options.stride.size(), path));
  }
}

}  // namespace

bool is_cfdbench(const Candidate& candidate) {
  if (!candidate.folder) {
    return false;
  }
  CaseSearch search(true);
  search.enter(candidate.path);
  return !search.cases.empty();
}

std::unique_ptr<Source> open_cfdbench(const Candidate& candidate, const SourceOptions& options) {
  const std::string path = candidate.path.string();
  check_options(options, path);
  CaseSearch search(false);
  search.enter(candidate.path);
  if (search.cases.empty()) {
    throw DataError(
        fmt::format("{} holds no case of CFDBench (a folder with u.npy, v.npy and case.json, at most {} folders "
                    "down); name another folder",
                    path, deepest_case));
  }
  std::vector<Case> cases;
  std::vector<std::map<std::string, double>> numbers;
  Shape grid;
  std::size_t samples = 0;
  for (const std::filesystem::path& folder : search.cases) {
    const Shape shape = shape_of(folder);
    if (const Shape points(shape.begin() + 1, shape.end()); grid.empty()) {
      grid = points;
    } else if (points != grid) {
      throw DataError(
          fmt::format("{} has frames of shape {} and {} of shape {} (all cases of a dataset have one grid); "
                      "name one of the folders",
                      search.cases.front().string(), to_string(grid), folder.string(), to_string(points)));
    }
    Case next{folder, {}, samples, {}};
    // A case too short for a pair of frames gives no sample.
    Range kept = options.times;
    kept.last = std::min(kept.last.value_or(static_cast<std::int64_t>(shape[0])), static_cast<std::int64_t>(shape[0]));
    if (kept.first < *kept.last) {
      next.frames = resolve(kept, shape[0], fmt::format("times of {}", folder.string()));
    }
    if (next.frames.count < 2) {
      continue;
    }
    samples += next.frames.count - 1;
    cases.push_back(std::move(next));
    numbers.push_back(numbers_of(folder));
  }
  if (cases.empty() || element_count(grid) == 0) {
    throw DataError(
        fmt::format("no case of {} has two frames (a sample is a frame and the next); keep more times", path));
  }

  DatasetDescription description;
  description.title = candidate.path.filename().string();
  description.generator = "CFDBench";
  description.inputs = fields_of(options.inputs, path);
  description.outputs = fields_of(options.outputs, path);
  description.parameters = {{"case", ElementType::int64, "1", "number of the case, by the names of the folders"},
                            {"frame", ElementType::int64, "1", "number of the input frame"}};
  std::vector<std::string> left_out;
  for (const auto& [name, value] : numbers.front()) {
    const bool everywhere =
        std::all_of(numbers.begin(), numbers.end(), [&, key = name](const auto& of) { return of.count(key) > 0; });
    if (!everywhere || name == "case" || name == "frame") {
      left_out.push_back(name);
      continue;
    }
    description.parameters.push_back({name, ElementType::float64});
    for (std::size_t i = 0; i < cases.size(); ++i) {
      cases[i].numbers.push_back(numbers[i].at(name));
    }
  }
  if (!left_out.empty()) {
    description.attributes["parameters_not_of_all_cases"] = left_out;
  }
  const auto rows = static_cast<std::size_t>(options.stride.front());
  const auto columns = static_cast<std::size_t>(options.stride.back());
  description.axes = {cells("y", grid[0], rows), cells("x", grid[1], columns)};
  Selection points{
      {0, 0, 0}, {1, description.axes[0].values.size(), description.axes[1].values.size()}, {1, rows, columns}};
  const ResolvedRange chosen = resolve(options.samples, samples, "samples");
  return std::make_unique<CfdBench>(path, std::move(description), std::move(cases), chosen, std::move(points));
}

}  // namespace floe::io
