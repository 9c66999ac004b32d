// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "../python.h"
#include "io/readers/array_file.h"
#include "support/catch.h"

namespace floe::test {

inline io::Shape axes_of(const std::string& text) {
  io::Shape axes;
  std::istringstream stream(text == "-" ? "" : text);
  for (std::string number; std::getline(stream, number, ',');) {
    axes.push_back(std::stoul(number));
  }
  return axes;
}

template <class T>
bool same(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0 || (std::isnan(a) && std::isnan(b));
}

/// Reads what the manifest of write_containers.py lists and compares it bit by bit with what numpy read.
template <class Open>
void check_against_numpy(const Scratch& scratch, Open open) {
  std::ifstream manifest(scratch / "manifest.txt");
  std::size_t cases = 0;
  for (std::string file, name, shape, start, count, stride, expected;
       manifest >> file >> name >> shape >> start >> count >> stride >> expected; ++cases) {
    INFO(file << ": " << name << " " << shape << " from " << start << " count " << count << " stride " << stride);
    const auto opened = open(scratch / file);
    REQUIRE(opened->array(name).shape == axes_of(shape));
    const std::string bytes = file_content(scratch / expected);
    std::vector<double> wanted(bytes.size() / sizeof(double));
    if (!wanted.empty()) std::memcpy(wanted.data(), bytes.data(), bytes.size());
    std::vector<double> values(wanted.size());
    std::vector<float> floats(wanted.size());
    const io::Selection selection{axes_of(start), axes_of(count), axes_of(stride)};
    opened->read(name, selection, std::span<double>(values));
    opened->read(name, selection, std::span<float>(floats));
    CHECK(std::equal(values.begin(), values.end(), wanted.begin(), wanted.end(), same<double>));
    if (opened->array(name).type_name != "int64" && opened->array(name).type_name != "uint64") {
      CHECK(std::equal(floats.begin(), floats.end(), wanted.begin(), wanted.end(),
                       [](float a, double b) { return same(a, static_cast<float>(b)); }));
    }
  }
  CHECK(cases > 20);
}

}  // namespace floe::test
