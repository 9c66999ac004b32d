// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace floe::io {

/// One cell. Numbers are written with the fewest digits that read back as the same number.
using CsvCell = std::variant<double, std::int64_t, std::string>;

/// Writes a table such as metrics.csv row by row. A row reaches the file in one write as it is added, so that whoever
/// follows the file, or comes after a crash, sees whole rows.
class CsvWriter final {
 public:
  /// A new table with this header; a file of that name is replaced. Throws IoError, ConfigError without columns.
  CsvWriter(const std::filesystem::path& path, std::vector<std::string> columns);

  /// Goes on with a table: keeps its first `rows` rows and drops what a stopped run wrote after them (its checkpoint
  /// knows how many). A missing file is begun anew when rows is 0. Throws DataError if the header is another one or
  /// there are fewer rows.
  static CsvWriter resume(const std::filesystem::path& path, std::vector<std::string> columns, std::size_t rows);

  CsvWriter(CsvWriter&& other) noexcept;
  CsvWriter& operator=(CsvWriter&&) = delete;
  CsvWriter(const CsvWriter&) = delete;
  CsvWriter& operator=(const CsvWriter&) = delete;
  ~CsvWriter();

  /// Adds a row with one cell per column. Throws ShapeError for another number of cells, IoError if the disk is full.
  void row(std::span<const CsvCell> cells);
  void row(std::initializer_list<CsvCell> cells) { row(std::span<const CsvCell>(cells.begin(), cells.size())); }

  /// Rows in the file, header not counted.
  std::size_t rows() const { return rows_; }
  const std::vector<std::string>& columns() const { return columns_; }

 private:
  struct Resume {};
  CsvWriter(Resume, const std::filesystem::path& path, std::vector<std::string> columns);
  void put(std::string_view line);

  std::filesystem::path path_;
  std::vector<std::string> columns_;
  int descriptor_ = -1;
  std::size_t rows_ = 0;
};

/// A table read back.
struct CsvTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  /// The cells of a column as numbers; empty cells are NaN. Throws DataError if there is no such column or a cell is no
  /// number.
  std::vector<double> numbers(const std::string& column) const;
};

/// Reads a table: comma separated, cells with commas, quotes or line ends in double quotes (RFC 4180). Throws IoError,
/// DataError for rows of unequal length.
CsvTable read_csv(const std::filesystem::path& path);

}  // namespace floe::io
