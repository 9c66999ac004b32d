// SPDX-License-Identifier: MIT
#include "config/lattice_size.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cstdint>
#include <limits>

#include "base/error.h"

namespace floe::config {
namespace {

constexpr std::size_t most_dimensions = 4;

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
  throw ConfigError(
      fmt::format("'{}' is no lattice size ({}); write for example 8x8, or 64^1 for one dimension", text, why));
}

int parse_number(std::string_view part, std::string_view text) {
  int value = 0;
  const auto [end, problem] = std::from_chars(part.data(), part.data() + part.size(), value);
  if (problem == std::errc::result_out_of_range) refuse(text, "a number is too large");
  if (problem != std::errc() || end != part.data() + part.size())
    refuse(text, "integers with x between them were expected");
  if (value < 1) refuse(text, "sizes must be positive");
  return value;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

void check_volume(const std::vector<int>& sizes, std::string_view text) {
  std::int64_t volume = 1;
  for (const int size : sizes) {
    volume *= size;
    if (volume > std::numeric_limits<int>::max()) refuse(text, "it has more than 2^31 sites");
  }
}

}  // namespace

std::vector<int> parse_lattice_size(std::string_view text) {
  std::vector<int> sizes;
  if (const auto power = text.find('^'); power != std::string_view::npos) {
    const int size = parse_number(text.substr(0, power), text);
    const int dimension = parse_number(text.substr(power + 1), text);
    if (dimension > static_cast<int>(most_dimensions)) refuse(text, "there are at most four dimensions");
    sizes.assign(static_cast<std::size_t>(dimension), size);
  } else {
    for (std::string_view rest = text;;) {
      const auto cut = rest.find('x');
      sizes.push_back(parse_number(rest.substr(0, cut), text));
      if (cut == std::string_view::npos) break;
      rest.remove_prefix(cut + 1);
    }
    if (sizes.size() == 1) sizes.push_back(sizes.front());
    if (sizes.size() > most_dimensions) refuse(text, "there are at most four dimensions");
  }
  check_volume(sizes, text);
  return sizes;
}

std::vector<std::vector<int>> parse_lattice_sizes(std::string_view text) {
  std::vector<std::vector<int>> sizes;
  for (std::string_view rest = text;;) {
    const auto cut = rest.find(',');
    sizes.push_back(parse_lattice_size(trim(rest.substr(0, cut))));
    if (cut == std::string_view::npos) return sizes;
    rest.remove_prefix(cut + 1);
  }
}

std::string format_lattice_size(const std::vector<int>& sizes) {
  if (sizes.size() == 1) return fmt::format("{}^1", sizes.front());
  return fmt::format("{}", fmt::join(sizes, "x"));
}

}  // namespace floe::config
