// SPDX-License-Identifier: MIT
#include "app/tasks/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "config/lattice_size.h"

namespace floe::app {
namespace {

constexpr std::string_view error_suffix = "_error";

std::string format_value(const Value& value) {
  struct Visitor {
    std::string operator()(std::monostate) const { return "-"; }
    std::string operator()(bool v) const { return v ? "yes" : "no"; }
    std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return std::isfinite(v) ? fmt::format("{:.6g}", v) : "-"; }
    std::string operator()(const std::string& v) const { return v; }
    std::string operator()(const std::vector<int>& v) const { return config::format_lattice_size(v); }
  };
  return std::visit(Visitor{}, value);
}

std::string format_cell(const Record& record, const std::string& column) {
  const Value* value = record.find(column);
  if (!value) return "-";
  const Value* error = record.find(column + std::string(error_suffix));
  const double* number = std::get_if<double>(value);
  const double* uncertainty = error ? std::get_if<double>(error) : nullptr;
  return number && uncertainty ? format_with_error(*number, *uncertainty) : format_value(*value);
}

/// Every name that occurs, in order of appearance, without the errors, which stand beside their values.
std::vector<std::string> all_columns(const std::vector<Record>& records) {
  std::vector<std::string> columns;
  for (const Record& record : records) {
    for (const auto& [name, value] : record.entries()) {
      const bool is_error =
          name.ends_with(error_suffix) && record.find(name.substr(0, name.size() - error_suffix.size()));
      if (!is_error && std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
    }
  }
  return columns;
}

}  // namespace

Record& Record::set(std::string_view name, Value value) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == name; });
  if (found == entries_.end()) {
    entries_.emplace_back(name, std::move(value));
  } else {
    found->second = std::move(value);
  }
  return *this;
}

const Value* Record::find(std::string_view name) const {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == name; });
  return found == entries_.end() ? nullptr : &found->second;
}

std::string format_table(const std::vector<Record>& records, const std::vector<std::string>& columns) {
  const std::vector<std::string> names = columns.empty() ? all_columns(records) : columns;
  std::vector<std::vector<std::string>> rows{names};
  for (const Record& record : records) {
    std::vector<std::string>& row = rows.emplace_back();
    for (const std::string& name : names) row.push_back(format_cell(record, name));
  }
  std::vector<std::size_t> widths(names.size(), 0);
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) text += fmt::format("{}{:>{}}", c == 0 ? "" : "  ", row[c], widths[c]);
    text += '\n';
  }
  return text;
}

std::string format_with_error(double value, double error) {
  if (!std::isfinite(value)) return "-";
  if (!(error > 0) || !std::isfinite(error)) return fmt::format("{:.6g}", value);
  // One significant digit of the error, two where it begins with a 1.
  int exponent = static_cast<int>(std::floor(std::log10(error)));
  if (error / std::pow(10.0, exponent) < 1.95) --exponent;
  if (exponent >= 0) return fmt::format("{:.0f}({:.0f})", value, error);
  const int digits = -exponent;
  if (digits > 15) return fmt::format("{:.15g}", value);
  return fmt::format("{:.{}f}({:.0f})", value, digits, error * std::pow(10.0, digits));
}

}  // namespace floe::app
