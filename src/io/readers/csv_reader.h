// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/readers/bytes.h"

namespace floe::io {

/// Reads a table of any length record by record: comma separated, a line with the names of the columns first, cells
/// with commas, quotes or line ends in double quotes (RFC 4180), lines ended by LF or CRLF. Empty lines are skipped.
/// Takes about 1 MiB; a record may take as much.
class CsvReader final {
 public:
  /// Throws IoError, DataError without a header or with two columns of one name.
  explicit CsvReader(const std::filesystem::path& path);

  const std::vector<std::string>& columns() const { return columns_; }
  /// The number of a column. Throws DataError, naming those that are there.
  std::size_t column(const std::string& name) const;
  bool has_column(const std::string& name) const;

  /// Goes to the next record; false at the end. Throws DataError, with the number of the line, for a record that has
  /// not one cell per column, is longer than 1 MiB, or ends within quotes.
  bool next();
  /// The line on which the record begins, the header being 1.
  std::size_t line() const { return line_; }
  std::string_view text(std::size_t column) const { return cells_[column]; }
  /// The cell as a number; NaN for an empty one, "nan", "NaN", "NA" and "null". Throws DataError, with line and column,
  /// for anything else.
  double number(std::size_t column) const;

 private:
  bool read_record();
  bool refill();
  void split(char* first, char* last);

  std::string path_;
  std::shared_ptr<const Bytes> file_;
  std::uint64_t position_ = 0;  ///< of the file, behind what the buffer holds
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  ///< what of the buffer is not yet taken
  std::size_t end_ = 0;
  std::vector<std::string> columns_;
  std::vector<std::string_view> cells_;
  std::size_t line_ = 0;
  std::size_t next_line_ = 1;
};

}  // namespace floe::io
