// SPDX-License-Identifier: MIT
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/nearest.h"
#include "io/finite.h"
#include "io/readers/layout.h"
#include "io/readers/permute.h"

namespace floe::io {

namespace {

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

/// A field or parameter of the source: the arrays it comes from and what of them is taken.
struct Binding {
  std::string path;
  std::vector<std::string> arrays;
  Selection selection;             ///< of one array, all samples
  std::size_t sample_axis = none;  ///< of the array
  /// The axes of the array in the order of the field, samples first.
  std::vector<std::size_t> order;
  bool in_order = true;
  std::size_t per_sample = 1;
};

class ArraySource final : public Source {
 public:
  ArraySource(std::shared_ptr<const ArrayFile> file, std::string format, DatasetDescription description,
              ResolvedRange samples, std::vector<Binding> bindings)
      : file_(std::move(file)),
        format_(std::move(format)),
        description_(std::move(description)),
        samples_(samples),
        bindings_(std::move(bindings)) {}

  std::string format() const override { return format_; }
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
  const Binding& binding(const std::string& path) const {
    for (const Binding& candidate : bindings_) {
      if (candidate.path == path) return candidate;
    }
    std::vector<std::string> names;
    for (const Binding& candidate : bindings_) names.push_back(candidate.path);
    throw DataError(fmt::format("no field or parameter '{}' in {} (it has {}); name one of these", path, file_->path(),
                                fmt::join(names, ", ")));
  }

  template <class T>
  void read_as(const std::string& path, std::size_t first, std::size_t count, std::span<T> values,
               NonFinite non_finite) const {
    const Binding& source = binding(path);
    if (first > samples_.count || count > samples_.count - first) {
      throw ShapeError(fmt::format("the samples [{}, {} + {}) of {} of {} were asked for (it has {}); ask for less",
                                   first, first, count, path, file_->path(), samples_.count));
    }
    if (values.size() != count * source.per_sample) {
      throw ShapeError(fmt::format("room for {} values of {} samples of {} of {} (one has {}); size it for the samples",
                                   values.size(), count, path, file_->path(), source.per_sample));
    }
    if (values.empty()) return;
    if (source.arrays.size() > 1) {
      for (std::size_t i = 0; i < count; ++i) {
        const std::size_t number = samples_.first + (first + i) * samples_.stride;
        take<T>(source, source.arrays[number], source.selection,
                values.subspan(i * source.per_sample, source.per_sample));
      }
    } else if (source.sample_axis == none) {
      take<T>(source, source.arrays.front(), source.selection, values.first(source.per_sample));
      for (std::size_t i = 1; i < count; ++i) {
        std::copy_n(values.begin(), source.per_sample, values.subspan(i * source.per_sample).begin());
      }
    } else {
      Selection selection = source.selection;
      selection.start[source.sample_axis] = samples_.first + first * samples_.stride;
      selection.count[source.sample_axis] = count;
      selection.stride[source.sample_axis] = samples_.stride;
      take<T>(source, source.arrays.front(), selection, values);
    }
    if (non_finite == NonFinite::refuse) {
      check_finite<T>(file_->path(), path, first, source.per_sample, std::span<const T>(values));
    }
  }

  template <class T>
  void take(const Binding& source, const std::string& array, const Selection& selection, std::span<T> values) const {
    if (source.in_order) {
      file_->read(array, selection, values);
      return;
    }
    std::vector<T> stored(values.size());
    file_->read(array, selection, std::span<T>(stored));
    permute<T>(stored, selection.count, source.order, values);
  }

  std::shared_ptr<const ArrayFile> file_;
  std::string format_;
  DatasetDescription description_;
  ResolvedRange samples_;
  std::vector<Binding> bindings_;
};

/// Applies options to a layout.
class Builder final {
 public:
  Builder(std::shared_ptr<const ArrayFile> file, Layout layout, const SourceOptions& options)
      : file_(std::move(file)), layout_(std::move(layout)), options_(options) {}

