// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "config/declaration.h"
#include "config/document.h"
#include "pde/generate.h"
#include "pde/problem.h"

namespace floe::app {

/// A dataset that can be made: a problem with its keys, and how many samples of it are stored and how. As TOML it is
/// flat: `problem = "recall"`, count, seed, precision, deflate, and the keys of the problem.
struct DatasetConfig {
  std::string problem_name;
  std::unique_ptr<pde::Problem> problem;
  pde::GenerateOptions options;

  /// All keys with the values they have.
  config::Declaration declaration() const;
  /// These as TOML: the identity of the dataset.
  std::string text() const;
};

/// Declares the keys of a dataset; the problem is made as soon as its name is known.
void bind(config::Section& section, DatasetConfig& dataset);

/// Throws ConfigError; the document must name its problem.
DatasetConfig read_dataset(const config::Document& document);

/// The keys of a problem alone, with the defaults.
config::Declaration declare_problem(const std::string& name, bool every_branch);

}  // namespace floe::app
