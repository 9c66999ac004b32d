// SPDX-License-Identifier: MIT
#include "app/tasks/monte_carlo_checkpoint.h"

#include <algorithm>

#include "io/checkpoint.h"

namespace floe::app {
namespace {

constexpr const char* kind = "monte_carlo";

std::size_t size(Eigen::Index value) {
  return static_cast<std::size_t>(value);
}

/// (chain, time, observable).
void put_series(io::Checkpoint& checkpoint, const lattice::Series& series) {
  const int length = series.length(0);
  std::vector<double> values;
  for (int chain = 0; chain < series.chains(); ++chain) {
    const auto columns = series.chain(chain);
    values.insert(values.end(), columns.data(), columns.data() + columns.size());
  }
  checkpoint.set("series", {size(series.chains()), size(length), size(series.observables())}, std::move(values));
}

lattice::Series take_series(const io::Checkpoint& checkpoint) {
  const io::Shape& shape = checkpoint.shape("series");
  const std::vector<double>& values = checkpoint.get<double>("series");
  lattice::Series series(static_cast<int>(shape.at(2)), static_cast<int>(shape.at(0)));
  const double* next = values.data();
  for (int chain = 0; chain < series.chains(); ++chain) {
    for (std::size_t time = 0; time < shape.at(1); ++time) {
      series.append(chain, Eigen::Map<const Eigen::ArrayXd>(next, series.observables()));
      next += series.observables();
    }
  }
  return series;
}

}  // namespace

void save_simulation(const std::filesystem::path& path, const lattice::MonteCarlo& simulation) {
  const lattice::MonteCarloState state = simulation.state();
  io::Checkpoint checkpoint;
  put_series(checkpoint, simulation.series());

  const std::size_t blocks = state.configurations.size();
  std::vector<double> configurations;
  for (const Block<double>& block : state.configurations) {
    configurations.insert(configurations.end(), block.data(), block.data() + block.size());
  }
  const std::size_t lanes = size(lane_count<double>);
  const io::Shape shape{blocks, configurations.size() / (blocks * lanes), lanes};
  checkpoint.set("configurations", shape, std::move(configurations));

  std::vector<double> adapted;
  for (const auto& values : state.adapted) adapted.insert(adapted.end(), values.begin(), values.end());
  const std::size_t adapted_per_block = adapted.size() / blocks;
  checkpoint.set("adapted", {blocks, adapted_per_block}, std::move(adapted));

  checkpoint.set("positions", {blocks}, std::vector<std::int64_t>(state.positions.begin(), state.positions.end()));
  checkpoint.set("updates", {1}, std::vector<std::int64_t>{state.updates});
  checkpoint.set("totals", {size(state.totals.cols()), size(state.totals.rows())},
                 std::vector<double>(state.totals.data(), state.totals.data() + state.totals.size()));
  io::save_checkpoint(path, kind, checkpoint);
}

bool restore_simulation(const std::filesystem::path& path, lattice::MonteCarlo& simulation) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return false;
  const io::TensorSpec series{
      "series",
      io::ElementType::float64,
      {size(simulation.series().chains()), io::any_extent, size(simulation.series().observables())}};
  const std::size_t blocks = simulation.configurations().size();
  const std::size_t lanes = size(lane_count<double>);
  const std::vector<io::TensorSpec> expected{
      series,
      {"configurations", io::ElementType::float64, {blocks, size(simulation.geometry().volume()), lanes}},
      {"adapted", io::ElementType::float64, {blocks, io::any_extent}},
      {"positions", io::ElementType::int64, {blocks}},
      {"updates", io::ElementType::int64, {1}},
      {"totals", io::ElementType::float64, {blocks * lanes, io::any_extent}},
  };
  const io::Checkpoint checkpoint = io::load_checkpoint(path, kind, expected);

  lattice::MonteCarloState state;
  state.updates = checkpoint.get<std::int64_t>("updates").front();
  const double* next = checkpoint.get<double>("configurations").data();
  const std::vector<double>& adapted = checkpoint.get<double>("adapted");
  const auto adapted_per_block = static_cast<std::ptrdiff_t>(adapted.size() / blocks);
  for (std::size_t b = 0; b < blocks; ++b) {
    Block<double> block(lane_count<double>, simulation.geometry().volume());
    std::copy_n(next, block.size(), block.data());
    next += block.size();
    state.configurations.push_back(std::move(block));
    const auto first = adapted.begin() + static_cast<std::ptrdiff_t>(b) * adapted_per_block;
    state.adapted.emplace_back(first, first + adapted_per_block);
  }
  const auto& positions = checkpoint.get<std::int64_t>("positions");
  state.positions.assign(positions.begin(), positions.end());
  const io::Shape& totals = checkpoint.shape("totals");
  state.totals =
      Eigen::Map<const Eigen::ArrayXXd>(checkpoint.get<double>("totals").data(), static_cast<Eigen::Index>(totals[1]),
                                        static_cast<Eigen::Index>(totals[0]));
  simulation.restore(state, take_series(checkpoint));
  return true;
}

}  // namespace floe::app
