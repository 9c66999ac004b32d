// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/section.h"

namespace example {

enum class Kind { free_field, gaussian };

struct BaseOptions {
  Kind kind = Kind::free_field;
  std::optional<double> mass_squared;
  double width = 1;
};

inline void bind(floe::config::Section& section, BaseOptions& options) {
  section.choice("kind", options.kind, {{"free_field", Kind::free_field}, {"gaussian", Kind::gaussian}},
                 "the base density");
  section.when(options.kind == Kind::free_field, "kind = \"free_field\"", [&] {
    section.key("mass_squared", options.mass_squared, "squared mass of the free field", floe::config::positive());
  });
  section.when(options.kind == Kind::gaussian, "kind = \"gaussian\"",
               [&] { section.key("width", options.width, "standard deviation", floe::config::positive()); });
}

struct TrainOptions {
  int nodes = 20;
  bool shuffle = true;
  std::int64_t samples = 1 << 14;
  std::uint64_t seed = 1;
  double tolerance = 1e-9;
  std::string label = "a \"quoted\" label";
  std::vector<double> scales{0, 0.15, 0.4, 1, 2.5};
  std::vector<int> counts{1, 2};
  std::vector<std::string> names{"x", "y"};
  std::vector<std::vector<int>> sizes{{8, 8}, {4, 4, 16}, {64}};
  std::vector<int> size{12, 12};
  std::optional<int> batch;
};

inline void bind(floe::config::Section& section, TrainOptions& options) {
  section.key("nodes", options.nodes, "time nodes of the coefficients", floe::config::at_least(2));
  section.key("shuffle", options.shuffle, "shuffle the samples");
  section.key("samples", options.samples, "number of samples", floe::config::positive());
  section.key("seed", options.seed, "seed of the random numbers", floe::config::at_least(0));
  section.key("tolerance", options.tolerance, "relative tolerance", floe::config::between(0, 1));
  section.key("label", options.label, "what the run is called", floe::config::not_empty());
  section.key("scales", options.scales, "smearing scales", floe::config::at_least(0));
  section.key("counts", options.counts, "counts");
  section.key("names", options.names, "names");
  section.key("sizes", options.sizes, "lattices", floe::config::not_empty());
  section.lattice_size("size", options.size, "the lattice");
  section.key("batch", options.batch, "samples at a time", floe::config::positive());
}

struct Options {
  std::string task;
  BaseOptions base;
  TrainOptions train;
};

inline void bind(floe::config::Section& section, Options& options) {
  section.key("task", options.task, "what to do", floe::config::required());
  section.table("base", options.base, "the density at t = 0");
  section.table("train", options.train, "the training");
}

}  // namespace example