  std::unique_ptr<Source> build() {
    if (layout_.samples == 0) {
      throw DataError(fmt::format("{} has no samples (its axis of samples is empty); use another file", file_->path()));
    }
    const ResolvedRange samples = resolve(options_.samples, layout_.samples, "samples of " + file_->path());
    inputs_ = pick("inputs", options_.inputs.empty() ? layout_.inputs : options_.inputs);
    outputs_ = pick("outputs", options_.outputs.empty() ? layout_.outputs : options_.outputs);
    if (inputs_.empty() && outputs_.empty()) {
      throw ConfigError(fmt::format("no inputs and no outputs of {} are chosen (it has {}); name some", file_->path(),
                                    fmt::join(keys(), ", ")));
    }
    split_frames();
    resolve_strides();
    description_ = layout_.about;
    description_.axes.clear();
    description_.inputs.clear();
    description_.outputs.clear();
    description_.parameters.clear();
    for (const Quantity& quantity : inputs_) description_.inputs.push_back(bind(quantity, "inputs"));
    for (const Quantity& quantity : outputs_) description_.outputs.push_back(bind(quantity, "outputs"));
    for (const Quantity& quantity : layout_.parameters) {
      const Field field = bind(quantity, "parameters");
      description_.parameters.push_back({field.name, field.type, field.unit, field.long_name});
    }
    if (layout_.format != schema_name) rename_attributes();
    description_.validate();
    return std::make_unique<ArraySource>(file_, layout_.format, std::move(description_), samples, std::move(bindings_));
  }

 private:
  /// The schema has attributes of its own, and names hold no '/'.
  void rename_attributes() {
    std::map<std::string, hdf5::AttributeValue> renamed;
    for (const auto& [name, value] : description_.attributes) {
      std::string fit = is_schema_attribute(name) ? "source_" + name : name;
      std::replace(fit.begin(), fit.end(), '/', '_');
      if (!fit.empty()) renamed.emplace(std::move(fit), value);
    }
    description_.attributes = std::move(renamed);
  }

  std::vector<std::string> keys() const {
    std::vector<std::string> names;
    for (const Quantity& field : layout_.fields) names.push_back(field.key);
    return names;
  }

  const Quantity* find(const std::string& key) const {
    const auto found =
        std::find_if(layout_.fields.begin(), layout_.fields.end(), [&](const Quantity& q) { return q.key == key; });
    return found == layout_.fields.end() ? nullptr : &*found;
  }

  /// The fields that `words` choose: by key, or without the group that a floe-dataset has them in; "name = key" gives
  /// the field another name.
  std::vector<Quantity> pick(const std::string& group, const std::vector<std::string>& words) const {
    std::vector<Quantity> picked;
    for (const std::string& word : words) {
      std::string key = word;
      std::string name;
      if (const auto equals = word.find('='); find(word) == nullptr && equals != std::string::npos) {
        name = trim(word.substr(0, equals));
        key = trim(word.substr(equals + 1));
      }
      const Quantity* found = find(key);
      for (const std::string& prefix : {group, std::string("inputs"), std::string("outputs")}) {
        if (found == nullptr) found = find(prefix + "/" + key);
      }
      for (const Quantity& field : layout_.fields) {
        if (found == nullptr && field.name == key) found = &field;
      }
      if (found == nullptr) {
        throw ConfigError(fmt::format("{} has '{}' (there is no such field in {}, which is {}); {}", group, key,
                                      file_->path(), layout_.format, suggestion(key, keys())));
      }
      picked.push_back(*found);
      if (!name.empty()) picked.back().name = name;
    }
    return picked;
  }

  static std::string trim(const std::string& text) {
    const auto first = text.find_first_not_of(' ');
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
  }

  const LayoutAxis* time_axis() const {
    const auto found = std::find_if(layout_.axes.begin(), layout_.axes.end(),
                                    [](const LayoutAxis& axis) { return axis.role == LayoutAxis::Role::time; });
    return found == layout_.axes.end() ? nullptr : &*found;
  }

  void split_frames() {
    const LayoutAxis* time = time_axis();
    if (time == nullptr) {
      if (options_.times.first != 0 || options_.times.last || options_.times.stride != 1 ||
          options_.input_frames.value_or(0) > 0) {
        throw ConfigError(
            fmt::format("times or input_frames for {} (it has no axis of time); leave them out", file_->path()));
      }
      return;
    }
    times_ = resolve(options_.times, time->axis.values.size(), "times of " + file_->path());
    const bool both = std::any_of(inputs_.begin(), inputs_.end(), [&](const Quantity& input) {
      return uses(input, time->axis.name) &&
             std::any_of(outputs_.begin(), outputs_.end(), [&](const Quantity& o) { return o.key == input.key; });
    });
    if (!both) return;
    input_frames_ = options_.input_frames ? static_cast<std::size_t>(*options_.input_frames) : layout_.input_frames;
    if (input_frames_ >= times_.count) {
      throw ConfigError(
          fmt::format("input_frames = {} for {} (it has {} frames, and outputs need one); use fewer, or "
                      "more of its times",
                      input_frames_, file_->path(), times_.count));
    }
  }

  static bool uses(const Quantity& quantity, const std::string& axis) {
    return std::any_of(quantity.axes.begin(), quantity.axes.end(),
                       [&](const AxisUse& use) { return use.kind == AxisUse::Kind::field && use.name == axis; });
  }

