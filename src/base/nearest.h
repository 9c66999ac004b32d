// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace floe {

/// The number of single-character edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`.
int edit_distance(std::string_view a, std::string_view b);

/// The choice nearest to `word`, or an empty string where none is near enough to be what was meant: more than a third
/// of the longer word (at least two characters) would have to change.
std::string nearest(std::string_view word, std::span<const std::string> choices);

/// The end of an error message: "did you mean 'nodes'?" where a choice is near, otherwise "choose one of a, b, c".
std::string suggestion(std::string_view word, std::span<const std::string> choices);

}  // namespace floe
