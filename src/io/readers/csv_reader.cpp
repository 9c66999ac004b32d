// SPDX-License-Identifier: MIT
#include "io/readers/csv_reader.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include "base/error.h"

namespace floe::io {

namespace {

constexpr std::size_t longest_record = std::size_t{1} << 20;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') {
    text.remove_prefix(1);
  }
  while (!text.empty() && text.back() == ' ') {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

CsvReader::CsvReader(const std::filesystem::path& path) : path_(path.string()), file_(open_bytes(path)) {
  buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(longest_record, file_->size())));
  refill();
  if (end_ >= 3 &&
      std::memcmp(buffer_.data(), "\xEF\xBB\xBF", 3) == 0) {  // the mark that some programs begin UTF-8 with
    begin_ = 3;
  }
  if (!read_record()) {
    throw DataError(fmt::format("{} holds no table (it is empty); give a CSV file with a header", path_));
  }
  for (const std::string_view cell : cells_) {
    columns_.emplace_back(trimmed(cell));
    if (std::find(columns_.begin(), columns_.end() - 1, columns_.back()) != columns_.end() - 1) {
      throw DataError(fmt::format("{} has two columns '{}' (which one is meant is not known); rename one", path_,
                                  columns_.back().substr(0, 64)));
    }
  }
}

bool CsvReader::has_column(const std::string& name) const {
  return std::find(columns_.begin(), columns_.end(), name) != columns_.end();
}

std::size_t CsvReader::column(const std::string& name) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (found == columns_.end()) {
    const std::vector<std::string> some(
        columns_.begin(), columns_.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(columns_.size(), 30)));
    throw DataError(fmt::format("no column '{}' in {} (it has {}{}); give the file with this column", name, path_,
                                fmt::join(some, ", "), some.size() < columns_.size() ? ", ..." : ""));
  }
  return static_cast<std::size_t>(found - columns_.begin());
}

bool CsvReader::next() {
  if (!read_record()) {
    return false;
  }
  if (cells_.size() != columns_.size()) {
    throw DataError(fmt::format("line {} of {} has {} cells (the header has {}); correct the table", line_, path_,
                                cells_.size(), columns_.size()));
  }
  return true;
}

double CsvReader::number(std::size_t column) const {
  const std::string_view cell = trimmed(cells_[column]);
  if (cell.empty() || cell == "nan" || cell == "NaN" || cell == "NA" || cell == "null") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  double value = 0;
  const std::string_view digits = cell.front() == '+' ? cell.substr(1) : cell;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw DataError(fmt::format("'{}' in line {} of {}, column '{}' (it is no number); correct the table",
                                cell.substr(0, 64), line_, path_, columns_[column]));
  }
  return value;
}

// Moves what is left to the front and reads behind it; false if there is nothing more or no room.
bool CsvReader::refill() {
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), buffer_.begin() + static_cast<std::ptrdiff_t>(end_),
            buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  const auto count =
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size() - end_, file_->size() - position_));
  file_->read(position_, std::as_writable_bytes(std::span(buffer_)).subspan(end_, count));
  position_ += count;
  end_ += count;
  return count > 0;
}

bool CsvReader::read_record() {
  for (;;) {
    // The end of the record: the first line end outside quotes.
    bool quoted = false;
    std::size_t lines = 0;
    std::size_t at = begin_;
    for (;; ++at) {
      if (at == end_) {
        const std::size_t scanned = at - begin_;
        if (!refill()) {
          if (position_ < file_->size()) {
            throw DataError(
                fmt::format("line {} of {} is longer than {} bytes (quotes that are not closed, or no table); "
                            "correct it",
                            next_line_, path_, longest_record));
          }
          if (quoted) {
            throw DataError(
                fmt::format("quotes opened in line {} of {} are never closed (the file is truncated); correct "
                            "it",
                            next_line_, path_));
          }
          at = begin_ + scanned;
          break;
        }
        at = begin_ + scanned;
      }
      const char c = buffer_[at];
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '\n') {
        ++lines;
        if (!quoted) {
          break;
        }
      }
    }
    if (begin_ == end_) {
      return false;
    }
    char* first = buffer_.data() + begin_;
    char* last = buffer_.data() + at;
    begin_ = std::min(at + 1, end_);
    line_ = next_line_;
    next_line_ += lines;
    if (last > first && last[-1] == '\r') {
      --last;
    }
    if (last > first) {
      split(first, last);
      return true;
    }
  }
}

// Cells lie in the buffer; quotes are taken away in place.
void CsvReader::split(char* first, char* last) {
  cells_.clear();
  for (char* at = first;; ++at) {
    char* const cell = at;
    char* end = at;
    if (std::memchr(at, '"', static_cast<std::size_t>(last - at)) == nullptr) {
      auto* comma = static_cast<char*>(std::memchr(at, ',', static_cast<std::size_t>(last - at)));
      at = comma == nullptr ? last : comma;
      end = at;
    } else {
      bool quoted = false;
      for (; at < last && (quoted || *at != ','); ++at) {
        if (*at != '"') {
          *end++ = *at;
        } else if (quoted && at + 1 < last && at[1] == '"') {
          *end++ = *at++;
        } else {
          quoted = !quoted;
        }
      }
    }
    cells_.emplace_back(cell, static_cast<std::size_t>(end - cell));
    if (at == last) {
      return;
    }
  }
}

}  // namespace floe::io
