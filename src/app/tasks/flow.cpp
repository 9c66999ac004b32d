// SPDX-License-Identifier: MIT
#include "app/tasks/flow.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "app/tasks/energy_flow.h"
#include "app/tasks/ensemble_data.h"
#include "app/tasks/flow_model_file.h"
#include "app/tasks/flow_options.h"
#include "app/tasks/flow_results.h"
#include "app/tasks/flow_samples.h"
#include "app/tasks/monte_carlo_results.h"
#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "config/lattice_size.h"
#include "io/checkpoint.h"
#include "io/ensemble.h"

namespace floe::app {
namespace {

using lattice::FlowEvaluation;
using lattice::Geometry;
using lattice::Phi4FlowModel;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Independent configurations of the target on one lattice, and what was measured along with them.
struct Truth {
  std::optional<Record> record;
  std::vector<Block<double>> samples;
};

Record evaluation_record(const Geometry& geometry, const FlowEvaluation& evaluation, const Truth& truth) {
  Record record;
  record.set("size", geometry.sizes());
  set_evaluation(record, evaluation, geometry.volume());
  if (!truth.record) return record;
  for (const auto& [name, estimate] : evaluation.reweighted) {
    const Value* value = truth.record->find(name);
    const Value* error = truth.record->find(name + "_error");
    if (!value || !error) continue;
    record.set("mc_" + name, *value);
    record.set("mc_" + name + "_error", *error);
    record.set("pull_" + name,
               (estimate.value - std::get<double>(*value)) / std::hypot(estimate.error, std::get<double>(*error)));
  }
  return record;
}

/// The configurations of a file as blocks of eight; the last few that fill no block are left out.
std::vector<Block<double>> blocks_of(const io::Ensemble& ensemble) {
  std::vector<Block<double>> blocks(ensemble.configurations / lane_count<double>);
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    blocks[b].resize(lane_count<double>, static_cast<Eigen::Index>(ensemble.sites));
    for (int lane = 0; lane < lane_count<double>; ++lane)
      blocks[b].row(lane) = Eigen::Map<const Eigen::ArrayXd>(ensemble.row(b * lane_count<double> + lane).data(),
                                                             static_cast<Eigen::Index>(ensemble.sites));
  }
  return blocks;
}

class FlowTask final : public Task {
 public:
  void bind(config::Section& root) override {
    // A fraction of a second per lattice, and independent of the chains that training uses.
    options_.monte_carlo.chains = 64;
    options_.monte_carlo.thermalisation = 300;
    options_.monte_carlo.measurements = 1000;
    options_.monte_carlo.interval = 2;
    app::bind(root, options_);
  }

  void validate() const override { options_.validate(); }

  std::vector<std::string> plan() const override {
    if (!options_.lattice_theory()) return EnergyFlow(options_).plan();
    const auto& training = options_.training;
    std::vector<std::string> lines = {
        fmt::format("train on {}: {} walkers, {} nodes, {} Gauss-Newton steps of {} trajectories",
                    config::format_lattice_size(options_.train_sizes.front()), training.regression.walkers,
                    training.regression.nodes, training.regression.refinements, training.regression.trajectories)};
    for (const auto& sizes : options_.evaluate_sizes)
      lines.push_back(
          fmt::format("evaluate on {}: {} samples{}", config::format_lattice_size(sizes), options_.evaluation.samples,
                      options_.truth ? fmt::format(", {} chains of {} measurements beside them",
                                                   options_.monte_carlo.chains, options_.monte_carlo.measurements)
                                     : ""));
    return lines;
  }

  Ending run(const TaskContext& context) override {
    if (!options_.lattice_theory()) return EnergyFlow(options_).run(context);
    try {
      const Phi4FlowModel model = train(context);
      evaluate_sizes(context, model, options_.evaluate_sizes, options_.evaluation.samples);
      return Ending::complete;
    } catch (const flow::TrainingStopped&) {
      return Ending::stopped;
    }
  }

  Ending sample(const TaskContext& context, const SampleRequest& request) override {
    if (!options_.lattice_theory()) return EnergyFlow(options_).sample(context, request);
    if (request.sizes.size() > 1)
      throw ConfigError(fmt::format("{} lattices were asked for (a file of samples holds one); give one --size",
                                    request.sizes.size()));
    require_dimension(request.sizes);
    const Phi4FlowModel model = trained(context);
    const Geometry geometry(request.sizes.empty() ? options_.train_sizes.front() : request.sizes.front());
    try {
      with_precision(options_.evaluate_precision, [&](auto type) {
        io::EnsembleInfo info;
        info.sizes = geometry.sizes();
        info.attributes = {{"mass_squared", options_.target.phi4.mass_squared},
                           {"coupling", options_.target.phi4.coupling}};
        write_flow_samples(context, request, info,
                           lattice::phi4_samplers<decltype(type)>(model, geometry, options_.evaluation.steps,
                                                                  options_.evaluation.updates));
      });
      return Ending::complete;
    } catch (const flow::TrainingStopped&) {
      return Ending::stopped;
    }
  }

