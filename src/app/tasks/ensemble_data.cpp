// SPDX-License-Identifier: MIT
#include "app/tasks/ensemble_data.h"

#include <fmt/format.h>

#include <map>

#include "app/tasks/monte_carlo_results.h"
#include "base/error.h"
#include "base/lanes.h"

namespace floe::app {
namespace {

/// The chain of each configuration, numbered from 0.
std::vector<int> read_chains(const std::filesystem::path& path, std::size_t configurations) {
  const io::DatasetReader reader(path);
  std::vector<int> chains(configurations, 0);
  if (!reader.contains("parameters/chain")) return chains;
  std::map<std::int64_t, int> numbers;
  const auto stored = reader.read<std::int64_t>("parameters/chain");
  for (std::size_t i = 0; i < configurations; ++i) {
    chains[i] = numbers.try_emplace(stored[i], static_cast<int>(numbers.size())).first->second;
  }
  return chains;
}

}  // namespace

void require_theory(const io::Ensemble& ensemble, const std::filesystem::path& path, const lattice::Phi4& phi4) {
  const double mass_squared = ensemble.number("mass_squared");
  const double coupling = ensemble.number("coupling");
  if (mass_squared == phi4.mass_squared && coupling == phi4.coupling) return;
  throw DataError(fmt::format(
      "'{}' holds another theory (mass_squared {}, coupling {} where {}, {} were expected); choose an ensemble of "
      "the same target",
      path.string(), mass_squared, coupling, phi4.mass_squared, phi4.coupling));
}

Record measure_ensemble(const std::filesystem::path& path, const lattice::Phi4& phi4) {
  const io::Ensemble ensemble = io::read_ensemble(path);
  require_theory(ensemble, path, phi4);
  const lattice::Geometry geometry(ensemble.sizes);
  const lattice::Observables observables(geometry, phi4);
  const std::vector<int> chains = read_chains(path, ensemble.configurations);
  int count = 1;
  for (const int chain : chains) count = std::max(count, chain + 1);

  lattice::Series series(observables.count(), count);
  constexpr auto lanes = static_cast<std::size_t>(lane_count<double>);
  Block<double> block(lane_count<double>, geometry.volume());
  for (std::size_t first = 0; first < ensemble.configurations; first += lanes) {
    const std::size_t used = std::min(lanes, ensemble.configurations - first);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const auto row = ensemble.row(first + std::min(lane, used - 1));
      block.row(static_cast<Eigen::Index>(lane)) =
          Eigen::Map<const Eigen::ArrayXd>(row.data(), geometry.volume()).transpose();
    }
    const Eigen::ArrayXXd values = observables(block);
    for (std::size_t lane = 0; lane < used; ++lane)
      series.append(chains[first + lane], values.col(static_cast<Eigen::Index>(lane)));
  }
  Record record = ensemble_record(geometry, observables, series);
  record.set("data", path.string());
  return record;
}

}  // namespace floe::app
