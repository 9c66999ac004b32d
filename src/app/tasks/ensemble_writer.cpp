// SPDX-License-Identifier: MIT
#include "app/tasks/ensemble_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace floe::app {
namespace {

io::EnsembleInfo with_parameters(io::EnsembleInfo info) {
  info.parameters = {
      {.name = "chain", .type = io::ElementType::int64, .long_name = "Markov chain"},
      {.name = "measurement", .type = io::ElementType::int64, .long_name = "time in the chain, in measurements"}};
  return info;
}

std::size_t site_count(const std::vector<int>& sizes) {
  std::size_t sites = 1;
  for (const int size : sizes) sites *= static_cast<std::size_t>(size);
  return sites;
}

}  // namespace

io::EnsembleInfo ensemble_info(const lattice::Geometry& geometry, const lattice::Phi4& phi4,
                               const std::string& generator, const TaskContext& context) {
  io::EnsembleInfo info;
  info.sizes = geometry.sizes();
  info.attributes = {{"mass_squared", phi4.mass_squared}, {"coupling", phi4.coupling}};
  info.generator = generator;
  info.seed = context.seed;
  info.provenance = io::make_provenance(context.command_line, context.config_text);
  return info;
}

EnsembleWriter::EnsembleWriter(const std::filesystem::path& path, io::EnsembleInfo info, std::int64_t limit)
    : sites_(site_count(info.sizes)),
      limit_(limit),
      writer_(path, io::ensemble_description(with_parameters(std::move(info))),
              {.deflate = 0, .expected_samples = static_cast<std::size_t>(limit)}) {}

void EnsembleWriter::append(std::int64_t measurement, const std::vector<Block<double>>& blocks) {
  const std::int64_t chains = static_cast<std::int64_t>(blocks.size()) * lane_count<double>;
  const auto rows = static_cast<std::size_t>(std::clamp<std::int64_t>(limit_ - count_, 0, chains));
  if (rows == 0) return;
  std::vector<double> values(rows * sites_);
  std::vector<std::int64_t> chain(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    const Block<double>& block = blocks[row / static_cast<std::size_t>(lane_count<double>)];
    const auto lane = static_cast<Eigen::Index>(row % static_cast<std::size_t>(lane_count<double>));
    for (std::size_t site = 0; site < sites_; ++site)
      values[row * sites_ + site] = block(lane, static_cast<Eigen::Index>(site));
    chain[row] = static_cast<std::int64_t>(row);
  }
  const std::vector<std::int64_t> times(rows, measurement);
  writer_.append(rows, {{"outputs/phi", std::span<const double>(values)},
                        {"parameters/chain", std::span<const std::int64_t>(chain)},
                        {"parameters/measurement", std::span<const std::int64_t>(times)}});
  count_ += static_cast<std::int64_t>(rows);
}

void EnsembleWriter::append_from(const std::filesystem::path& path, std::int64_t count) {
  if (count == 0) return;
  const io::DatasetReader reader(path);
  const auto wanted = static_cast<std::size_t>(count);
  if (reader.samples() < wanted) {
    throw DataError(fmt::format(
        "'{}' holds {} configurations (the checkpoint beside it was written after {}); delete checkpoints/ and "
        "start again",
        path.string(), reader.samples(), count));
  }
  constexpr std::size_t at_once = 1024;
  for (std::size_t first = 0; first < wanted; first += at_once) {
    const std::size_t rows = std::min(at_once, wanted - first);
    const auto values = reader.read<double>("outputs/phi", first, rows);
    const auto chain = reader.read<std::int64_t>("parameters/chain", first, rows);
    const auto times = reader.read<std::int64_t>("parameters/measurement", first, rows);
    writer_.append(rows, {{"outputs/phi", std::span<const double>(values)},
                          {"parameters/chain", std::span<const std::int64_t>(chain)},
                          {"parameters/measurement", std::span<const std::int64_t>(times)}});
    count_ += static_cast<std::int64_t>(rows);
  }
}

}  // namespace floe::app
