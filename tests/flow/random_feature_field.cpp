// SPDX-License-Identifier: MIT
#include "flow/random_feature_field.h"

#include <cmath>

#include "base/error.h"
#include "random/lane_stream.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::flow;

namespace {

constexpr Eigen::Index size = 3;

Block<double> normals(std::string_view purpose, Eigen::Index sites = size) {
  Block<double> x(lane_count<double>, sites);
  random::LaneStream(random::make_key(5, purpose), 0).fill_normal(x);
  return x;
}

RandomFeatureField<double> make_field(bool odd) {
  RandomFeatureField<double> field(size, {.count = 20, .shortest = 0.5, .longest = 4, .odd = odd, .seed = 3});
  Eigen::VectorXd coefficients(field.parameter_count());
  for (Eigen::Index k = 0; k < coefficients.size(); ++k) coefficients[k] = std::sin(2.3 * static_cast<double>(k + 1));
  field.set_coefficients(coefficients);
  return field;
}

}  // namespace

TEST_CASE("a random-feature field has the divergence and the adjoint of its numerical Jacobian") {
  auto field = make_field(GENERATE(false, true));
  const auto x = normals("point"), cotangent = normals("cotangent");
  const double h = 1e-5;
  Block<double> up, down, result(lane_count<double>, size);
  LaneSums<double> trace = LaneSums<double>::Zero(), divergence, up_divergence, down_divergence;
  for (Eigen::Index i = 0; i < size; ++i) {
    Block<double> moved = x;
    moved.col(i) += h;
    field.velocity_and_divergence(moved, up, up_divergence);
    moved.col(i) -= 2 * h;
    field.velocity_and_divergence(moved, down, down_divergence);
    trace += (up.col(i) - down.col(i)) / (2 * h);
    result.col(i) = ((up - down) * cotangent).rowwise().sum() / (2 * h) + (up_divergence - down_divergence) / (2 * h);
  }
  Block<double> velocity, adjoint;
  field.velocity_and_divergence(x, velocity, divergence);
  CHECK((divergence - trace).abs().maxCoeff() < 1e-7);  // h^2 f''' / 6 and rounding / h
  field.linearize(x);
  field.adjoint(cotangent, adjoint);
  CHECK((adjoint - result).abs().maxCoeff() < 1e-6);
}

TEST_CASE("rows and Gram matrix of a random-feature field are those of its basis fields") {
  auto field = make_field(false);
  const auto x = normals("point"), cotangent = normals("cotangent");
  const Eigen::Index parameters = field.parameter_count();
  REQUIRE(parameters == 3 + 6 + 20);
  RandomFeatureField<double>::Rows rows;
  field.linearize(x);
  field.features(cotangent, rows);
  Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(parameters, parameters);
  field.add_velocity_gram(x, gram);
  std::vector<Block<double>> basis(static_cast<std::size_t>(parameters));
  for (Eigen::Index k = 0; k < parameters; ++k) {
    LaneSums<double> divergence;
    auto& v = basis[static_cast<std::size_t>(k)];
    field.set_coefficients(Eigen::VectorXd::Unit(parameters, k));
    field.velocity_and_divergence(x, v, divergence);
    CHECK((rows.col(k) - divergence - (v * cotangent).rowwise().sum()).abs().maxCoeff() < 1e-12);
    for (Eigen::Index l = 0; l <= k; ++l)
      CHECK(gram(k, l) == Approx((v * basis[static_cast<std::size_t>(l)]).sum()).margin(1e-11));
  }
}

TEST_CASE("an odd random-feature field is odd, and precisions and clones agree") {
  auto field = make_field(true);
  const auto x = normals("point");
  Block<double> velocity, mirrored;
  LaneSums<double> divergence, mirrored_divergence;
  field.velocity_and_divergence(x, velocity, divergence);
  field.velocity_and_divergence(-x, mirrored, mirrored_divergence);
  CHECK((velocity + mirrored).abs().maxCoeff() < 1e-13);
  CHECK((divergence - mirrored_divergence).abs().maxCoeff() < 1e-13);

  const auto copy = field.clone();
  copy->velocity_and_divergence(x, mirrored, mirrored_divergence);
  CHECK((velocity == mirrored).all());

  RandomFeatureField<float> single(size, {.count = 20, .shortest = 0.5, .longest = 4, .odd = true, .seed = 3});
  Eigen::VectorXd coefficients(single.parameter_count());
  for (Eigen::Index k = 0; k < coefficients.size(); ++k) coefficients[k] = std::sin(2.3 * static_cast<double>(k + 1));
  single.set_coefficients(coefficients);
  Block<float> y(lane_count<float>, size), rate;
  y << x.cast<float>(), x.cast<float>();
  LaneSums<float> sums;
  single.velocity_and_divergence(y, rate, sums);
  CHECK((rate.topRows(8).cast<double>() - velocity).abs().maxCoeff() < 1e-4);  // 26 terms of size 10 at 6e-8
}

TEST_CASE("a random-feature field refuses options and shapes that do not fit") {
  CHECK_THROWS_WITH(RandomFeatureField<double>(2, {.shortest = 3, .longest = 2}),
                    ContainsSubstring("field.shortest = 3"));
  RandomFeatureField<double> field(2, {.count = 4});
  CHECK_THROWS_WITH(field.set_coefficients(Eigen::VectorXd::Zero(3)), ContainsSubstring("3 coefficients"));
  CHECK_THROWS_WITH(field.linearize(normals("point")), ContainsSubstring("a block of 3 sites"));
}
