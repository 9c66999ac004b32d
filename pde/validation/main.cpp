// SPDX-License-Identifier: MIT
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "pde/validation/tables.h"

int main(int count, char** values) {
  using namespace floe::pde::validation;
  const std::vector<std::string> words(values + 1, values + count);
  try {
    if (words.size() == 6 && words[0] == "sample") {
      sample_table(words[1], words[2], std::stoull(words[3]), words[4], words[5]);
    } else if (words.size() == 2 && words[0] == "covariance") {
      covariance_table(words[1]);
    } else if (words.size() == 2 && words[0] == "elliptic") {
      elliptic_table(words[1]);
    } else if (words.size() == 2 && words[0] == "evolution") {
      evolution_table(words[1]);
    } else if (words.size() == 2 && words[0] == "poisson") {
      poisson_table(words[1]);
    } else if (words.size() == 2 && words[0] == "wind") {
      wind_table(words[1]);
    } else {
      std::cerr << "pde_validation sample <problem> <options> <index> <path> <csv>\n"
                   "pde_validation covariance | elliptic | evolution | poisson | wind <csv>\n";
      return 64;
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
  return 0;
}
