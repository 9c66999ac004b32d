// SPDX-License-Identifier: MIT
#include "support/catch.h"

#include <set>
#include <vector>

#include "base/error.h"
#include "train/symmetry.h"

using namespace floe::train;
using floe::ConfigError;
using torch::Tensor;

namespace {

Examples samples(const std::vector<std::int64_t>& grid, bool periodic) {
  std::vector<std::int64_t> shape{2, 1};
  shape.insert(shape.end(), grid.begin(), grid.end());
  const std::int64_t count = 2 * torch::zeros(grid).numel();
  const Tensor x = torch::arange(count, torch::kDouble).reshape(shape);
  Examples examples;
  examples.inputs.fields = torch::cat({x, -x}, 1);
  examples.outputs = 10 * x;
  examples.geometry = {std::vector<double>(grid.size(), 1.0), std::vector<bool>(grid.size(), periodic)};
  return examples;
}

std::vector<double> numbers(const Tensor& tensor) {
  const Tensor flat = tensor.contiguous();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

}  // namespace

TEST_CASE("the symmetries of a square are eight, and act on inputs and outputs alike") {
  const Examples batch = samples({3, 3}, false);
  const Tensor x = batch.outputs;
  std::set<std::vector<double>> expected;
  for (const Tensor& t : {x, x.transpose(2, 3)}) {
    for (int k = 0; k < 4; ++k) expected.insert(numbers(t.rot90(k, {2, 3})));
  }
  REQUIRE(expected.size() == 8);
  std::set<std::vector<double>> found;
  for (std::int64_t step = 0; step < 100; ++step) {  // one of eight is missed with a probability of 8 (7/8)^100 < 2e-5
    const Examples moved = transformed(batch, SymmetryKind::square, 1, step);
    found.insert(numbers(moved.outputs));
    CHECK(torch::equal(moved.inputs.fields.narrow(1, 0, 1) * 10, moved.outputs));
    CHECK(torch::equal(moved.inputs.fields.narrow(1, 1, 1) * -10, moved.outputs));
    CHECK(torch::equal(transformed(batch, SymmetryKind::square, 1, step).outputs, moved.outputs));
  }
  CHECK(found == expected);
}

TEST_CASE("a periodic axis is reflected about its first point") {
  const Examples batch = samples({4}, true);
  const Tensor reflected = batch.outputs.index_select(2, torch::tensor({0, 3, 2, 1}));
  bool one = false, other = false;
  for (std::int64_t step = 0; step < 40; ++step) {  // both appear but with a probability of 2^-39
    const Tensor moved = transformed(batch, SymmetryKind::reflections, 7, step).outputs;
    const bool same = torch::equal(moved, batch.outputs);
    if (!same) CHECK(torch::equal(moved, reflected));
    (same ? one : other) = true;
  }
  CHECK(one);
  CHECK(other);
}

TEST_CASE("symmetries are refused where they make no sense") {
  CHECK_THROWS_WITH(transformed(samples({3, 4}, false), SymmetryKind::square, 1, 0), ContainsSubstring("no square"));
  Examples queries = samples({4}, false);
  queries.inputs.queries = torch::zeros({2, 5, 1});
  CHECK_THROWS_AS(transformed(queries, SymmetryKind::reflections, 1, 0), ConfigError);
}
