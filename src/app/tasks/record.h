// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace floe::app {

/// One entry of a result: null, a boolean, a number, a text, or the sizes of a lattice.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<int>>;

/// A flat list of named values in order: one row of a table, one object of summary.json.
class Record final {
 public:
  /// Adds the value, or replaces the one of this name. Numbers that are not finite become null in JSON.
  Record& set(std::string_view name, Value value);
  /// Every type by itself, so that no number turns into another kind of number on the way.
  template <class T>
  Record& set(std::string_view name, const T& value) {
    if constexpr (std::is_same_v<T, bool> || std::is_floating_point_v<T>) {
      return set(name, Value(value));
    } else if constexpr (std::is_integral_v<T>) {
      return set(name, Value(static_cast<std::int64_t>(value)));
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
      return set(name, Value(std::string(std::string_view(value))));
    } else {
      return set(name, Value(value));
    }
  }

  /// The value of this name, or null.
  const Value* find(std::string_view name) const;
  const std::vector<std::pair<std::string, Value>>& entries() const { return entries_; }

 private:
  std::vector<std::pair<std::string, Value>> entries_;
};

/// Records as aligned columns with a header line, for standard output. `columns` chooses and orders them; empty: all. A
/// value is followed by its error where a record has `<name>_error`: 1.0732(12).
std::string format_table(const std::vector<Record>& records, const std::vector<std::string>& columns = {});

/// A value with its standard error in the notation of the field: 0.0834(5), 1234(12), 0.50(11). Without a usable error:
/// six significant digits.
std::string format_with_error(double value, double error);

}  // namespace floe::app
