// SPDX-License-Identifier: MIT
#include "io/inspect.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "base/error.h"
#include "io/dataset.h"
#include "io/hdf5_scales.h"

namespace floe::io {

namespace {

constexpr std::size_t block_elements = std::size_t{1} << 19;
constexpr std::size_t max_text_width = 100;
constexpr int max_depth = 32;

// Written by the HDF5 and netCDF libraries for themselves.
const std::set<std::string> plumbing = {"CLASS",
                                        "NAME",
                                        "DIMENSION_LIST",
                                        "REFERENCE_LIST",
                                        "DIMENSION_LABELS",
                                        "_Netcdf4Dimid",
                                        "_Netcdf4Coordinates",
                                        "_NCProperties"};

std::string bytes_text(std::uintmax_t bytes) {
  static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024.0 && unit < 4) {
    value /= 1024.0;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string number_text(double value) {
  return fmt::format("{:.6g}", value);
}

template <class T>
void accumulate(const std::vector<T>& values, Statistics& result, double& sum) {
  for (const T item : values) {
    const auto value = static_cast<double>(item);
    if (std::isnan(value)) {
      ++result.nan;
    } else if (std::isinf(value)) {
      ++result.infinite;
    } else {
      result.min = std::min(result.min, value);
      result.max = std::max(result.max, value);
      sum += value;
    }
  }
  result.count += values.size();
}

std::string attribute_text(const hdf5::Attributes& attributes, const std::string& name) {
  try {
    return hdf5::to_string(attributes.get(name));
  } catch (const Error& error) {
    return fmt::format("unreadable: {}", error.what());
  }
}

// One line, cut where it gets long; the size of what is cut is told.
std::string one_line(const std::string& text) {
  std::string line = text.substr(0, text.find('\n'));
  std::size_t width = std::min(line.size(), max_text_width);
  while (width < line.size() && width > 0 && (static_cast<unsigned char>(line[width]) & 0xC0U) == 0x80U) {
    --width;
  }
  line.resize(width);
  return line.size() < text.size() ? fmt::format("{} ... ({} characters)", line, text.size()) : line;
}

struct Row {
  std::string name, shape, type, units, range, remark;
};

std::string range_text(const hdf5::Dataset& dataset) {
  if (!dataset.numeric() || element_count(dataset.shape()) == 0) {
    return "";
  }
  const Statistics found = statistics(dataset);
  std::string text = std::isnan(found.min) ? "no finite value"
                                           : fmt::format("[{}, {}] mean {}", number_text(found.min),
                                                         number_text(found.max), number_text(found.mean));
  if (dataset.floating()) {
    text += fmt::format(", {} NaN", found.nan);
  }
  if (found.infinite > 0) {
    text += fmt::format(", {} infinite", found.infinite);
  }
  return text;
}

Row row_of(const hdf5::Dataset& dataset) {
  Row row;
  row.name = dataset.path();
  row.shape = to_string(dataset.shape());
  row.type = dataset.type_name();
  const hdf5::Attributes attributes = dataset.attributes();
  for (const char* name : {"units", "unit"}) {
    if (row.units.empty() && attributes.contains(name)) {
      row.units = one_line(attribute_text(attributes, name));
    }
  }
  if (row.units.empty()) {
    row.units = "-";
  }
  try {
    row.range = range_text(dataset);
  } catch (const Error& error) {
    row.range = fmt::format("NOT READABLE: {}", error.what());
  }
  for (const std::string& name : attributes.names()) {
    if (!plumbing.contains(name) && name != "units" && name != "unit") {
      row.remark += fmt::format("\n      {} = {}", name, one_line(attribute_text(attributes, name)));
    }
  }
  std::vector<std::string> storage;
  const std::vector<std::string> labels = hdf5::axis_labels(dataset);
  if (std::any_of(labels.begin(), labels.end(), [](const std::string& label) { return !label.empty(); })) {
    storage.push_back(fmt::format("axes ({})", fmt::join(labels, ", ")));
  }
  if (!dataset.chunk().empty()) {
    storage.push_back("chunks " + to_string(dataset.chunk()));
  }
  if (!dataset.filters().empty()) {
    storage.push_back(fmt::format("{}", fmt::join(dataset.filters(), "+")));
  }
  if (!storage.empty()) {
    row.remark = fmt::format("\n      {}", fmt::join(storage, "  ")) + row.remark;
  }
  return row;
}

void collect(const hdf5::Group& group, int depth, std::set<std::uint64_t>& seen, std::vector<Row>& rows) {
  for (const hdf5::Entry& entry : group.entries()) {
    try {
      if (entry.kind == hdf5::Entry::Kind::dataset) {
        const hdf5::Dataset dataset = group.dataset(entry.name);
        // Coordinates are linked into the groups that use them: shown once.
        if (seen.insert(dataset.address()).second) {
          rows.push_back(row_of(dataset));
        }
      } else if (entry.kind == hdf5::Entry::Kind::group && depth < max_depth) {
        // Links may lead back up: every group is entered once.
        const hdf5::Group inner = group.group(entry.name);
        if (seen.insert(inner.address()).second) {
          collect(inner, depth + 1, seen, rows);
        }
      }
    } catch (const Error& error) {
      Row row;
      row.name = group.path() + "/" + entry.name;
      row.range = fmt::format("NOT READABLE: {}", error.what());
      rows.push_back(std::move(row));
    }
  }
}

// Display width of UTF-8, one column per code point.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string table_text(const std::vector<Row>& rows) {
  static constexpr std::string Row::*columns[] = {&Row::name, &Row::shape, &Row::type, &Row::units};
  const Row header{"dataset", "shape", "type", "units", "values", ""};
  std::string text;
  const auto line = [&](const Row& row) {
    text += "  ";
    for (const auto column : columns) {
      std::size_t width = width_of(header.*column);
      for (const Row& other : rows) {
        width = std::max(width, width_of(other.*column));
      }
      text += row.*column + std::string(width - width_of(row.*column) + 2, ' ');
    }
    text += row.range;
    text.erase(text.find_last_not_of(' ') + 1);
    text += row.remark + "\n";
  };
  line(header);
  for (const Row& row : rows) {
    line(row);
  }
  return text;
}

std::string schema_text(const std::filesystem::path& path, const hdf5::Attributes& attributes) {
  if (!attributes.contains("schema")) {
    return "schema    none: an HDF5 file of another origin\n";
  }
  const std::string version =
      attributes.contains("schema_version") ? attribute_text(attributes, "schema_version") : "unknown";
  std::string text = fmt::format("schema    {}, version {}\n", one_line(attribute_text(attributes, "schema")), version);
  if (attribute_text(attributes, "schema") != schema_name) {
    return text;
  }
  try {
    const DatasetReader reader(path);
    text += fmt::format("samples   {}\n", reader.samples());
  } catch (const Error& error) {
    text += fmt::format("NOT USABLE as {}: {}\n", schema_name, error.what());
  }
  return text;
}

}  // namespace

Statistics statistics(const hdf5::Dataset& dataset) {
  Statistics result;
  result.min = std::numeric_limits<double>::infinity();
  result.max = -std::numeric_limits<double>::infinity();
  double total = 0.0;
  hdf5::for_each_block(dataset.shape(), block_elements, [&](const Shape& start, const Shape& count) {
    double sum = 0.0;
    if (dataset.floating()) {
      std::vector<double> values(element_count(count));
      dataset.read_block<double>(start, count, values);
      accumulate(values, result, sum);
    } else {
      std::vector<std::int64_t> values(element_count(count));
      dataset.read_block<std::int64_t>(start, count, values);
      accumulate(values, result, sum);
    }
    total += sum;
  });
  const std::size_t finite = result.count - result.nan - result.infinite;
  if (finite == 0) {
    result.min = result.max = result.mean = std::numeric_limits<double>::quiet_NaN();
  } else {
    result.mean = total / static_cast<double>(finite);
  }
  return result;
}

std::string inspect(const std::filesystem::path& path) {
  const hdf5::File file = hdf5::File::open(path);
  const hdf5::Attributes attributes = file.attributes();
  std::error_code ignored;
  std::string text =
      fmt::format("file      {} ({})\n", path.string(), bytes_text(std::filesystem::file_size(path, ignored)));
  text += schema_text(path, attributes);

  std::vector<Row> rows;
  std::set<std::uint64_t> seen = {file.root().address()};
  // Coordinates first, under the name they have there.
  if (file.root().contains("/coordinates")) {
    collect(file.root().group("/coordinates"), 0, seen, rows);
  }
  collect(file.root(), 0, seen, rows);
  text += rows.empty() ? "\nno datasets\n" : "\n" + table_text(rows);

  std::vector<std::string> names = attributes.names();
  std::erase_if(names, [](const std::string& name) { return plumbing.contains(name) || name == "config"; });
  if (!names.empty()) {
    std::size_t width = 0;
    for (const std::string& name : names) {
      width = std::max(width, width_of(name));
    }
    text += "\nattributes\n";
    for (const std::string& name : names) {
      text += fmt::format("  {}{}  {}\n", name, std::string(width - width_of(name), ' '),
                          one_line(attribute_text(attributes, name)));
    }
  }
  if (attributes.contains("config")) {
    text += "\nconfig\n";
    std::string config = attribute_text(attributes, "config");
    for (std::size_t position = 0; position < config.size();) {
      const std::size_t end = std::min(config.find('\n', position), config.size());
      text += "  | " + config.substr(position, end - position) + "\n";
      position = end + 1;
    }
  }
  return text;
}

}  // namespace floe::io
