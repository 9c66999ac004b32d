// SPDX-License-Identifier: MIT
#include "app/tasks/flow_results.h"

#include <cmath>
#include <cstdint>

#include "base/log.h"

namespace floe::app {

void set_estimate(Record& record, const std::string& name, const flow::Estimate& estimate) {
  record.set(name, estimate.value);
  record.set(name + "_error", estimate.error);
}

void set_evaluation(Record& record, const flow::FlowEvaluation& evaluation, double sites) {
  const flow::ImportanceWeights& weights = evaluation.weights;
  record.set("samples", Value(weights.count()));
  set_estimate(record, "ess", weights.effective_sample_size());
  const bool forward = evaluation.target_weights.count() > 0;
  record.set("forward_ess", Value{});
  record.set("forward_ess_error", Value{});
  if (forward) set_estimate(record, "forward_ess", evaluation.target_weights.effective_sample_size());
  record.set("var_log_weight_per_site", weights.variance_log_weight() / sites);
  set_estimate(record, "log_z", weights.log_z());
  set_estimate(record, "log_z_step_bias", evaluation.step_bias);
  record.set("ess_step_change", evaluation.ess_change);
  set_estimate(record, "elbo", weights.elbo());
  if (forward) set_estimate(record, "eubo", evaluation.target_weights.eubo());
  record.set("bounds_hold", evaluation.bounds_hold());
  record.set("acceptance", evaluation.chain.acceptance);
  record.set("largest_weight_share", weights.largest_share());
  record.set("weight_tail_index", evaluation.tail_index);
  record.set("odd_variance", evaluation.odd_variance);
  for (const auto& [name, estimate] : evaluation.reweighted) set_estimate(record, name, estimate);
  for (const auto& [name, estimate] : evaluation.raw) set_estimate(record, "raw_" + name, estimate);
}

void warn_of(const std::string& name, const flow::FlowEvaluation& evaluation) {
  const flow::ImportanceWeights& weights = evaluation.weights;
  if (evaluation.steps_too_coarse())
    logging::warning(
        "{}: half the step changes log Z by {:.2g}, more than its statistical error {:.2g} allows; raise "
        "evaluate.steps",
        name, evaluation.step_bias.value, weights.log_z().error);
  else if (std::abs(evaluation.ess_change) > 3 * weights.effective_sample_size().error + 1e-3)
    logging::warning("{}: half the step changes the ESS by {:.2g}; raise evaluate.steps", name, evaluation.ess_change);
  if (!evaluation.bounds_hold())
    logging::warning(
        "{}: ELBO <= log Z <= EUBO is violated by more than three errors; the flow misses a part of the "
        "target, or steps are too coarse",
        name);
  if (weights.largest_share() > 0.05)
    logging::warning("{}: one sample carries {:.0f} % of the weight, so errors are not to be trusted; train longer",
                     name, 100 * weights.largest_share());
  if (evaluation.tail_index > 0.7)
    logging::warning(
        "{}: the tail of the weights falls like the power 1/{:.2f}, too slowly for their means and errors; train "
        "longer, or sample with evaluate.updates",
        name, evaluation.tail_index);
  if (evaluation.odd_variance > 0.5 * weights.variance_log_weight() && evaluation.odd_variance > 0.01)
    logging::warning(
        "{}: log-weights differ between x and -x (variance {:.2g} of {:.2g}), though the target does not; the flow "
        "prefers one of two mirrored modes",
        name, evaluation.odd_variance, weights.variance_log_weight());
}

io::CsvWriter open_training_metrics(const std::filesystem::path& path, std::size_t kept) {
  return io::CsvWriter::resume(path,
                               {"stage", "step", "t", "explained_variance", "residual_variance", "validation_variance",
                                "trust", "log_z", "seconds"},
                               kept);
}

void write_row(io::CsvWriter& metrics, const flow::TrainingRecord& record) {
  metrics.row({record.stage, std::int64_t{record.step}, record.time, record.explained, record.residual,
               record.validation, record.trust, record.log_z, record.seconds});
}

}  // namespace floe::app
