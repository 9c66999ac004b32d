// SPDX-License-Identifier: MIT
#include "train/rollout.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace floe::train {

using torch::Tensor;

namespace {

/// The frames and what does not change with time, as the channels that the model sees.
Tensor channels(const Tensor& frames, const Tensor& rest) {
  const Tensor stacked = frames.flatten(1, 2);
  return rest.defined() ? torch::cat({stacked, rest}, 1) : stacked;
}

/// The inputs after `frame` was predicted.
Inputs advance(const Inputs& inputs, const Tensor& frame, std::int64_t input_frames) {
  const std::int64_t fields = frame.size(1);
  const std::int64_t all = inputs.fields.size(1);
  if (frame.sizes().slice(2) != inputs.fields.sizes().slice(2) || input_frames * fields > all) {
    throw ShapeError(fmt::format(
        "a frame of shape {} cannot be put in the place of one of the {} frames in fields of shape {} (their "
        "channels are the frames and what does not change with time); check rollout.input_frames and the "
        "fields of the data",
        shape_text(frame), input_frames, shape_text(inputs.fields)));
  }
  Inputs next = inputs;
  next.fields = torch::cat({inputs.fields.narrow(1, fields, (input_frames - 1) * fields), frame,
                            inputs.fields.narrow(1, input_frames * fields, all - input_frames * fields)},
                           1);
  return next;
}

}  // namespace

void bind(config::Section& section, RolloutOptions& options) {
  section.key("input_frames", options.input_frames, "frames of a trajectory that the model sees", config::positive());
  section.key("training_steps", options.training_steps,
              "frames that the model is applied for in a step of the training; 1: pairs of neighbours",
              config::positive());
  section.key("first_window", options.first_window,
              "whether it is trained from the beginning of each trajectory only, else from every frame");
  section.when(options.training_steps > 1, "training_steps > 1", [&] {
    section.key("pushforward", options.pushforward, "gradients and loss of the last of the training steps only");
  });
  section.key("steps", options.steps, "frames that are predicted when the model is judged; 0: to the end",
              config::at_least(0));
}

Tensor rollout(const Forward& next, const Inputs& start, std::int64_t input_frames, std::int64_t steps) {
  Inputs inputs = start;
  std::vector<Tensor> frames;
  for (std::int64_t step = 0; step < steps; ++step) {
    frames.push_back(next(inputs));
    if (step + 1 < steps) inputs = advance(inputs, frames.back(), input_frames);
  }
  return torch::stack(frames, 1);
}

Forward rollout_forward(Forward next, const RolloutOptions& options) {
  return [next = std::move(next), k = options.input_frames, pushforward = options.pushforward](const Inputs& inputs) {
    if (!pushforward || !torch::GradMode::is_enabled()) return rollout(next, inputs, k, inputs.steps).flatten(0, 1);
    Inputs last = inputs;
    for (std::int64_t step = 1; step < inputs.steps; ++step) {
      const torch::NoGradGuard guard;
      last = advance(last, next(last), k);
    }
    return next(last);
  };
}

RolloutWindows::RolloutWindows(std::shared_ptr<const Batches> trajectories, std::int64_t frames,
                               std::int64_t input_frames, std::int64_t steps, bool first_only, bool last_only)
    : trajectories_(std::move(trajectories)),
      input_frames_(input_frames),
      steps_(steps),
      starts_(first_only ? 1 : frames - input_frames - steps + 1),
      last_only_(last_only) {
  if (steps_ < 1 || frames < input_frames + steps) {
    throw ConfigError(fmt::format(
        "trajectories of {} frames are too short for {} frames in and {} predicted (that takes {}); take "
        "fewer rollout.input_frames or steps",
        frames, input_frames, std::max<std::int64_t>(steps, 1), input_frames + std::max<std::int64_t>(steps, 1)));
  }
}

RolloutWindows RolloutWindows::training(std::shared_ptr<const Batches> trajectories, std::int64_t frames,
                                        const RolloutOptions& options) {
  return {std::move(trajectories), frames,
          options.input_frames,    options.training_steps,
          options.first_window,    options.pushforward && options.training_steps > 1};
}

RolloutWindows RolloutWindows::whole(std::shared_ptr<const Batches> trajectories, std::int64_t frames,
                                     const RolloutOptions& options) {
  const std::int64_t steps = options.steps > 0 ? options.steps : frames - options.input_frames;
  return {std::move(trajectories), frames, options.input_frames, steps, true, false};
}

Examples RolloutWindows::batch(std::span<const std::int64_t> samples) const {
  // Several windows of a trajectory take it once.
  std::vector<std::int64_t> needed;
  for (const std::int64_t sample : samples) needed.push_back(sample / starts_);
  std::sort(needed.begin(), needed.end());
  needed.erase(std::unique(needed.begin(), needed.end()), needed.end());
  const Examples whole = trajectories_->batch(needed);

  std::vector<std::int64_t> rows;
  std::vector<Tensor> frames;
  std::vector<Tensor> targets;
  std::vector<Tensor> masks;
  const std::int64_t skipped = last_only_ ? steps_ - 1 : 0;
  const bool masked = whole.mask.defined() && whole.mask.dim() == whole.outputs.dim();
  for (const std::int64_t sample : samples) {
    const std::int64_t row = std::lower_bound(needed.begin(), needed.end(), sample / starts_) - needed.begin();
    const std::int64_t start = sample % starts_;
    rows.push_back(row);
    frames.push_back(whole.outputs[row].narrow(0, start, input_frames_));
    const auto later = [&](const Tensor& t) {
      return t[row].narrow(0, start + input_frames_ + skipped, steps_ - skipped);
    };
    targets.push_back(later(whole.outputs));
    if (masked) masks.push_back(later(whole.mask));
  }
  Examples windows;
  windows.inputs = whole.inputs.select(torch::tensor(rows, torch::kLong));
  windows.inputs.fields = channels(torch::stack(frames), windows.inputs.fields);
  windows.inputs.steps = steps_;
  windows.outputs = torch::cat(targets);
  windows.mask = masked ? torch::cat(masks) : whole.mask;
  windows.geometry = whole.geometry;
  return windows;
}

RolloutErrors rollout_errors(const Tensor& frames, const Tensor& truth) {
  const Tensor rows = relative_l2_errors(frames.flatten(0, 1), truth.flatten(0, 1));
  return {rows.view({frames.size(0), frames.size(1)}), relative_l2_errors(frames, truth)};
}

}  // namespace floe::train
