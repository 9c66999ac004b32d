// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>

#include "base/error.h"
#include "model_cases.h"

using namespace floe;
using namespace floe::test;

namespace {

std::string label(const ModelCase& c) {
  return c.model + "\n" + c.keys;
}

/// The model of a case with weights of this seed.
std::shared_ptr<Operator> seeded(const ModelCase& c, std::uint64_t seed) {
  torch::manual_seed(seed);
  return make(c.model, c.keys, c.data);
}

/// The inputs on another grid, or with more points and queries, by new numbers.
Inputs elsewhere(const ModelCase& c) {
  Inputs inputs;
  const auto longer = [](const torch::Tensor& like, std::size_t from, std::size_t to) {
    std::vector<std::int64_t> shape = like.sizes().vec();
    for (std::size_t axis = from; axis < to; ++axis) shape[axis] += static_cast<std::int64_t>(axis) + 1;
    return numbers("elsewhere", shape);
  };
  if (c.inputs.fields.defined()) {
    inputs.fields = longer(c.inputs.fields, 2, static_cast<std::size_t>(c.inputs.fields.dim()));
    inputs.queries = c.inputs.queries;
  } else {
    inputs.points = longer(c.inputs.points, 1, 2);
    inputs.values = longer(c.inputs.values, 1, 2);
    inputs.queries = longer(c.inputs.queries, 0, 1);
  }
  inputs.parameters = c.inputs.parameters;
  return inputs;
}

void teach(const std::vector<Lesson>& lessons) {
  for (const Lesson& lesson : lessons) {
    const auto error_after = [&](int steps) {
      torch::manual_seed(1);
      return overfit(*make(lesson.model, lesson.keys, lesson.data), lesson.inputs, lesson.target, steps, lesson.rate);
    };
    const double error = error_after(lesson.steps);
    INFO(lesson.model << ": relative error " << error);
    CHECK(error < lesson.bound * (lesson.of_start ? error_after(0) : 1));
  }
}

}  // namespace

TEST_CASE("every model of the registry has a case with golden values, and a lesson if it has parameters") {
  std::set<std::string> golden, taught;
  for (const ModelCase& c : model_cases()) {
    if (!c.golden.empty()) golden.insert(c.model);
    if (make(c.model, c.keys, c.data)->parameter_count() == 0) taught.insert(c.model);
  }
  for (const auto& lessons : {lessons_on_fields(), lessons_on_sequences(), lessons_on_sets()}) {
    for (const Lesson& lesson : lessons) taught.insert(lesson.model);
  }
  const std::vector<std::string> names = operators::model_names();
  const std::set<std::string> all(names.begin(), names.end());
  CHECK(golden == all);
  CHECK(taught == all);
  CHECK(std::is_sorted(names.begin(), names.end()));
}

TEST_CASE("models are what their equations say") {
  for (const ModelCase& c : model_cases()) {
    if (c.golden.empty()) continue;
    INFO(label(c));
    check_golden(*make(c.model, c.keys, c.data), c.golden, c.inputs);
  }
}

TEST_CASE("models have the gradients of their equations") {
  for (const ModelCase& c : model_cases()) {
    auto model = make(c.model, c.keys, c.data);
    if (model->parameter_count() == 0) continue;
    INFO(label(c));
    check_gradients(*model, c.inputs);
  }
}

TEST_CASE("models keep parameters and buffers in files, bit for bit") {
  for (const ModelCase& c : model_cases()) {
    if (train::named_tensors(*make(c.model, c.keys, c.data)).empty()) continue;
    INFO(label(c));
    check_save_and_load(*seeded(c, 1), *seeded(c, 2), c.inputs);
  }
}

TEST_CASE("the weights of a model follow from the seed") {
  for (const ModelCase& c : model_cases()) {
    const auto first = seeded(c, 1)->parameters(), again = seeded(c, 1)->parameters(),
               other = seeded(c, 2)->parameters();
    if (first.empty()) continue;
    INFO(label(c));
    bool differs = false;
    for (std::size_t i = 0; i < first.size(); ++i) {
      CHECK(torch::equal(first[i], again[i]));
      differs = differs || !torch::equal(first[i], other[i]);
    }
    CHECK(differs);
  }
}

TEST_CASE("the answer for a sample does not depend on the others of its batch") {
  for (const ModelCase& c : model_cases()) {
    INFO(label(c));
    auto model = make(c.model, c.keys, c.data);
    fill(*model);
    model->eval();
    const torch::NoGradGuard no_gradients;
    const torch::Tensor all = (*model)(c.inputs);
    for (std::int64_t i = 0; i < c.inputs.batch(); ++i) {
      // Sums over channels and points of a product with another number of rows: some rounding errors.
      CHECK(relative_difference((*model)(c.inputs.narrow(i, 1)), all.narrow(0, i, 1)) < 1e-12);
    }
  }
}

TEST_CASE("models run on other grids and sets, or say that they do not") {
  for (const ModelCase& c : model_cases()) {
    INFO(label(c));
    auto model = make(c.model, c.keys, c.data);
    fill(*model);
    model->eval();
    const torch::NoGradGuard no_gradients;
    const Inputs inputs = elsewhere(c);
    if (!model->signature().grids.only.empty()) {
      CHECK_THROWS_WITH((*model)(inputs), ContainsSubstring(c.model) && ContainsSubstring("only"));
    } else {
      CHECK((*model)(inputs).isfinite().all().item<bool>());
    }
  }
}

TEST_CASE("models refuse inputs of another number of channels") {
  for (const ModelCase& c : model_cases()) {
    INFO(label(c));
    auto model = make(c.model, c.keys, c.data);
    model->to(torch::kFloat64);
    Inputs inputs = c.inputs;
    for (torch::Tensor* tensor : {&inputs.fields, &inputs.values}) {
      const std::int64_t channel = tensor == &inputs.fields ? 1 : 2;
      if (tensor->defined()) *tensor = torch::cat({*tensor, tensor->narrow(channel, 0, 1)}, channel);
    }
    CHECK_THROWS_AS((*model)(inputs), ShapeError);
  }
}

TEST_CASE("every model is made with its default options for the data it takes") {
  const std::vector<DataShape> offered{{.grid = {40, 36}, .field_channels = 1},
                                       {.grid = {40}, .field_channels = 1},
                                       {.value_channels = 1, .dimension = 2}};
  for (const operators::ModelEntry& entry : operators::models()) {
    INFO(entry.name);
    bool made = false;
    for (const DataShape& data : offered) {
      std::shared_ptr<Operator> model;
      try {
        model = make(entry.name, "", data);
      } catch (const ConfigError& error) {
        CHECK_THAT(error.what(), ContainsSubstring(entry.name));
        continue;
      }
      made = true;
      torch::set_num_threads(1);
      const torch::NoGradGuard no_gradients;
      Inputs inputs;
      if (data.axes() > 0) {
        std::vector<std::int64_t> shape = data.grid;
        shape.insert(shape.begin(), {1, 1});
        inputs.fields = torch::randn(shape);
      } else {
        inputs = {.points = torch::rand({1, 5, 2}), .values = torch::randn({1, 5, 1}), .queries = torch::rand({4, 2})};
      }
      CHECK((*model)(inputs).isfinite().all().item<bool>());
    }
    CHECK(made);
  }
}

TEST_CASE("models of fields learn a few samples by heart") {
  teach(lessons_on_fields());
}

TEST_CASE("models of sequences learn a few samples by heart") {
  teach(lessons_on_sequences());
}

TEST_CASE("models of sparse measurements learn a few sets by heart") {
  teach(lessons_on_sets());
}
