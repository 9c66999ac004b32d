// SPDX-License-Identifier: MIT
#include "flow/flow.h"

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "random/lane_stream.h"
#include "support/catch.h"

using namespace floe;
using namespace floe::flow;

namespace {

/// Independent normals of variance C_i(t) = c_i^t: f_t = sum_i x_i^2 / (2 C_i(t)), moved exactly by V_i = x_i log(c_i)
/// / 2.
const Eigen::Array3d variances(0.5, 2, 4);

double variance_at(double t, Eigen::Index i) {
  return std::pow(variances[i], t);
}

class NormalPath final : public EnergyPath<double> {
 public:
  Eigen::Index size() const override { return 3; }
  LaneSums<double> energy(double t, const Block<double>& x) const override {
    LaneSums<double> sum = LaneSums<double>::Zero();
    for (Eigen::Index i = 0; i < 3; ++i) sum += x.col(i).square() / (2 * variance_at(t, i));
    return sum;
  }
  void gradient(double t, const Block<double>& x, Block<double>& gradient) const override {
    gradient = x;
    for (Eigen::Index i = 0; i < 3; ++i) gradient.col(i) /= variance_at(t, i);
  }
  LaneSums<double> time_derivative(double t, const Block<double>& x) const override {
    LaneSums<double> sum = LaneSums<double>::Zero();
    for (Eigen::Index i = 0; i < 3; ++i) sum -= std::log(variances[i]) * x.col(i).square() / (2 * variance_at(t, i));
    return sum;
  }
  void sample_base(random::Key key, std::uint64_t first, Block<double>& x) const override {
    x.resize(lane_count<double>, 3);
    random::LaneStream(key, first).fill_normal(x);
  }
  double base_log_z() const override { return 1.5 * std::log(2 * std::numbers::pi); }
};

class NormalField final : public VectorField<double> {
 public:
  std::unique_ptr<VectorField<double>> clone() const override { return std::make_unique<NormalField>(); }
  Eigen::Index size() const override { return 3; }
  void velocity_and_divergence(double, const Block<double>& x, Block<double>& velocity,
                               LaneSums<double>& divergence) override {
    velocity = x;
    for (Eigen::Index i = 0; i < 3; ++i) velocity.col(i) *= std::log(variances[i]) / 2;
    divergence.setConstant(variances.log().sum() / 2);
  }
};

Flow<double> normal_flow(int steps) {
  return Flow<double>(std::make_shared<NormalPath>(), std::make_unique<NormalField>(),
                      {.method = ode::Method::rk4, .steps = steps});
}

}  // namespace

TEST_CASE("a perfect flow has constant weights equal to the normalisation of its target") {
  auto flow = normal_flow(40);
  Block<double> x;
  const LaneSums<double> log_weights = flow.sample(random::make_key(1, "normal flow"), 16, x);
  const double log_z = 1.5 * std::log(2 * std::numbers::pi) + variances.log().sum() / 2;
  CHECK((log_weights - log_z).abs().maxCoeff() < 1e-7);  // 40 steps of order four
  // The same samples, integrated back, have the same density: that of the target.
  const LaneSums<double> density = flow.log_density(x);
  CHECK((density + flow.path().energy(1, x) + log_z).abs().maxCoeff() < 1e-7);
  CHECK((flow.log_weight(x) - log_weights).abs().maxCoeff() < 1e-7);
}

TEST_CASE("samples of a flow depend on their index alone") {
  auto flow = normal_flow(8);
  const auto key = random::make_key(1, "normal flow");
  Block<double> first, second;
  flow.sample(key, 0, first);
  flow.sample(key, 4, second);
  CHECK((first.bottomRows(4) == second.topRows(4)).all());
}

TEST_CASE("log-weights converge with the fourth power of the step") {
  const auto error = [](int steps) {
    auto flow = normal_flow(steps);
    Block<double> x;
    const double log_z = 1.5 * std::log(2 * std::numbers::pi) + variances.log().sum() / 2;
    return (flow.sample(random::make_key(1, "order"), 0, x) - log_z).abs().maxCoeff();
  };
  CHECK(std::log2(error(4) / error(8)) == Approx(4).margin(0.3));
}

TEST_CASE("a flow refuses an energy and a field of different lattices") {
  class OtherField final : public VectorField<double> {
   public:
    std::unique_ptr<VectorField<double>> clone() const override { return std::make_unique<OtherField>(); }
    Eigen::Index size() const override { return 5; }
    void velocity_and_divergence(double, const Block<double>&, Block<double>&, LaneSums<double>&) override {}
  };
  CHECK_THROWS_WITH(Flow<double>(std::make_shared<NormalPath>(), std::make_unique<OtherField>(), {}),
                    ContainsSubstring("an energy of 3 sites and a field of 5"));
}
