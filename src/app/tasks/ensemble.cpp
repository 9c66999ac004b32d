// SPDX-License-Identifier: MIT
#include "app/tasks/ensemble.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "app/tasks/ensemble_data.h"
#include "app/tasks/ensemble_writer.h"
#include "app/tasks/monte_carlo_checkpoint.h"
#include "app/tasks/monte_carlo_options.h"
#include "app/tasks/monte_carlo_results.h"
#include "app/tasks/phi4_options.h"
#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "config/lattice_size.h"
#include "io/csv.h"
#include "lattice/thermodynamic_integration.h"

namespace floe::app {
namespace {

using lattice::Geometry;
using lattice::MonteCarlo;

struct OutputOptions {
  bool configurations = true;
  std::int64_t interval = 10;
};

void bind(config::Section& section, OutputOptions& options) {
  section.key("configurations", options.configurations, "write the configurations to ensemble_<size>.h5");
  section.key("interval", options.interval, "measurements between configurations that are written",
              config::at_least(1));
}

struct LogZOptions {
  bool enabled = false;
  int nodes = 12;
};

void bind(config::Section& section, LogZOptions& options) {
  section.key("enabled", options.enabled,
              "find log Z by integrating over the hopping strength, with one simulation per node");
  section.key("nodes", options.nodes, "Gauss-Legendre nodes", config::at_least(1));
}

struct EnsembleOptions {
  TargetOptions target;
  std::vector<std::vector<int>> sizes{{8, 8}};
  lattice::MonteCarloOptions monte_carlo;
  OutputOptions output;
  LogZOptions log_z;
};

std::string name_of(lattice::Algorithm algorithm) {
  switch (algorithm) {
    case lattice::Algorithm::hmc:
      return "hmc";
    case lattice::Algorithm::fourier_hmc:
      return "fourier_hmc";
    case lattice::Algorithm::wolff:
      break;
  }
  return "wolff";
}

/// Adds to metrics.csv, for each new measurement, the means over all chains.
class Metrics final {
 public:
  Metrics(const RunDirectory& directory, const lattice::Observables& observables)
      : columns_(selected(observables)), table_(directory.metrics(), header(observables, columns_)) {}

  /// Rows for the measurements from the one after the last call on.
  void add(const MonteCarlo& simulation) {
    const std::string size = config::format_lattice_size(simulation.geometry().sizes());
    const lattice::Series& series = simulation.series();
    for (; done_ < series.length(0); ++done_) {
      std::vector<io::CsvCell> cells{size, std::int64_t{done_}};
      for (const int column : columns_) {
        double sum = 0;
        for (int chain = 0; chain < series.chains(); ++chain) sum += series.chain(chain)(column, done_);
        cells.emplace_back(sum / series.chains());
      }
      table_.row(cells);
    }
  }
  void next_lattice() { done_ = 0; }

 private:
  /// Without the correlators, whose number differs from lattice to lattice.
  static std::vector<int> selected(const lattice::Observables& observables) {
    std::vector<int> columns;
    for (int i = 0; i < observables.count(); ++i) {
      if (!observables.names()[static_cast<std::size_t>(i)].starts_with("correlator_")) columns.push_back(i);
    }
    return columns;
  }
  static std::vector<std::string> header(const lattice::Observables& observables, const std::vector<int>& columns) {
    std::vector<std::string> names{"size", "measurement"};
    for (const int column : columns) names.push_back(observables.names()[static_cast<std::size_t>(column)]);
    return names;
  }

  std::vector<int> columns_;
  io::CsvWriter table_;
  int done_ = 0;
};

class EnsembleTask final : public Task {
 public:
  void bind(config::Section& root) override {
    root.table("target", options_.target, "the theory that is sampled");
    config::Section section = root.enter("monte_carlo", "the simulation");
    section.key("sizes", options_.sizes, "lattices, one simulation each", config::not_empty());
    lattice::bind(section, options_.monte_carlo);
    root.table("output", options_.output, "what is written");
    root.table("log_z", options_.log_z, "thermodynamic integration");
  }

