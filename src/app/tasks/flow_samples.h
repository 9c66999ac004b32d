// SPDX-License-Identifier: MIT
#pragma once

#include "app/tasks/task.h"
#include "flow/evaluation.h"
#include "io/ensemble.h"

namespace floe::app {

/// Draws request.count samples on all threads and writes them with their log-weights to a floe-dataset. `info` says
/// what they are samples of: sizes, action and its parameters. Throws flow::TrainingStopped when a stop is requested.
template <class T>
void write_flow_samples(const TaskContext& context, const SampleRequest& request, io::EnsembleInfo info,
                        const flow::Samplers<T>& samplers);

extern template void write_flow_samples(const TaskContext&, const SampleRequest&, io::EnsembleInfo,
                                        const flow::Samplers<float>&);
extern template void write_flow_samples(const TaskContext&, const SampleRequest&, io::EnsembleInfo,
                                        const flow::Samplers<double>&);

}  // namespace floe::app
