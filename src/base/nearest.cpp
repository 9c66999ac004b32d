// SPDX-License-Identifier: MIT
#include "base/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace floe {

int edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the dynamic programme; the row before the previous one serves the swaps.
  std::vector<int> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int change = a[i - 1] == b[j - 1] ? 0 : 1;
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

std::string nearest(std::string_view word, std::span<const std::string> choices) {
  std::string best;
  int best_distance = 0;
  for (const std::string& choice : choices) {
    const int distance = edit_distance(word, choice);
    if (best.empty() || distance < best_distance) {
      best = choice;
      best_distance = distance;
    }
  }
  const int allowed = std::max(2, static_cast<int>(std::max(word.size(), best.size())) / 3);
  if (best.empty() || best_distance > allowed || best_distance >= static_cast<int>(word.size())) return {};
  return best;
}

std::string suggestion(std::string_view word, std::span<const std::string> choices) {
  const std::string near = nearest(word, choices);
  if (!near.empty()) return fmt::format("did you mean '{}'?", near);
  if (choices.empty()) return "remove it";
  return fmt::format("choose one of {}", fmt::join(choices, ", "));
}

}  // namespace floe