  void validate() const override {
    options_.target.validate();
    options_.monte_carlo.validate();
    for (const auto& sizes : options_.sizes) Geometry{sizes};
  }

  std::vector<std::string> plan() const override {
    const lattice::MonteCarloOptions& mc = options_.monte_carlo;
    std::vector<std::string> lines;
    for (const auto& sizes : options_.sizes) {
      const Geometry geometry(sizes);
      const auto updates = static_cast<double>(mc.thermalisation + mc.measurements * mc.interval) * mc.chains;
      lines.push_back(fmt::format("{}: {} chains of {} measurements by {}, {:.2g} site updates",
                                  config::format_lattice_size(sizes), mc.chains, mc.measurements, name_of(mc.algorithm),
                                  updates * geometry.volume()));
      if (options_.output.configurations) {
        const std::int64_t count = stored_configurations();
        lines.push_back(fmt::format("{}: {} configurations in ensemble_{}.h5, {:.1f} MB",
                                    config::format_lattice_size(sizes), count, config::format_lattice_size(sizes),
                                    static_cast<double>(count) * geometry.volume() * 8e-6));
      }
    }
    return lines;
  }

  Ending run(const TaskContext& context) override {
    context.summary.columns = ensemble_columns();
    std::optional<Metrics> metrics;
    for (const auto& sizes : options_.sizes) {
      MonteCarlo simulation(Geometry(sizes), options_.target.phi4, options_.monte_carlo, context.seed);
      if (!metrics) metrics.emplace(context.directory, simulation.observables());
      metrics->next_lattice();
      if (!simulate(simulation, context, *metrics)) return Ending::stopped;
      Record record = simulation_record(simulation);
      if (options_.log_z.enabled && !add_log_z(simulation, context, record)) return Ending::stopped;
      context.summary.results.push_back(std::move(record));
    }
    return Ending::complete;
  }

  Ending sample(const TaskContext& context, const SampleRequest& request) override {
    if (request.sizes.size() > 1) {
      throw ConfigError(fmt::format("{} lattices were asked for (a file of samples holds one); give one --size",
                                    request.sizes.size()));
    }
    lattice::MonteCarloOptions mc = options_.monte_carlo;
    const std::int64_t stored = (request.count + mc.chains - 1) / mc.chains;
    mc.measurements = (stored - 1) * options_.output.interval + 1;
    MonteCarlo simulation(Geometry(request.sizes.empty() ? options_.sizes.front() : request.sizes.front()),
                          options_.target.phi4, mc, context.seed);
    EnsembleWriter writer(request.output, info(simulation.geometry(), context), request.count);
    if (!advance(simulation, context, &writer)) return Ending::stopped;
    writer.finalise();
    logging::info("{} configurations in {}", writer.count(), request.output.string());
    return Ending::complete;
  }

  Ending evaluate(const TaskContext& context, const EvaluateRequest& request) override {
    context.summary.columns = ensemble_columns();
    for (const auto& file : request.data)
      context.summary.results.push_back(measure_ensemble(file, options_.target.phi4));
    if (!request.data.empty() && request.sizes.empty()) return Ending::complete;
    lattice::MonteCarloOptions mc = options_.monte_carlo;
    if (request.samples > 0) mc.measurements = (request.samples + mc.chains - 1) / mc.chains;
    for (const auto& sizes : request.sizes.empty() ? options_.sizes : request.sizes) {
      MonteCarlo simulation(Geometry(sizes), options_.target.phi4, mc, context.seed);
      if (!advance(simulation, context, nullptr)) return Ending::stopped;
      context.summary.results.push_back(simulation_record(simulation));
    }
    return Ending::complete;
  }

 private:
  /// How many configurations belong to that many measurements of each chain.
  std::int64_t stored_configurations(std::int64_t measurements) const {
    const std::int64_t interval = options_.output.interval;
    return (measurements + interval - 1) / interval * options_.monte_carlo.chains;
  }
  std::int64_t stored_configurations() const { return stored_configurations(options_.monte_carlo.measurements); }

