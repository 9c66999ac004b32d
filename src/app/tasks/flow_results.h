// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "app/tasks/record.h"
#include "flow/evaluation.h"
#include "flow/least_squares.h"
#include "io/csv.h"

namespace floe::app {

void set_estimate(Record& record, const std::string& name, const flow::Estimate& estimate);

/// What every flow reports of its evaluation, whatever its target; `sites` of one sample.
void set_evaluation(Record& record, const flow::FlowEvaluation& evaluation, double sites);

/// Logs what makes the results of an evaluation doubtful; `name` says of which.
void warn_of(const std::string& name, const flow::FlowEvaluation& evaluation);

/// metrics.csv of a training, continued after the first `kept` rows.
io::CsvWriter open_training_metrics(const std::filesystem::path& path, std::size_t kept);
void write_row(io::CsvWriter& metrics, const flow::TrainingRecord& record);

}  // namespace floe::app
