// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "config/read.h"
#include "pde/registry.h"

namespace floe::pde::testing {

/// The problem of that name with the options of a TOML text.
inline std::unique_ptr<Problem> problem_from(const std::string& name, const std::string& toml) {
  auto problem = make_problem(name);
  config::read(config::Document::from_text(toml, "test"),
               config::BindFunction([&](config::Section& section) { problem->bind(section); }));
  problem->validate();
  return problem;
}

inline Sample sample_of(const Problem& problem, std::uint64_t index, std::uint64_t seed = 1) {
  const io::DatasetDescription description = problem.description();
  description.validate();
  Sample sample(description);
  problem.make_generator(seed)->make(index, sample);
  return sample;
}

}  // namespace floe::pde::testing