  /// Of the spatial axes in the order in which the chosen fields have them.
  void resolve_strides() {
    std::vector<std::string> spatial;
    for (const auto* fields : {&inputs_, &outputs_}) {
      for (const Quantity& field : *fields) {
        for (const LayoutAxis* axis : axes_of(field)) {
          const std::string& name = axis->axis.name;
          const bool known = std::find(spatial.begin(), spatial.end(), name) != spatial.end();
          if (axis->role == LayoutAxis::Role::space && !known) spatial.push_back(name);
        }
      }
    }
    if (options_.stride.size() > 1 && options_.stride.size() != spatial.size()) {
      throw ConfigError(
          fmt::format("stride = [{}] for {} (it has the spatial axes {}); give one number for all axes or one for each",
                      fmt::join(options_.stride, ", "), file_->path(), fmt::join(spatial, ", ")));
    }
    for (std::size_t i = 0; i < spatial.size(); ++i) {
      strides_[spatial[i]] = static_cast<std::size_t>(options_.stride[options_.stride.size() == 1 ? 0 : i]);
    }
  }

  const LayoutAxis* axis_named(const std::string& name) const {
    const auto found = std::find_if(layout_.axes.begin(), layout_.axes.end(),
                                    [&](const LayoutAxis& axis) { return axis.axis.name == name; });
    return found == layout_.axes.end() ? nullptr : &*found;
  }

  std::vector<const LayoutAxis*> axes_of(const Quantity& quantity) const {
    std::vector<const LayoutAxis*> axes;
    for (const AxisUse& use : quantity.axes) {
      const LayoutAxis* axis = use.kind == AxisUse::Kind::field ? axis_named(use.name) : nullptr;
      if (axis != nullptr) axes.push_back(axis);
    }
    return axes;
  }

  struct Taken {
    ResolvedRange range;
    std::string name;  ///< "" if the field has no such axis any more
  };

  /// What of an axis a field takes, and how that axis is called; adds it to the description.
  Taken take_axis(const std::string& name, const std::string& group) {
    const LayoutAxis* found = axis_named(name);
    if (found == nullptr) {
      throw DataError(fmt::format("an axis '{}' of {} is not described (the format {} is read wrongly); report it",
                                  name, file_->path(), layout_.format));
    }
    const std::size_t size = found->axis.values.size();
    Taken taken{{0, size, 1}, name};
    if (found->role == LayoutAxis::Role::time) {
      taken.range = times_;
      if (input_frames_ > 0 && group == "inputs") {
        taken.range.count = input_frames_;
        taken.name = "input_" + name;
      } else if (input_frames_ > 0 && group == "outputs") {
        taken.range.first += input_frames_ * taken.range.stride;
        taken.range.count -= input_frames_;
      }
      // The initial state has no axis of time, but says when it is.
      if (input_frames_ == 1 && group == "inputs") {
        taken.name.clear();
        description_.attributes["initial_time"] = found->axis.values[taken.range.first];
      }
    } else if (const auto stride = strides_.find(name); stride != strides_.end()) {
      taken.range.stride = stride->second;
      taken.range.count = size == 0 ? 0 : (size - 1) / stride->second + 1;
    }
    const bool known = std::any_of(description_.axes.begin(), description_.axes.end(),
                                   [&](const Axis& axis) { return axis.name == taken.name; });
    if (!taken.name.empty() && !known) {
      Axis axis{taken.name, {}, found->axis.unit, found->axis.boundary_condition};
      for (std::size_t i = 0; i < taken.range.count; ++i) {
        axis.values.push_back(found->axis.values[taken.range.first + i * taken.range.stride]);
      }
      // A part of a periodic axis with its ends cut off would not be periodic; a stride that divides it is.
      if (axis.boundary_condition == "periodic" && size % taken.range.stride != 0) axis.boundary_condition = "none";
      description_.axes.push_back(std::move(axis));
    }
    return taken;
  }

