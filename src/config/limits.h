// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

namespace floe::config {

/// What a key accepts beyond its type; for lists it holds for every element. Combined by `&`: positive() & required().
struct Limits {
  std::optional<double> lower{};
  std::optional<double> upper{};
  bool lower_open = false;   ///< the lower bound itself is not allowed
  bool upper_open = false;   ///< the upper bound itself is not allowed
  bool any_number = false;   ///< infinities and NaN are allowed
  bool required = false;     ///< the file must give the key
  bool may_be_empty = true;  ///< strings and lists
};

Limits at_least(double bound);
Limits above(double bound);
Limits at_most(double bound);
Limits below(double bound);
Limits between(double lower, double upper);
Limits positive();
Limits any_number();
Limits required();
Limits not_empty();
Limits operator&(Limits a, const Limits& b);

/// The range in words: "at least 2", "between 0 and 1", "positive"; empty if there is none.
std::string range_in_words(const Limits& limits);

/// Why the number is refused ("it must be at least 2"), or empty.
std::string why_refused(double value, const Limits& limits);

}  // namespace floe::config
