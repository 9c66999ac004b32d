// SPDX-License-Identifier: MIT
#include "app/tasks/flow_model_file.h"

#include <algorithm>

namespace floe::app {
namespace {

constexpr auto kind = "phi4 heat-kernel flow";

}  // namespace

void set_spline(io::Checkpoint& file, const std::string& name, const flow::TimeSpline& spline) {
  // (node, coefficient) row-major is (coefficient, node) column-major.
  const Eigen::MatrixXd& values = spline.values();
  file.set(name, {static_cast<std::size_t>(values.cols()), static_cast<std::size_t>(values.rows())},
           std::vector<double>(values.data(), values.data() + values.size()));
}

flow::TimeSpline get_spline(const io::Checkpoint& file, const std::string& name) {
  const auto& shape = file.shape(name);
  return flow::TimeSpline(Eigen::Map<const Eigen::MatrixXd>(
      file.get<double>(name).data(), static_cast<Eigen::Index>(shape[1]), static_cast<Eigen::Index>(shape[0])));
}

void save_flow(const std::filesystem::path& path, const lattice::Phi4TrainingStart& state) {
  const auto& [schedule, basis, coefficients, path_coefficients] = state.model;
  io::Checkpoint file;
  file.set("target", {2}, std::vector<double>{schedule.target.mass_squared, schedule.target.coupling});
  file.set("base_mass_squared", {1}, std::vector<double>{schedule.base_mass_squared});
  file.set("bend", {schedule.bend.size()}, std::vector<double>(schedule.bend.begin(), schedule.bend.end()));
  file.set("power", {1}, std::vector<double>{schedule.power});
  file.set("scales", {basis.scales.size()}, basis.scales);
  file.set("widths", {basis.widths.size()}, basis.widths);
  file.set("features", {1}, std::vector<std::int64_t>{basis.features});
  file.set("max_frequency", {1}, std::vector<double>{basis.max_frequency});
  file.set("stage", {1}, std::vector<std::int64_t>{state.stage});
  file.set("trust", {1}, std::vector<double>{state.trust});
  set_spline(file, "coefficients", coefficients);
  set_spline(file, "path_coefficients", path_coefficients);
  io::save_checkpoint(path, kind, file);
}

bool flow_exists(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) || std::filesystem::exists(io::previous_checkpoint(path), ignored);
}

lattice::Phi4TrainingStart load_flow(const std::filesystem::path& path) {
  using enum io::ElementType;
  const std::vector<io::TensorSpec> expected = {{"target", float64, {2}},
                                                {"base_mass_squared", float64, {1}},
                                                {"bend", float64, {4}},
                                                {"power", float64, {1}},
                                                {"scales", float64, {io::any_extent}},
                                                {"widths", float64, {io::any_extent}},
                                                {"features", int64, {1}},
                                                {"max_frequency", float64, {1}},
                                                {"stage", int64, {1}},
                                                {"trust", float64, {1}},
                                                {"coefficients", float64, {io::any_extent, io::any_extent}},
                                                {"path_coefficients", float64, {io::any_extent, io::any_extent}}};
  const io::Checkpoint file = io::load_checkpoint(path, kind, expected);
  lattice::Phi4TrainingStart start;
  auto& [schedule, basis, coefficients, path_coefficients] = start.model;
  const auto& target = file.get<double>("target");
  schedule.target = {target[0], target[1]};
  schedule.base_mass_squared = file.get<double>("base_mass_squared")[0];
  std::ranges::copy(file.get<double>("bend"), schedule.bend.begin());
  schedule.power = file.get<double>("power")[0];
  basis.scales = file.get<double>("scales");
  basis.widths = file.get<double>("widths");
  basis.features = static_cast<int>(file.get<std::int64_t>("features")[0]);
  basis.max_frequency = file.get<double>("max_frequency")[0];
  basis.validate();
  coefficients = get_spline(file, "coefficients");
  path_coefficients = get_spline(file, "path_coefficients");
  start.stage = static_cast<int>(file.get<std::int64_t>("stage")[0]);
  start.trust = file.get<double>("trust")[0];
  return start;
}

}  // namespace floe::app
