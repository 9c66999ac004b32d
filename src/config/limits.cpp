// SPDX-License-Identifier: MIT
#include "config/limits.h"

#include <fmt/format.h>

#include <cmath>

namespace floe::config {

Limits at_least(double bound) {
  return {.lower = bound};
}
Limits above(double bound) {
  return {.lower = bound, .lower_open = true};
}
Limits at_most(double bound) {
  return {.upper = bound};
}
Limits below(double bound) {
  return {.upper = bound, .upper_open = true};
}
Limits between(double lower, double upper) {
  return {.lower = lower, .upper = upper};
}
Limits positive() {
  return above(0);
}
Limits any_number() {
  return {.any_number = true};
}
Limits required() {
  return {.required = true};
}
Limits not_empty() {
  return {.may_be_empty = false};
}

Limits operator&(Limits a, const Limits& b) {
  if (b.lower) {
    a.lower = b.lower;
    a.lower_open = b.lower_open;
  }
  if (b.upper) {
    a.upper = b.upper;
    a.upper_open = b.upper_open;
  }
  a.any_number = a.any_number || b.any_number;
  a.required = a.required || b.required;
  a.may_be_empty = a.may_be_empty && b.may_be_empty;
  return a;
}

std::string range_in_words(const Limits& limits) {
  if (limits.lower && limits.upper && !limits.lower_open && !limits.upper_open) {
    return fmt::format("between {} and {}", *limits.lower, *limits.upper);
  }
  std::string words;
  if (limits.lower) {
    words = limits.lower_open && *limits.lower == 0
                ? "positive"
                : fmt::format("{} {}", limits.lower_open ? "above" : "at least", *limits.lower);
  }
  if (limits.upper) {
    words +=
        fmt::format("{}{} {}", words.empty() ? "" : " and ", limits.upper_open ? "below" : "at most", *limits.upper);
  }
  return words;
}

std::string why_refused(double value, const Limits& limits) {
  if (!std::isfinite(value) && !limits.any_number) return "it must be a finite number";
  const bool low = limits.lower && (limits.lower_open ? !(value > *limits.lower) : !(value >= *limits.lower));
  const bool high = limits.upper && (limits.upper_open ? !(value < *limits.upper) : !(value <= *limits.upper));
  return low || high ? fmt::format("it must be {}", range_in_words(limits)) : std::string();
}

}  // namespace floe::config
