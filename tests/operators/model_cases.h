// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "model_checks.h"

namespace floe::test {

/// A small model with inputs, on which everything that holds for every model is checked (test_models.cpp).
struct ModelCase {
  std::string model;   ///< its name in the registry
  std::string keys;    ///< TOML
  DataShape data;      ///< what it is made for
  Inputs inputs;       ///< float64
  std::string golden;  ///< name of the values of tests/golden/operators.py; empty: none
};

/// What a model has to learn by heart: inputs and answers in float32.
struct Lesson {
  std::string model;
  std::string keys;
  DataShape data;
  Inputs inputs;
  torch::Tensor target;
  int steps;
  double rate;
  double bound;           ///< of the relative L2 error after so many steps of Adam from seed 1
  bool of_start = false;  ///< the bound is a fraction of the error before
};

/// At least one of each kind for every model of the registry (nearest_neighbours has nothing to learn).
std::vector<ModelCase> model_cases();
std::vector<Lesson> lessons_on_fields();
std::vector<Lesson> lessons_on_sequences();
std::vector<Lesson> lessons_on_sets();

}  // namespace floe::test
