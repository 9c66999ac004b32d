// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "train/inputs.h"

namespace floe::operators {

using train::Inputs;

/// The grids on which a model works.
struct GridRules {
  /// Fewest points per axis; one number holds for every axis; empty: any.
  std::vector<std::int64_t> smallest{};
  /// The only grid, for models whose weights belong to its points (MLP, DeepONet branches); empty: every size, odd ones
  /// too.
  std::vector<std::int64_t> only{};
  /// The answer may be had on another grid than that of the input (Inputs::output_grid).
  bool resamples = false;
  /// For which fields it is made, in words: "periodic; others by padding", "dirichlet, neumann or periodic".
  std::string boundary = "any";
};

/// What goes into a model and what comes out. A count of zero: the model does not take that input.
struct Signature {
  enum class Queries {
    none,      ///< gives fields (batch, out_channels, axes...)
    optional,  ///< gives values at the queries if there are any, fields otherwise
    required,  ///< gives values (batch, query, out_channels)
  };

  std::int64_t axes = 0;            ///< spatial axes of the fields
  std::int64_t field_channels = 0;  ///< channels of the fields
  std::int64_t parameters = 0;      ///< numbers per sample
  std::int64_t value_channels = 0;  ///< channels of the values at the context points
  std::int64_t dimension = 0;       ///< of the positions of context points and queries
  std::int64_t out_channels = 1;
  Queries queries = Queries::none;
  GridRules grids{};

  /// One line for logs and `floe describe`: "fields (batch, 1, n1, n2) -> fields (batch, 1, n1, n2)".
  std::string text() const;
};

/// A model: an operator learnt from data, G: inputs -> fields or values at queries. It is called; the call checks the
/// shapes of what goes in and out, and the derived class computes in apply(). Parameters and buffers are registered as
/// in every torch::nn::Module, so that optimisers, checkpoints and `load` know them by name.
class Operator : public torch::nn::Module {
 public:
  /// The answer for the inputs: (batch, out_channels, axes...), or (batch, query, out_channels) where there are
  /// queries. Throws ShapeError, with the shape found and the shape wanted, for inputs that do not suit signature().
  torch::Tensor operator()(const Inputs& inputs);
  /// The same for a model that takes fields only.
  torch::Tensor operator()(const torch::Tensor& fields) { return (*this)(Inputs{.fields = fields}); }

  /// Called once before training with all training samples as the model will see them (normalised), for what is
  /// computed from data and not by gradients: the basis of POD-DeepONet.
  virtual void prepare(const Inputs& inputs, const torch::Tensor& outputs);

  const Signature& signature() const { return signature_; }
  /// Real numbers that training may change; a complex one counts twice.
  std::int64_t parameter_count() const;

 protected:
  /// `name` is that of the registry and stands in messages.
  Operator(std::string name, Signature signature);

 private:
  virtual torch::Tensor apply(const Inputs& inputs) = 0;

  void check(const Inputs& inputs) const;
  void check_fields(const Inputs& inputs) const;
  void check_points(const Inputs& inputs) const;
  std::vector<std::int64_t> output_shape(const Inputs& inputs) const;

  Signature signature_;
};

}  // namespace floe::operators