  Ending evaluate(const TaskContext& context, const EvaluateRequest& request) override {
    if (!options_.lattice_theory()) return EnergyFlow(options_).evaluate(context, request);
    require_dimension(request.sizes);
    const Phi4FlowModel model = trained(context);
    const std::int64_t samples = request.samples > 0 ? request.samples : options_.evaluation.samples;
    context.summary.columns = columns();
    try {
      for (const auto& file : request.data) {
        const io::Ensemble ensemble = io::read_ensemble(file);
        require_theory(ensemble, file, options_.target.phi4);
        if (ensemble.sizes.size() != options_.train_sizes.front().size())
          throw DataError(fmt::format(
              "'{}' holds a lattice of {}, {} dimensions (the flow was trained on {}, {}); choose an "
              "ensemble of the flow's dimension",
              file.string(), config::format_lattice_size(ensemble.sizes), ensemble.sizes.size(),
              config::format_lattice_size(options_.train_sizes.front()), options_.train_sizes.front().size()));
        if (ensemble.configurations < lane_count<float>)
          logging::warning("'{}' holds {} configurations, too few for a forward ESS; give at least {}", file.string(),
                           ensemble.configurations, lane_count<float>);
        const Geometry geometry(ensemble.sizes);
        Truth truth{measure_ensemble(file, options_.target.phi4), blocks_of(ensemble)};
        Record record = evaluate_on(context, model, geometry, samples, truth).first;
        record.set("data", file.string());
        context.summary.results.push_back(std::move(record));
      }
      if (request.data.empty() || !request.sizes.empty())
        evaluate_sizes(context, model, request.sizes.empty() ? options_.evaluate_sizes : request.sizes, samples, false);
      return Ending::complete;
    } catch (const flow::TrainingStopped&) {
      return Ending::stopped;
    }
  }

 private:
  static std::vector<std::string> columns() {
    return {"size",
            "samples",
            "ess",
            "forward_ess",
            "var_log_weight_per_site",
            "log_z",
            "acceptance",
            "susceptibility",
            "mc_susceptibility",
            "phi_squared",
            "mc_phi_squared"};
  }

  std::filesystem::path model_path(const TaskContext& context) const { return context.directory.checkpoint("flow"); }

  /// One flow serves lattices of every size, but of its own dimension alone.
  void require_dimension(const std::vector<std::vector<int>>& all) const {
    const auto& trained_on = options_.train_sizes.front();
    for (const auto& sizes : all) {
      if (sizes.size() != trained_on.size())
        throw ConfigError(fmt::format(
            "--size {} has {} dimensions (the flow was trained on {}, {}, and a flow belongs to one dimension); give a "
            "lattice of {}",
            config::format_lattice_size(sizes), sizes.size(), config::format_lattice_size(trained_on),
            trained_on.size(), trained_on.size()));
    }
  }

  Phi4FlowModel trained(const TaskContext& context) const {
    if (!flow_exists(model_path(context)))
      throw ConfigError(fmt::format(
          "'{}' holds no trained flow (its training has not come to a checkpoint yet); train it with: floe run {}",
          context.directory.path().string(), context.directory.path().string()));
    const auto start = load_flow(model_path(context));
    if (start.stage < options_.training.regression.refinements)
      logging::warning("training was stopped after {} of {} Gauss-Newton steps; this is the flow reached so far",
                       start.stage, options_.training.regression.refinements);
    return start.model;
  }

