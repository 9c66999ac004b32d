// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "io/readers/axes.h"
#include "io/readers/formats.h"
#include "io/readers/layout.h"

namespace floe::io {

namespace {

/// Names that files in use give their arrays.
struct KnownNames {
  std::string_view input;
  std::string_view output;
};
constexpr KnownNames known_names[] = {
    {"coeff", "sol"},       {"a", "u"},       {"x", "y"}, {"input", "output"}, {"inputs", "outputs"},
    {"c_field", "u_field"}, {"nu", "tensor"},
};

/// "name = array[index, ...]".
struct Choice {
  std::string word;
  std::string name;
  std::string array;
  std::vector<std::string> indices;
};

std::string trim(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string field_name(std::string array) {
  std::replace(array.begin(), array.end(), '/', '_');
  return array;
}

Choice parse(const std::string& word, const ArrayFile& file) {
  Choice choice{word, "", trim(word), {}};
  // An array may be called anything: as it stands, if there is one.
  if (file.find(choice.array) == nullptr) {
    if (const auto equals = word.find('='); equals != std::string::npos) {
      choice.name = trim(word.substr(0, equals));
      choice.array = trim(word.substr(equals + 1));
    }
    if (const auto bracket = choice.array.find('['); bracket != std::string::npos && choice.array.ends_with(']')) {
      std::string inside = choice.array.substr(bracket + 1, choice.array.size() - bracket - 2) + ",";
      choice.array = trim(choice.array.substr(0, bracket));
      for (std::size_t comma = inside.find(','); comma != std::string::npos; comma = inside.find(',')) {
        choice.indices.push_back(trim(inside.substr(0, comma)));
        inside = inside.substr(comma + 1);
      }
    }
  }
  if (choice.name.empty()) choice.name = field_name(choice.array);
  return choice;
}

/// One entry of an index: a number, or first:last:stride with any of them left out.
struct Index {
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t stride = 1;
  bool single = false;
};

Index parse_index(const std::string& text, std::size_t size, const Choice& choice) {
  const auto wrong = [&](const std::string& why) {
    return ConfigError(fmt::format("the index '{}' in '{}' ({}); write a number or first:last:stride for each axis",
                                   text, choice.word, why));
  };
  std::vector<std::optional<std::int64_t>> numbers;
  std::string rest = text + ":";
  for (std::size_t colon = rest.find(':'); colon != std::string::npos; colon = rest.find(':')) {
    const std::string part = trim(rest.substr(0, colon));
    rest = rest.substr(colon + 1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (part.empty()) {
      numbers.emplace_back();
    } else if (error != std::errc() || end != part.data() + part.size()) {
      throw wrong("it is no number");
    } else {
      numbers.emplace_back(value);
    }
  }
  const auto extent = static_cast<std::int64_t>(size);
  if (numbers.size() == 1 && numbers[0]) {
    const std::int64_t index = *numbers[0] < 0 ? *numbers[0] + extent : *numbers[0];
    if (index < 0 || index >= extent) throw wrong(fmt::format("the axis has {} entries", size));
    return {static_cast<std::size_t>(index), 1, 1, true};
  }
  if (numbers.size() < 2 || numbers.size() > 3) throw wrong("it is neither a number nor a range");
  numbers.resize(3);
  const auto bound = [&](const std::optional<std::int64_t>& value, std::int64_t missing) {
    return std::clamp(value ? (*value < 0 ? *value + extent : *value) : missing, std::int64_t{0}, extent);
  };
  const std::int64_t first = bound(numbers[0], 0);
  const std::int64_t last = bound(numbers[1], extent);
  const std::int64_t stride = numbers[2].value_or(1);
  if (stride < 1) throw wrong("the stride must be at least 1");
  if (last <= first) throw wrong(fmt::format("it is empty: the axis has {} entries", size));
  return {static_cast<std::size_t>(first), static_cast<std::size_t>((last - first - 1) / stride + 1),
          static_cast<std::size_t>(stride), false};
}

std::string listing(const ArrayFile& file) {
  std::vector<std::string> texts;
  for (const ArrayInfo& info : file.arrays()) {
    if (texts.size() == 12) {
      texts.emplace_back("...");
      break;
    }
    texts.push_back(fmt::format("{} {} {}", info.name, to_string(info.shape), info.type_name));
  }
  return texts.empty() ? "nothing" : fmt::format("{}", fmt::join(texts, ", "));
}

std::size_t axis_index(int axis, const ArrayInfo& info, const std::string& option) {
  const int rank = static_cast<int>(info.shape.size());
  const int index = axis < 0 ? axis + rank : axis;
  if (index < 0 || index >= rank) {
    throw ConfigError(fmt::format("{} = {} for the array '{}' (its shape is {}); name one of its axes", option, axis,
                                  info.name, to_string(info.shape)));
  }
  return static_cast<std::size_t>(index);
}

class Collector final {
 public:
  Collector(const ArrayFile& file, const SourceOptions& options) : file_(file), options_(options) {
    layout_.format = file.container();
    layout_.about.title = "";
    layout_.about.attributes = file.attributes();
  }

  Layout collect() {
    std::vector<std::string> inputs = options_.inputs;
    std::vector<std::string> outputs = options_.outputs;
    if (inputs.empty() && outputs.empty()) {
      for (const KnownNames& names : known_names) {
        if (file_.find(std::string(names.input)) != nullptr && file_.find(std::string(names.output)) != nullptr) {
          inputs = {std::string(names.input)};
          outputs = {std::string(names.output)};
          break;
        }
      }
    }
    if (inputs.empty() && outputs.empty()) {
      throw ConfigError(
          fmt::format("which arrays of {} are inputs and outputs is unknown (it holds {}); name them, for "
                      "example inputs = [\"a\"], outputs = [\"u\"]",
                      file_.path(), listing(file_)));
    }
    find_times();
    for (const std::string& word : inputs) layout_.inputs.push_back(add(word));
    for (const std::string& word : outputs) layout_.outputs.push_back(add(word));
    if (times_used_) layout_.axes.push_back({{"time", times_, "1", "none"}, LayoutAxis::Role::time});
    return std::move(layout_);
  }

 private:
  /// The array "t" of so many numbers, which the last axis of a trajectory has as well.
  void find_times() {
    for (const char* name : {"t", "time"}) {
      const ArrayInfo* info = file_.find(name);
      if (info == nullptr || !is_real_type(info->type_name) || info->shape.empty() || info->shape.size() > 2) continue;
      const std::size_t count = element_count(info->shape);
      const std::size_t longest = *std::max_element(info->shape.begin(), info->shape.end());
      if (count > 1 && count == longest && count < max_axis_points) {
        times_ = file_.read_all(name, max_axis_points);
        return;
      }
    }
  }

  std::string add(const std::string& word) {
    const Choice choice = parse(word, file_);
    const ArrayInfo& info = file_.array(choice.array);
    if (info.shape.empty()) {
      throw ConfigError(
          fmt::format("'{}' of {} is a single number (a field has an axis of samples); name another array",
                      choice.array, file_.path()));
    }
    if (choice.indices.size() > info.shape.size()) {
      throw ConfigError(fmt::format("'{}' has {} indices (the shape of {} is {}); give at most one for each axis", word,
                                    choice.indices.size(), info.name, to_string(info.shape)));
    }
    const std::size_t samples = axis_index(options_.sample_axis.value_or(0), info, "sample_axis");
    if (layout_.fields.empty()) {
      layout_.samples = info.shape[samples];
      first_ = info;
    } else if (info.shape[samples] != layout_.samples) {
      const bool last = info.shape.back() == first_.shape.back() && !options_.sample_axis;
      throw ConfigError(fmt::format(
          "{} of {} has {} entries along its axis {} and {} has {} (samples must be equally many); {}", info.name,
          file_.path(), info.shape[samples], samples, first_.name, layout_.samples,
          last ? "their last axes agree: give sample_axis = -1" : "name the axis of samples by sample_axis"));
    }
    const auto known = std::find_if(layout_.fields.begin(), layout_.fields.end(),
                                    [&](const Quantity& field) { return field.key == word; });
    if (known != layout_.fields.end()) return word;
    Quantity field{word, choice.name, {info.name}, {}, field_type(info.type_name)};
    describe(info, field);
    std::size_t position = 0;
    for (std::size_t axis = 0; axis < info.shape.size(); ++axis) {
      Index index{0, info.shape[axis], 1, false};
      if (axis < choice.indices.size()) index = parse_index(choice.indices[axis], info.shape[axis], choice);
      const bool whole = index.first == 0 && index.count == info.shape[axis] && !index.single;
      if (axis == samples) {
        if (!whole) {
          throw ConfigError(
              fmt::format("'{}' takes a part of the axis of samples (that is the option samples); write ':' "
                          "there",
                          word));
        }
        field.axes.push_back(AxisUse::sample());
      } else if (index.single || index.count == 1) {
        field.axes.push_back(AxisUse::fixed(index.first));
      } else if (is_time(info, axis, samples, whole)) {
        field.axes.push_back(AxisUse::field("time"));
      } else {
        const std::string name = space_axis(position++, index.count);
        field.axes.push_back(whole ? AxisUse::field(name) : AxisUse::part(name, index.first, index.stride));
      }
    }
    layout_.fields.push_back(std::move(field));
    return word;
  }

  static void describe(const ArrayInfo& info, Quantity& field) {
    if (const auto unit = info.attributes.find("units"); unit != info.attributes.end()) {
      field.unit = hdf5::to_string(unit->second);
    }
    if (const auto name = info.attributes.find("long_name"); name != info.attributes.end()) {
      field.long_name = hdf5::to_string(name->second);
    }
  }

  bool is_time(const ArrayInfo& info, std::size_t axis, std::size_t samples, bool whole) {
    bool found = false;
    if (options_.time_axis) {
      found = info.shape.size() > 2 && axis == axis_index(*options_.time_axis, info, "time_axis");
      if (found && times_.size() != info.shape[axis]) {
        if (times_used_ || info.shape[axis] > max_axis_points) return false;
        times_.resize(info.shape[axis]);
        std::iota(times_.begin(), times_.end(), 0.0);
      }
    } else {
      // (samples, space..., time), as the Navier-Stokes files of the Fourier neural operator have it.
      found =
          info.shape.size() > 2 && axis + 1 == info.shape.size() && samples == 0 && info.shape[axis] == times_.size();
    }
    times_used_ = times_used_ || (found && whole);
    return found && whole;
  }

  /// The axis x0, x1, ... of this length; fields that agree share it.
  std::string space_axis(std::size_t position, std::size_t count) {
    const std::string plain = fmt::format("x{}", position);
    for (const std::string& name : {plain, fmt::format("{}_{}", plain, count)}) {
      const auto found = std::find_if(layout_.axes.begin(), layout_.axes.end(),
                                      [&](const LayoutAxis& axis) { return axis.axis.name == name; });
      if (found == layout_.axes.end()) {
        layout_.axes.push_back(make_axis(file_, name, count, LayoutAxis::Role::space));
        return name;
      }
      if (found->axis.values.size() == count) return name;
    }
    throw ConfigError(fmt::format("two axes of {} cannot be told apart; take fewer of its arrays", file_.path()));
  }

  const ArrayFile& file_;
  const SourceOptions& options_;
  Layout layout_;
  ArrayInfo first_;
  std::vector<double> times_;
  bool times_used_ = false;
};

}  // namespace

bool is_array_collection(const Candidate& candidate) {
  return candidate.arrays != nullptr;
}

std::unique_ptr<Source> open_array_collection(const Candidate& candidate, const SourceOptions& options) {
  if (!candidate.arrays) {
    open_array_file(candidate.path);  // says why
    throw DataError(fmt::format("{} is no file of arrays; name another format", candidate.path.string()));
  }
  Layout layout = Collector(*candidate.arrays, options).collect();
  // What the words mean is settled: the layout is asked for all it has.
  SourceOptions rest = options;
  rest.inputs.clear();
  rest.outputs.clear();
  return make_array_source(candidate.arrays, std::move(layout), rest);
}

}  // namespace floe::io
