// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace floe::config {

/// The sizes of a lattice from text: "8x8", "4x4x16"; "8^3" is 8x8x8 and "64^1" one dimension; a bare "8" is 8x8, the
/// two dimensions of most studies. Throws ConfigError unless every size is positive, there are at most four dimensions,
/// and the volume fits an int.
std::vector<int> parse_lattice_size(std::string_view text);

/// Several, separated by commas: "8,12x12,16".
std::vector<std::vector<int>> parse_lattice_sizes(std::string_view text);

/// "8x8", and "64^1" in one dimension; parse_lattice_size reads it back.
std::string format_lattice_size(const std::vector<int>& sizes);

}  // namespace floe::config
