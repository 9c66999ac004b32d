// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pde/problem.h"

namespace floe::pde {

struct ProblemEntry {
  std::string name;
  std::string description;  ///< one line: the equation and what is mapped to what
  std::unique_ptr<Problem> (*make)();
};

/// Every problem that `floe data generate` knows, in alphabetical order.
const std::vector<ProblemEntry>& problems();
std::vector<std::string> problem_names();

/// Throws ConfigError for a name that is not there, with the nearest that is.
std::unique_ptr<Problem> make_problem(const std::string& name);

}  // namespace floe::pde
