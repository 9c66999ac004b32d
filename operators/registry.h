// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/section.h"
#include "operators/operator.h"

namespace floe::operators {

/// What the data tell a model that is made for them; a count of zero: the data have none.
struct DataShape {
  std::vector<std::int64_t> grid{};                ///< points per axis of the input fields
  std::vector<std::string> boundary_conditions{};  ///< per axis: "periodic", "dirichlet", "neumann", "none"
  std::int64_t field_channels = 0;
  std::int64_t parameters = 0;      ///< numbers per sample
  std::int64_t value_channels = 0;  ///< channels at the context points
  std::int64_t dimension = 0;       ///< of the positions of context points and queries
  std::int64_t out_channels = 1;

  std::int64_t axes() const { return static_cast<std::int64_t>(grid.size()); }
};

/// A kind of model with its options. bind() comes first, once; the others then work with what it read.
class Model {
 public:
  virtual ~Model() = default;

  /// Declares the keys of the model, beside `kind`.
  virtual void bind(config::Section& section) = 0;
  /// Checks what concerns several keys. Throws ConfigError.
  virtual void validate() const = 0;
  /// A model with fresh weights, drawn from LibTorch's generator (seed it before). Throws ConfigError for options that
  /// do not suit the data: modes that a grid does not have, levels for which it is too small.
  virtual std::shared_ptr<Operator> make(const DataShape& data) const = 0;
};

struct ModelEntry {
  std::string name;
  std::string description;  ///< one line: what it is, and what it takes
  std::unique_ptr<Model> (*make)();
};

/// Every kind of model, in alphabetical order: the one place to add one.
const std::vector<ModelEntry>& models();
std::vector<std::string> model_names();

/// Throws ConfigError for a name that is not there, with the nearest that is.
std::unique_ptr<Model> make_model(const std::string& name);

/// The section [model] of an experiment: `kind` and the keys of that kind.
struct ModelChoice {
  std::string kind{};  ///< empty: the first of the registry
  std::unique_ptr<Model> model{};
};
void bind(config::Section& section, ModelChoice& choice);

}  // namespace floe::operators