  Field bind(const Quantity& quantity, const std::string& group) {
    const ArrayInfo& stored = file_->array(quantity.arrays.front());
    check_shape(quantity, stored);
    Field field{quantity.name, {}, quantity.type, quantity.unit, quantity.long_name};
    Binding binding;
    binding.path = group + "/" + quantity.name;
    binding.arrays = quantity.arrays;
    binding.selection = Selection::all(stored.shape);
    std::vector<std::size_t> time;
    std::vector<std::size_t> space;
    std::vector<std::size_t> single;
    std::vector<std::string> names;
    for (std::size_t axis = 0; axis < quantity.axes.size(); ++axis) {
      const AxisUse& use = quantity.axes[axis];
      if (use.kind == AxisUse::Kind::sample) {
        binding.sample_axis = axis;
        continue;
      }
      ResolvedRange range{use.index, 1, 1};
      if (use.kind == AxisUse::Kind::field) {
        const Taken taken = take_axis(use.name, group);
        range = {use.index + taken.range.first * use.step, taken.range.count, taken.range.stride * use.step};
        const bool is_time = time_axis() != nullptr && time_axis()->axis.name == use.name;
        if (taken.name.empty()) {
          single.push_back(axis);
        } else if (is_time) {
          time.push_back(axis);
          field.axes.insert(field.axes.begin(), taken.name);
        } else {
          space.push_back(axis);
          field.axes.push_back(taken.name);
        }
      } else {
        single.push_back(axis);
      }
      binding.selection.start[axis] = range.first;
      binding.selection.count[axis] = range.count;
      binding.selection.stride[axis] = range.stride;
      binding.per_sample *= range.count;
    }
    if (binding.sample_axis != none) binding.order.push_back(binding.sample_axis);
    for (const auto* part : {&time, &space}) binding.order.insert(binding.order.end(), part->begin(), part->end());
    binding.in_order = std::is_sorted(binding.order.begin(), binding.order.end());
    binding.order.insert(binding.order.end(), single.begin(), single.end());
    bindings_.push_back(std::move(binding));
    return field;
  }

  void check_shape(const Quantity& quantity, const ArrayInfo& stored) const {
    if (!is_real_type(stored.type_name)) {
      throw DataError(fmt::format("{}:{} holds {} (fields are real numbers); choose other inputs and outputs",
                                  file_->path(), stored.name, stored.type_name));
    }
    Shape expected;
    for (std::size_t axis = 0; axis < quantity.axes.size(); ++axis) {
      const AxisUse& use = quantity.axes[axis];
      if (use.kind == AxisUse::Kind::sample) {
        expected.push_back(layout_.samples);
      } else if (use.kind == AxisUse::Kind::fixed) {
        const bool inside = axis < stored.shape.size() && use.index < stored.shape[axis];
        expected.push_back(inside ? stored.shape[axis] : use.index + 1);
      } else {
        const LayoutAxis* found = axis_named(use.name);
        const std::size_t size = found == nullptr ? 0 : found->axis.values.size();
        const std::size_t end = size == 0 ? 0 : use.index + (size - 1) * use.step + 1;
        const bool inside = !use.whole && axis < stored.shape.size() && end <= stored.shape[axis];
        expected.push_back(inside ? stored.shape[axis] : end);
      }
    }
    for (const std::string& name : quantity.arrays) {
      const ArrayInfo& info = file_->array(name);
      if (info.shape != expected || info.type_name != stored.type_name) {
        throw DataError(
            fmt::format("{}:{} has shape {} and type {} (as {} it would have {} and {}); the file is damaged "
                        "or of another format",
                        file_->path(), name, to_string(info.shape), info.type_name, layout_.format, to_string(expected),
                        stored.type_name));
      }
    }
  }

  std::shared_ptr<const ArrayFile> file_;
  Layout layout_;
  const SourceOptions& options_;
  std::vector<Quantity> inputs_;
  std::vector<Quantity> outputs_;
  ResolvedRange times_;
  std::size_t input_frames_ = 0;
  std::map<std::string, std::size_t> strides_;
  DatasetDescription description_;
  std::vector<Binding> bindings_;
};

bool is_narrow(const std::string& type_name) {
  static const std::vector<std::string> narrow = {"float16", "float32", "bool", "int8", "uint8", "int16", "uint16"};
  return std::find(narrow.begin(), narrow.end(), type_name) != narrow.end();
}

}  // namespace

ElementType field_type(const std::string& type_name) {
  return is_narrow(type_name) ? ElementType::float32 : ElementType::float64;
}

ElementType parameter_type(const std::string& type_name) {
  return type_name.starts_with("float") ? field_type(type_name) : ElementType::int64;
}

ResolvedRange resolve(const Range& range, std::size_t size, const std::string& what) {
  const auto first = static_cast<std::size_t>(range.first);
  const std::size_t last = range.last ? static_cast<std::size_t>(*range.last) : size;
  if (range.first < 0 || range.stride < 1 || last > size || first >= last) {
    throw ConfigError(fmt::format("the range [{}, {}) of {} (there are {}); choose among these", range.first,
                                  range.last ? std::to_string(*range.last) : "end", what, size));
  }
  const auto stride = static_cast<std::size_t>(range.stride);
  return {first, (last - first - 1) / stride + 1, stride};
}

std::unique_ptr<Source> make_array_source(std::shared_ptr<const ArrayFile> file, Layout layout,
                                          const SourceOptions& options) {
  return Builder(std::move(file), std::move(layout), options).build();
}

}  // namespace floe::io
