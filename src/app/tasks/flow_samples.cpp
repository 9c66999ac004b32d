// SPDX-License-Identifier: MIT
#include "app/tasks/flow_samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/parallel_for.h"
#include "base/progress.h"
#include "config/lattice_size.h"
#include "flow/least_squares.h"

namespace floe::app {

template <class T>
void write_flow_samples(const TaskContext& context, const SampleRequest& request, io::EnsembleInfo info,
                        const flow::Samplers<T>& samplers) {
  info.generator = "flow";
  info.seed = context.seed;
  info.parameters = {{.name = "log_weight", .type = io::ElementType::float64, .long_name = "log of exp(-S) / q"}};
  info.provenance = io::make_provenance(context.command_line, context.config_text);
  io::DatasetWriter writer(request.output, io::ensemble_description(info),
                           {.deflate = 0, .expected_samples = static_cast<std::size_t>(request.count)});
  const auto key = random::make_key(context.seed, "flow samples");
  const auto sites =
      static_cast<std::size_t>(std::accumulate(info.sizes.begin(), info.sizes.end(), 1, std::multiplies<>()));
  Progress progress(fmt::format("sample {}", config::format_lattice_size(info.sizes)), request.count);
  constexpr std::int64_t at_once = 64 * lane_count<T>;  // samples between writes
  std::vector<double> rows(static_cast<std::size_t>(at_once) * sites), log_weights(at_once);
  for (std::int64_t first = 0; first < request.count; first += at_once) {
    if (context.stop.requested()) throw flow::TrainingStopped{};
    const std::int64_t count = std::min(at_once, request.count - first);
    parallel_for((count + lane_count<T> - 1) / lane_count<T>, [&] { return samplers.samples(); },
                 [&](const flow::Draw<T>& draw, std::int64_t b) {
                   Block<T> x;
                   const LaneSums<T> values = draw(key, static_cast<std::uint64_t>(first + b * lane_count<T>), x);
                   for (int lane = 0; lane < lane_count<T>; ++lane) {
                     const auto row = static_cast<std::size_t>(b * lane_count<T> + lane);
                     log_weights[row] = values[lane];
                     Eigen::Map<Eigen::ArrayXd>(rows.data() + row * sites, static_cast<Eigen::Index>(sites)) =
                         x.row(lane).template cast<double>();
                   }
                 });
    const auto used = static_cast<std::size_t>(count);
    writer.append(used, {{"outputs/phi", std::span<const double>(rows).first(used * sites)},
                         {"parameters/log_weight", std::span<const double>(log_weights).first(used)}});
    progress.tick(count);
  }
  writer.finalise();
  logging::info("{} samples with their log-weights in {}", request.count, request.output.string());
}

template void write_flow_samples(const TaskContext&, const SampleRequest&, io::EnsembleInfo,
                                 const flow::Samplers<float>&);
template void write_flow_samples(const TaskContext&, const SampleRequest&, io::EnsembleInfo,
                                 const flow::Samplers<double>&);

}  // namespace floe::app
