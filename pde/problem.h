// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <limits>
#include <memory>

#include "config/section.h"
#include "io/description.h"
#include "pde/sample.h"

namespace floe::pde {

/// Makes the samples of a problem one at a time. It owns plans, factorisations and buffers; every thread has its own.
class Generator {
 public:
  virtual ~Generator() = default;

  /// Fills every array of the sample number `index`. Random numbers come from streams keyed by (seed, purpose, index),
  /// so that a sample is the same to the last bit whoever makes it, and in whatever order. Throws NumericalError
  /// if a solver does not reach its tolerance; the driver adds which problem and sample it was.
  virtual void make(std::uint64_t index, Sample& sample) = 0;
};

/// A family of PDE problems (or synthetic tasks) with a documented recipe: what `floe data generate <name>` makes.
/// bind() comes first, once; the others then work with what it read.
class Problem {
 public:
  virtual ~Problem() = default;

  /// Declares the keys of the problem.
  virtual void bind(config::Section& section) = 0;
  /// Checks what concerns several keys. Throws ConfigError.
  virtual void validate() const = 0;
  /// Fields, axes, parameters, title and the attributes that tell what was solved and how. Generator, seed, provenance
  /// and element types are the driver's (generate.h).
  virtual io::DatasetDescription description() const = 0;
  /// One generator for one thread.
  virtual std::unique_ptr<Generator> make_generator(std::uint64_t seed) const = 0;
  /// How many different samples there are, where the problem is a finite table of designs.
  virtual std::uint64_t sample_limit() const { return std::numeric_limits<std::uint64_t>::max(); }
};

}  // namespace floe::pde
