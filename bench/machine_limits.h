// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>

#include "base/lanes.h"
#include "lattice/vector.h"

namespace floe::bench {

/// The shortest of `repetitions` runs of a function, in seconds: what the machine does when nothing else disturbs it.
template <class Function>
double shortest_seconds(int repetitions, Function&& function) {
  double shortest = 1e9;
  for (int i = 0; i < repetitions; ++i) {
    const auto start = std::chrono::steady_clock::now();
    function();
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    shortest = std::min(shortest, time.count());
  }
  return shortest;
}

/// The time of one arithmetic operation (add, multiply or fused) on a 64-byte vector when nothing waits for anything.
inline double seconds_per_operation() {
  static const double result = [] {
    using lattice::Vector;
    constexpr int chains = 12;
    constexpr int steps = 4000;
    volatile double seed = 0.5;
    const Vector<double> factor = Vector<double>{} + seed;
    const double seconds = shortest_seconds(300, [&] {
      Vector<double> values[chains];
      for (auto& value : values)
        value = Vector<double>{} + seed;  // volatile: the compiler takes all chains for different
      for (int i = 0; i < steps; ++i) {
        for (auto& value : values) value = value * factor + factor;
      }
      for (int chain = 0; chain < chains; ++chain) seed = values[chain][chain % 8];
    });
    return seconds / (steps * chains);
  }();
  return result;
}

/// Bytes per second of the triad a = b + s c in place of the same number of bytes, reads and writes counted once each.
inline double triad_bandwidth(std::size_t working_set) {
  static std::map<std::size_t, double> known;
  double& result = known[working_set];
  if (result == 0) {
    const auto columns = static_cast<Eigen::Index>(std::max<std::size_t>(working_set / (3 * 64), 1));
    Block<double> a = Block<double>::Zero(8, columns), b = Block<double>::Ones(8, columns), c = b;
    const int passes = static_cast<int>(std::max<Eigen::Index>(1, 20000 / columns));
    const double seconds = shortest_seconds(300, [&] {
      for (int pass = 0; pass < passes; ++pass) {
        a = b + 0.5 * c;
        asm volatile("" : : "g"(a.data()) : "memory");
      }
    });
    result = static_cast<double>(3 * 64 * columns) * passes / seconds;
  }
  return result;
}

}  // namespace floe::bench
