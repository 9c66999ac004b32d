// SPDX-License-Identifier: MIT
#include "support/catch.h"

#include <memory>

#include "base/error.h"
#include "operators/operator.h"
#include "operators/registry.h"

using floe::ShapeError;
using floe::operators::Inputs;
using floe::operators::Operator;
using floe::operators::Signature;

namespace {

/// Answers with zeros of a shape that may be wrong.
class Zeros final : public Operator {
 public:
  explicit Zeros(Signature signature, std::int64_t extra = 0) : Operator("zeros", std::move(signature)), extra_(extra) {
    register_parameter("weight", torch::zeros({3, 2}));
    register_parameter("spectrum", torch::zeros({5}, torch::kComplexFloat));
  }

 private:
  torch::Tensor apply(const Inputs& inputs) override {
    if (inputs.queries.defined()) {
      return torch::zeros({inputs.batch(), inputs.queries.size(-2), signature().out_channels + extra_});
    }
    std::vector<std::int64_t> shape = inputs.fields.sizes().vec();
    shape[1] = signature().out_channels + extra_;
    for (std::size_t axis = 0; axis < inputs.output_grid.size(); ++axis) shape[2 + axis] = inputs.output_grid[axis];
    return torch::zeros(shape);
  }

  std::int64_t extra_;
};

Signature grid_signature() {
  Signature signature;
  signature.axes = 2;
  signature.field_channels = 3;
  signature.out_channels = 2;
  signature.grids.smallest = {4};
  return signature;
}

Signature point_signature() {
  Signature signature;
  signature.value_channels = 2;
  signature.dimension = 3;
  signature.queries = Signature::Queries::required;
  return signature;
}

}  // namespace

TEST_CASE("fields go through when they suit the model") {
  Zeros model(grid_signature());
  CHECK(model(torch::zeros({5, 3, 4, 7})).sizes() == torch::IntArrayRef({5, 2, 4, 7}));
  CHECK(model.parameter_count() == 6 + 2 * 5);
  CHECK(model.signature().text() == "fields (batch, 3, n1, n2) -> fields (batch, 2, n1, n2)");
}

TEST_CASE("fields that do not suit are refused with both shapes") {
  Zeros model(grid_signature());
  CHECK_THROWS_WITH(model(torch::zeros({5, 1, 4, 7})),
                    ContainsSubstring("(5, 1, 4, 7)") && ContainsSubstring("(batch, 3, n1, n2)"));
  CHECK_THROWS_WITH(model(torch::zeros({5, 3, 4})), ContainsSubstring("(5, 3, 4)"));
  CHECK_THROWS_WITH(model(Inputs{}), ContainsSubstring("none"));
  CHECK_THROWS_WITH(model(torch::zeros({5, 3, 4, 3})), ContainsSubstring("at least 4 points on axis 2"));
  CHECK_THROWS_WITH(model(Inputs{.fields = torch::zeros({5, 3, 4, 4}), .parameters = torch::zeros({5, 1})}),
                    ContainsSubstring("parameters of shape (5, 1)"));
  CHECK_THROWS_WITH(model(Inputs{.fields = torch::zeros({5, 3, 4, 4}), .queries = torch::zeros({9, 2})}),
                    ContainsSubstring("queries of shape (9, 2)"));
  CHECK_THROWS_WITH(model(Inputs{.fields = torch::zeros({5, 3, 4, 4}), .output_grid = {8, 8}}),
                    ContainsSubstring("grid (8, 8)") && ContainsSubstring("grid of the input"));
}

TEST_CASE("a model for one grid refuses others, one that resamples answers on another") {
  Signature signature = grid_signature();
  signature.grids.only = {8, 8};
  Zeros fixed(signature);
  CHECK_THROWS_WITH(fixed(torch::zeros({1, 3, 8, 9})), ContainsSubstring("(8, 9)") && ContainsSubstring("(8, 8) only"));
  signature = grid_signature();
  signature.grids.resamples = true;
  Zeros free(signature);
  CHECK(free(Inputs{.fields = torch::zeros({1, 3, 8, 9}), .output_grid = {5, 6}}).sizes() ==
        torch::IntArrayRef({1, 2, 5, 6}));
  CHECK_THROWS_AS(free(Inputs{.fields = torch::zeros({1, 3, 8, 9}), .output_grid = {5}}), ShapeError);
}

TEST_CASE("point sets go through when they suit the model") {
  Zeros model(point_signature());
  Inputs inputs{
      .points = torch::zeros({2, 5, 3}), .values = torch::zeros({2, 5, 2}), .queries = torch::zeros({2, 7, 3})};
  CHECK(model(inputs).sizes() == torch::IntArrayRef({2, 7, 1}));
  inputs.queries = torch::zeros({9, 3});
  inputs.mask = torch::ones({2, 5});
  CHECK(model(inputs).sizes() == torch::IntArrayRef({2, 9, 1}));
  CHECK(model.signature().text() ==
        "points (batch, point, 3), values (batch, point, 2), queries (batch, query, 3) -> values (batch, query, 1)");
}

TEST_CASE("point sets that do not suit are refused with both shapes") {
  Zeros model(point_signature());
  const Inputs good{
      .points = torch::zeros({2, 5, 3}), .values = torch::zeros({2, 5, 2}), .queries = torch::zeros({7, 3})};
  Inputs bad = good;
  bad.points = torch::zeros({2, 4, 3});
  CHECK_THROWS_WITH(model(bad), ContainsSubstring("(2, 4, 3)") && ContainsSubstring("(2, 5, 3)"));
  bad = good;
  bad.values = torch::zeros({2, 5, 1});
  CHECK_THROWS_WITH(model(bad), ContainsSubstring("(2, 5, 1)") && ContainsSubstring("(2, point, 2)"));
  bad = good;
  bad.mask = torch::zeros({2, 6});
  CHECK_THROWS_WITH(model(bad), ContainsSubstring("(2, 6)") && ContainsSubstring("(2, 5)"));
  bad = good;
  bad.queries = torch::zeros({3, 7, 3});
  CHECK_THROWS_WITH(model(bad), ContainsSubstring("(3, 7, 3)") && ContainsSubstring("(2, query, 3) or (query, 3)"));
  bad = good;
  bad.queries = torch::Tensor();
  CHECK_THROWS_WITH(model(bad), ContainsSubstring("queries of shape none"));
}

TEST_CASE("an answer of the wrong shape is the model's error") {
  Zeros model(grid_signature(), 1);
  CHECK_THROWS_WITH(model(torch::zeros({5, 3, 4, 7})),
                    ContainsSubstring("(5, 3, 4, 7)") && ContainsSubstring("(5, 2, 4, 7)"));
}

TEST_CASE("samples of inputs are chosen by number, shared queries stay") {
  const Inputs inputs{.fields = torch::arange(12).reshape({4, 1, 3}), .queries = torch::arange(2).reshape({2, 1})};
  const Inputs two = inputs.select(torch::tensor({3, 1}));
  CHECK(torch::equal(two.fields, torch::tensor({9, 10, 11, 3, 4, 5}).reshape({2, 1, 3})));
  CHECK(torch::equal(two.queries, inputs.queries));
  CHECK(two.batch() == 2);
  CHECK(torch::equal(inputs.narrow(1, 2).fields, torch::arange(3, 9).reshape({2, 1, 3})));
  CHECK(torch::equal(inputs.to(torch::kCPU).queries, inputs.queries));
}

TEST_CASE("an unknown model is refused") {
  CHECK_THROWS_WITH(floe::operators::make_model("nof"), ContainsSubstring("there is no model 'nof'"));
}
