// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>

#include "config/section.h"
#include "train/batches.h"
#include "train/trainer.h"

namespace floe::train {

/// How a model that gives the next frame of a trajectory is trained and used. The section [rollout].
struct RolloutOptions {
  std::int64_t input_frames = 1;    ///< frames that the model sees
  std::int64_t training_steps = 1;  ///< frames it is applied for in a step of the training; 1: pairs of neighbours
  bool first_window = false;        ///< train from the beginning of each trajectory only, else from every frame
  bool pushforward = false;         ///< gradients and loss of the last of the training steps only
  std::int64_t steps = 0;           ///< frames that are predicted when it is judged; 0: to the end
};
void bind(config::Section& section, RolloutOptions& options);

/// The next frames by a model that maps the last k frames to the one after them:
///
///     next(inputs) -> (batch, field, axes...),   inputs.fields (batch, k field + rest, axes...)
///
/// The channels of inputs.fields are the frames, oldest first, each with all its fields, and after them what does not
/// change with time; the frame that was predicted last takes the place of the oldest. Everything is in its own units:
/// `next` normalises and undoes it. Returns (batch, steps, field, axes...). Throws ShapeError where the frames do not
/// fit into the channels.
torch::Tensor rollout(const Forward& next, const Inputs& start, std::int64_t input_frames, std::int64_t steps);

/// What the trainer calls for a rollout of inputs.steps frames: one row for each frame, (batch steps, field, axes...),
/// the frames of a sample one after another, as RolloutWindows gives the targets. With `pushforward` and gradients
/// (training) all frames but the last are made without gradients and left out (Brandstetter, Worrall, Welling, arXiv
/// 2202.03376): (batch, field, axes...).
Forward rollout_forward(Forward next, const RolloutOptions& options);

/// Parts of trajectories as samples of a rollout. The trajectories are samples whose outputs are all their frames,
/// (batch, frame, field, axes...), and whose inputs.fields, if there are any, do not change with time. A window from
/// frame s on has
///
///     inputs.fields (batch, k field + rest, axes...)   the frames s, ..., s + k - 1, then what does not change
///     outputs       (batch steps, field, axes...)      the frames s + k, ..., s + k + steps - 1
///     inputs.steps  steps
///
/// with only the last of the frames in the outputs for pushforward. Window w is from frame w % starts of trajectory
/// w / starts. A mask must be one for all samples, or as the frames with one field.
class RolloutWindows final : public Batches {
 public:
  /// Windows for the training.
  static RolloutWindows training(std::shared_ptr<const Batches> trajectories, std::int64_t frames,
                                 const RolloutOptions& options);
  /// The window from the first frame of each trajectory over options.steps, to watch the training by.
  static RolloutWindows whole(std::shared_ptr<const Batches> trajectories, std::int64_t frames,
                              const RolloutOptions& options);

  std::int64_t count() const override { return trajectories_->count() * starts_; }
  Examples batch(std::span<const std::int64_t> samples) const override;
  int ahead() const override { return trajectories_->ahead(); }
  std::int64_t steps() const { return steps_; }

 private:
  RolloutWindows(std::shared_ptr<const Batches> trajectories, std::int64_t frames, std::int64_t input_frames,
                 std::int64_t steps, bool first_only, bool last_only);

  std::shared_ptr<const Batches> trajectories_;
  std::int64_t input_frames_;
  std::int64_t steps_;
  std::int64_t starts_;
  bool last_only_;
};

/// Errors of frames (batch, step, field, axes...) against the true ones.
struct RolloutErrors {
  torch::Tensor per_step{};  ///< relative L2 error of each frame, (batch, step)
  torch::Tensor whole{};     ///< of all frames of a sample together, (batch)
};
RolloutErrors rollout_errors(const torch::Tensor& frames, const torch::Tensor& truth);

}  // namespace floe::train