  Phi4FlowModel train(const TaskContext& context) {
    const int refinements = options_.training.regression.refinements;
    std::optional<lattice::Phi4TrainingStart> start;
    if (flow_exists(model_path(context))) start = load_flow(model_path(context));
    if (start && start->stage >= refinements) {
      logging::info("trained already");
      describe(context, start->model);
      return start->model;
    }
    const auto nodes = static_cast<std::size_t>(options_.training.regression.nodes);
    io::CsvWriter metrics = open_training_metrics(context.directory.metrics(), start ? nodes + start->stage : 0);

    const std::vector<Geometry> geometries(options_.train_sizes.begin(), options_.train_sizes.end());
    Progress progress(fmt::format("train {}", config::format_lattice_size(geometries.front().sizes())),
                      options_.training.regression.nodes + refinements);
    lattice::Phi4TrainingHooks hooks;
    hooks.stop = [&] { return context.stop.requested(); };
    hooks.observer = [&](const flow::TrainingRecord& record) {
      write_row(metrics, record);
      progress.metric("residual variance", record.residual);
      progress.tick();
      if (record.stage == "gauss_newton")
        logging::info("Gauss-Newton step {}: Var(log w) {:.3g}, on fresh samples", record.step, record.validation);
    };
    hooks.checkpoint = [&](const lattice::Phi4TrainingStart& state) { save_flow(model_path(context), state); };

    lattice::Phi4TrainingOptions training = options_.training;
    if (options_.base_mass_squared) training.susceptibility = 1 / (2 * *options_.base_mass_squared);
    const auto begin = std::chrono::steady_clock::now();
    Phi4FlowModel model = with_precision(options_.train_precision, [&](auto type) {
      return lattice::train_phi4_flow<decltype(type)>(geometries, options_.target.phi4, training, context.seed, hooks,
                                                      start);
    });
    const double seconds = seconds_since(begin);
    logging::info("trained in {:.1f} s: base mass squared {:.4g}, {} coefficients at {} times", seconds,
                  model.schedule.base_mass_squared, model.coefficients.coefficient_count(),
                  model.coefficients.node_count());
    context.summary.details.set("train_seconds", seconds);
    describe(context, model);
    return model;
  }

  static void describe(const TaskContext& context, const Phi4FlowModel& model) {
    context.summary.details.set("parameters", Value(std::int64_t{model.coefficients.values().size()}));
    context.summary.details.set("base_mass_squared", model.schedule.base_mass_squared);
  }

  /// Monte Carlo of the target, with a key of its own: nothing of it was seen in training.
  Truth simulate(const TaskContext& context, const Geometry& geometry) const {
    if (!options_.truth) return {};
    lattice::MonteCarlo simulation(geometry, options_.target.phi4, options_.monte_carlo,
                                   random::make_key(context.seed, "truth").value);
    Truth truth;
    const std::int64_t chains = options_.monte_carlo.chains;
    const std::int64_t rounds = (options_.target_samples + chains - 1) / chains;
    lattice::MonteCarloHooks hooks;
    hooks.stop = [&] { return context.stop.requested(); };
    hooks.configuration_interval =
        rounds > 0 ? std::max<std::int64_t>(1, options_.monte_carlo.measurements / rounds) : 1;
    hooks.configurations = [&](std::int64_t, const std::vector<Block<double>>& blocks) {
      if (static_cast<std::int64_t>(truth.samples.size()) * lane_count<double> < options_.target_samples)
        truth.samples.insert(truth.samples.end(), blocks.begin(), blocks.end());
    };
    if (!simulation.run(hooks)) throw flow::TrainingStopped{};
    truth.record = simulation_record(simulation);
    return truth;
  }

  std::pair<Record, FlowEvaluation> evaluate_on(const TaskContext& context, const Phi4FlowModel& model,
                                                const Geometry& geometry, std::int64_t samples,
                                                const Truth& truth) const {
    lattice::FlowEvaluationOptions evaluation = options_.evaluation;
    evaluation.samples = samples;
    const auto begin = std::chrono::steady_clock::now();
    FlowEvaluation result = with_precision(options_.evaluate_precision, [&](auto type) {
      return lattice::evaluate_phi4_flow<decltype(type)>(model, geometry, evaluation, truth.samples, context.seed,
                                                         [&] { return context.stop.requested(); });
    });
    warn_of(config::format_lattice_size(geometry.sizes()), result);
    Record record = evaluation_record(geometry, result, truth);
    record.set("evaluate_seconds", seconds_since(begin));
    logging::info("{}: ESS {:.4f} in {:.1f} s", config::format_lattice_size(geometry.sizes()),
                  result.weights.effective_sample_size().value, seconds_since(begin));
    return {std::move(record), std::move(result)};
  }

  /// One result per lattice; with `keep`, the log-weights go to results.h5.
  void evaluate_sizes(const TaskContext& context, const Phi4FlowModel& model, const std::vector<std::vector<int>>& all,
                      std::int64_t samples, bool keep = true) const {
    context.summary.columns = columns();
    io::Checkpoint weights;
    for (const auto& sizes : all) {
      const Geometry geometry(sizes);
      auto [record, result] = evaluate_on(context, model, geometry, samples, simulate(context, geometry));
      context.summary.results.push_back(std::move(record));
      const std::string name = config::format_lattice_size(sizes);
      weights.set(name + "/log_weights", {result.log_weights.size()}, result.log_weights);
      if (!result.target_log_weights.empty())
        weights.set(name + "/target_log_weights", {result.target_log_weights.size()}, result.target_log_weights);
    }
    if (keep) io::save_checkpoint(context.directory.results(), "flow evaluation", weights);
  }

  FlowOptions options_;
};

}  // namespace

std::unique_ptr<Task> make_flow_task() {
  return std::make_unique<FlowTask>();
}

}  // namespace floe::app