  io::EnsembleInfo info(const Geometry& geometry, const TaskContext& context) const {
    return ensemble_info(geometry, options_.target.phi4, name_of(options_.monte_carlo.algorithm), context);
  }

  /// Runs until the end or a signal; false if it was stopped.
  bool advance(MonteCarlo& simulation, const TaskContext& context, EnsembleWriter* writer,
               Metrics* metrics = nullptr) const {
    std::optional<Progress> progress;
    std::int64_t shown = 0;
    lattice::MonteCarloHooks hooks;
    hooks.stop = [&] { return context.stop.requested(); };
    hooks.progress = [&](std::int64_t done, std::int64_t total) {
      if (!progress) {
        progress.emplace(fmt::format("{} {}", name_of(options_.monte_carlo.algorithm),
                                     config::format_lattice_size(simulation.geometry().sizes())),
                         total);
      }
      progress->tick(done - shown);
      shown = done;
      if (metrics) metrics->add(simulation);
    };
    if (writer) {
      hooks.configuration_interval = options_.output.interval;
      hooks.configurations = [writer](std::int64_t measurement, const std::vector<Block<double>>& blocks) {
        writer->append(measurement, blocks);
      };
    }
    const bool complete = simulation.run(hooks);
    if (metrics) metrics->add(simulation);
    return complete;
  }

  /// Runs one lattice or goes on with it; what a stopped run leaves in checkpoints/ makes the result that of a run
  /// without interruption, bit for bit. False if it was stopped.
  bool simulate(MonteCarlo& simulation, const TaskContext& context, Metrics& metrics) const {
    const std::string name = config::format_lattice_size(simulation.geometry().sizes());
    const std::filesystem::path checkpoint = context.directory.checkpoint("simulation_" + name);
    const std::filesystem::path kept = context.directory.checkpoint("configurations_" + name);
    const std::filesystem::path file = context.directory.path() / fmt::format("ensemble_{}.h5", name);
    const bool resumed = restore_simulation(checkpoint, simulation);
    metrics.add(simulation);
    if (simulation.complete()) return true;
    logging::info("{}: {} chains, {} measurements each{}", name, options_.monte_carlo.chains,
                  options_.monte_carlo.measurements,
                  resumed ? fmt::format(", {} of them done", simulation.series().length(0)) : "");
    std::optional<EnsembleWriter> writer;
    if (options_.output.configurations) {
      writer.emplace(file, info(simulation.geometry(), context), stored_configurations());
      if (resumed) writer->append_from(kept, stored_configurations(simulation.series().length(0)));
    }
    const bool complete = advance(simulation, context, writer ? &*writer : nullptr, &metrics);
    if (writer && (complete || writer->count() > 0)) {
      writer->finalise();
      if (!complete) std::filesystem::rename(file, kept);
    }
    save_simulation(checkpoint, simulation);
    if (complete) std::filesystem::remove(kept);
    return complete;
  }

  bool add_log_z(const MonteCarlo& simulation, const TaskContext& context, Record& record) const {
    lattice::ThermodynamicIntegrationOptions options;
    options.nodes = options_.log_z.nodes;
    options.chains = options_.monte_carlo;
    logging::info("{}: log Z from {} simulations", config::format_lattice_size(simulation.geometry().sizes()),
                  options.nodes);
    try {
      const lattice::LogZEstimate log_z = lattice::integrate_log_z(
          simulation.geometry(), options_.target.phi4, options, context.seed, [&] { return context.stop.requested(); });
      record.set("log_z", log_z.value).set("log_z_error", log_z.error);
    } catch (const Error&) {
      if (context.stop.requested()) return false;
      throw;
    }
    return true;
  }

  EnsembleOptions options_;
};

}  // namespace

std::unique_ptr<Task> make_ensemble_task() {
  return std::make_unique<EnsembleTask>();
}

}  // namespace floe::app
