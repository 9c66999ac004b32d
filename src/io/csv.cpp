// SPDX-License-Identifier: MIT
#include "io/csv.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/files.h"

namespace floe::io {

namespace {

std::string escaped(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string result(1, '"');
  for (const char c : text) {
    result += c;
    if (c == '"') {
      result += '"';
    }
  }
  result += '"';
  return result;
}

std::string text_of(const CsvCell& cell) {
  return std::visit(
      [](const auto& value) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
          return escaped(value);
        } else {
          return fmt::format("{}", value);
        }
      },
      cell);
}

std::string header_of(const std::vector<std::string>& columns) {
  std::string line;
  for (const std::string& column : columns) {
    line += fmt::format("{}{}", line.empty() ? "" : ",", escaped(column));
  }
  return line + "\n";
}

// Splits the record that begins at `position` and moves past its end; `complete` tells whether a line end closed it.
std::vector<std::string> next_record(std::string_view text, std::size_t& position, bool& complete) {
  std::vector<std::string> cells(1);
  bool inside = false;
  complete = false;
  while (position < text.size()) {
    const char c = text[position++];
    if (inside) {
      if (c != '"') {
        cells.back() += c;
      } else if (position < text.size() && text[position] == '"') {
        cells.back() += text[position++];
      } else {
        inside = false;
      }
    } else if (c == '"') {
      inside = true;
    } else if (c == ',') {
      cells.emplace_back();
    } else if (c == '\n') {
      complete = true;
      break;
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  return cells;
}

void check_columns(const std::filesystem::path& path, const std::vector<std::string>& columns) {
  if (columns.empty()) {
    throw ConfigError(fmt::format("{} without columns (a table has at least one); name them", path.string()));
  }
}

}  // namespace

CsvWriter::CsvWriter(Resume, const std::filesystem::path& path, std::vector<std::string> columns)
    : path_(path), columns_(std::move(columns)) {
  check_columns(path_, columns_);
}

CsvWriter::CsvWriter(const std::filesystem::path& path, std::vector<std::string> columns)
    : CsvWriter(Resume{}, path, std::move(columns)) {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) {
    throw_io_error("write", path_, errno);
  }
  put(header_of(columns_));
}

CsvWriter CsvWriter::resume(const std::filesystem::path& path, std::vector<std::string> columns, std::size_t rows) {
  if (std::error_code ignored; rows == 0 && !std::filesystem::exists(path, ignored)) {
    return {path, std::move(columns)};
  }
  CsvWriter writer(Resume{}, path, std::move(columns));
  const std::string text = read_file(path);
  std::size_t position = 0;
  bool complete = false;
  const std::vector<std::string> header = next_record(text, position, complete);
  if (!complete || header != writer.columns_) {
    throw DataError(
        fmt::format("{} has the columns {} (expected {}); move it away or resume with the options it was written with",
                    path.string(), fmt::join(header, ","), fmt::join(writer.columns_, ",")));
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t cells = next_record(text, position, complete).size();
    if (!complete || cells != writer.columns_.size()) {
      throw DataError(fmt::format("{} has {} whole rows (the checkpoint counts {}); restore the file or start anew",
                                  path.string(), row, rows));
    }
  }
  writer.rows_ = rows;
  writer.descriptor_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (writer.descriptor_ < 0 || ::ftruncate(writer.descriptor_, static_cast<off_t>(position)) != 0) {
    throw_io_error("write", path, errno);
  }
  return writer;
}

CsvWriter::CsvWriter(CsvWriter&& other) noexcept
    : path_(std::move(other.path_)),
      columns_(std::move(other.columns_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      rows_(other.rows_) {}

CsvWriter::~CsvWriter() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

void CsvWriter::put(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(descriptor_, line.data(), line.size());
    if (written < 0 && errno != EINTR) {
      throw_io_error("write", path_, errno);
    }
    line.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
  }
}

void CsvWriter::row(std::span<const CsvCell> cells) {
  if (cells.size() != columns_.size()) {
    throw ShapeError(fmt::format("a row of {} cells for {} (it has {} columns); give one cell per column", cells.size(),
                                 path_.string(), columns_.size()));
  }
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += fmt::format("{}{}", i == 0 ? "" : ",", text_of(cells[i]));
  }
  put(line + "\n");
  ++rows_;
}

std::vector<double> CsvTable::numbers(const std::string& column) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] != column) {
      continue;
    }
    std::vector<double> values;
    for (const std::vector<std::string>& cells : rows) {
      const std::string& cell = cells[i];
      double value = std::numeric_limits<double>::quiet_NaN();
      const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
      if (!cell.empty() && (error != std::errc() || end != cell.data() + cell.size())) {
        throw DataError(fmt::format("'{}' in row {} of the column '{}' (it is no number); correct the table", cell,
                                    values.size() + 1, column));
      }
      values.push_back(value);
    }
    return values;
  }
  throw DataError(
      fmt::format("no column '{}' in the table (it has {}); name one of these", column, fmt::join(columns, ", ")));
}

CsvTable read_csv(const std::filesystem::path& path) {
  const std::string text = read_file(path);
  CsvTable table;
  std::size_t position = 0;
  bool complete = false;
  table.columns = next_record(text, position, complete);
  while (position < text.size()) {
    std::vector<std::string> cells = next_record(text, position, complete);
    if (!complete && cells.size() != table.columns.size()) {
      break;  // the last line is being written
    }
    if (cells.size() != table.columns.size()) {
      throw DataError(fmt::format("row {} of {} has {} cells (the header has {}); correct the table",
                                  table.rows.size() + 1, path.string(), cells.size(), table.columns.size()));
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

}  // namespace floe::io
