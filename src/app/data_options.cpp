// SPDX-License-Identifier: MIT
#include "app/data_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

#include "base/error.h"

namespace floe::app {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::int64_t parse_integer(const std::string& option, const std::string& whole, const std::string& text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || text.empty()) {
    throw ConfigError(fmt::format("{} {} cannot be used ('{}' is no integer); write for example {}", option, whole,
                                  text, option == "--stride" ? "2 or 2,1" : "100:200 or 0:1000:2"));
  }
  return value;
}

}  // namespace

io::Range parse_range(const std::string& option, const std::string& text) {
  io::Range range;
  if (text.empty()) return range;
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() > 3) parse_integer(option, text, text);
  if (parts.size() == 1) {
    range.last = parse_integer(option, text, parts[0]);
    return range;
  }
  if (!parts[0].empty()) range.first = parse_integer(option, text, parts[0]);
  if (!parts[1].empty()) range.last = parse_integer(option, text, parts[1]);
  if (parts.size() == 3 && !parts[2].empty()) range.stride = parse_integer(option, text, parts[2]);
  return range;
}

io::SourceOptions SourceWords::options() const {
  io::SourceOptions options;
  options.format = format;
  options.inputs = inputs;
  options.outputs = outputs;
  options.sample_axis = sample_axis;
  options.time_axis = time_axis;
  options.input_frames = input_frames;
  options.samples = parse_range("--samples", samples);
  options.times = parse_range("--times", times);
  if (!stride.empty()) {
    options.stride.clear();
    for (const std::string& part : split(stride, ','))
      options.stride.push_back(parse_integer("--stride", stride, part));
  }
  options.validate();
  return options;
}

void add_source_options(CLI::App& command, SourceWords& words) {
  command
      .add_option("--format", words.format, fmt::format("auto, or one of {}", fmt::join(io::source_formats(), ", ")))
      ->capture_default_str();
  command.add_option("--input", words.inputs, "a field that becomes an input, as name or \"name = array\"; repeatable")
      ->expected(1)
      ->take_all();
  command.add_option("--output-field", words.outputs, "likewise an output; repeatable")->expected(1)->take_all();
  command.add_option("--samples", words.samples, "samples that are taken, first:last:stride");
  command.add_option("--times", words.times, "points of the time axis that are kept, first:last:stride");
  command.add_option("--stride", words.stride, "every how many-th point of space, one number or one for each axis");
  command.add_option("--sample-axis", words.sample_axis, "the axis of the arrays that counts samples");
  command.add_option("--time-axis", words.time_axis, "the axis of the arrays that is time");
  command.add_option("--input-frames", words.input_frames, "frames that the inputs have; outputs have the later ones");
}

std::string fields_in_words(const io::DatasetDescription& description, const std::string& indent) {
  std::string text;
  const auto add = [&](const char* group, const std::vector<io::Field>& fields) {
    for (const io::Field& field : fields) {
      text += fmt::format("{}{}/{}  {} of {}  ({})\n", indent, group, field.name,
                          io::to_string(description.sample_shape(field)), io::to_string(field.type),
                          fmt::join(field.axes, ", "));
    }
  };
  add("inputs", description.inputs);
  add("outputs", description.outputs);
  for (const io::Parameter& parameter : description.parameters)
    text += fmt::format("{}parameters/{}  of {}\n", indent, parameter.name, io::to_string(parameter.type));
  return text;
}

}  // namespace floe::app
