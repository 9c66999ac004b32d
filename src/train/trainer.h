// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <string>

#include "config/section.h"
#include "io/checkpoint.h"
#include "train/batches.h"
#include "train/loader.h"
#include "train/loss.h"
#include "train/mixed_precision.h"
#include "train/module_state.h"
#include "train/optimiser.h"
#include "train/schedule.h"
#include "train/symmetry.h"

namespace floe::train {

struct TrainOptions {
  OptimiserOptions optimiser{};
  ScheduleOptions schedule{};
  LossOptions loss{};
  std::int64_t epochs = 100;
  std::int64_t batch_size = 8;
  SymmetryKind symmetry = SymmetryKind::none;  ///< what each step does to its batch
  double clip = 0;                             ///< largest norm of the gradient; 0: no limit
  double averaging = 0;                        ///< decay of the average of the parameters that is evaluated; 0: none
  std::int64_t patience = 0;                   ///< epochs without a better validation error before it stops; 0: never
  bool keep_best = false;                      ///< end with the parameters of the best validation error
  torch::DeviceType device = torch::kCPU;
  MixedPrecision mixed_precision = MixedPrecision::none;

  /// Throws ConfigError, also where there is no device of that kind.
  void validate() const;
};
void bind(config::Section& section, TrainOptions& options);

/// One row of the table of training.
struct EpochRow {
  std::int64_t epoch = 0;  ///< finished epochs
  std::int64_t step = 0;   ///< finished steps
  double learning_rate = 0;
  double loss = 0;        ///< mean over the samples of the epoch, each before the step it belongs to
  double validation = 0;  ///< relative L2 error of the validation samples, or NaN if there are none
  double seconds = 0;     ///< of this epoch in this session
};

/// The answer of the model in its own units to inputs as it sees them.
using Forward = std::function<torch::Tensor(const Inputs&)>;

/// The mean over samples of the relative L2 error, without gradients, computed on the device.
double relative_l2(const Forward& forward, const Batches& samples, std::int64_t batch_size,
                   torch::Device device = torch::kCPU);

/// The loop for every model: minimises the loss over batches in an order that depends on the seed and the epoch only;
/// lbfgs takes all samples for each of its steps, in their own order and piece by piece, and its epoch is one step.
/// What a model draws at random (dropout) depends on seed and step. A training that was restored from state() at any
/// step goes on to the same parameters, bit for bit with as many threads.
class Trainer final {
 public:
  enum class Ending { complete, stopped };
  struct Hooks {
    std::function<bool()> stop{};                  ///< asked after every step
    std::function<void(const EpochRow&)> epoch{};  ///< after every epoch
    std::function<void(double loss)> step{};       ///< after every step
  };

  /// Parameters of the module that need no gradient are left as they are. The module is moved to the device, inputs
  /// and targets follow batch by batch. A module without parameters is trained when it is made; one that is frozen
  /// altogether is a ConfigError.
  Trainer(torch::nn::Module& module, Forward forward, const TrainOptions& options, std::uint64_t seed);

  /// Trains to the end, or until stop() says so. Throws ConfigError if there are no samples, NumericalError, naming
  /// step and loss, when loss or gradient are not finite; the parameters are then those before that step.
  Ending run(const Batches& train, const Batches& validation, const Hooks& hooks);

  /// Steps of one pass over so many samples.
  std::int64_t steps_per_epoch(std::int64_t samples) const;
  std::int64_t step() const { return optimiser_.steps(); }
  std::int64_t epoch() const { return epoch_; }

  /// Parameters, buffers, optimiser, averages, the best parameters and where it is.
  io::Checkpoint state() const;
  /// Throws DataError for the state of another model or optimiser; `source` names the file in the message.
  void restore(const io::Checkpoint& state, std::string_view source);

 private:
  torch::Device device() const { return torch::Device(options_.device); }
  bool whole_set() const { return options_.optimiser.kind == OptimiserKind::lbfgs; }
  double backward(const Examples& batch, double weight);
  double train_step(const Examples& batch, double factor);
  double whole_set_step(const Batches& train);
  void draw_from(std::int64_t step) const;
  void average();
  double validate(const Batches& validation);
  void exchange(NamedTensors& with);
  Ending train_epoch(const Batches& train, const Hooks& hooks);
  void finish_epoch(const Batches& validation, const Hooks& hooks, EpochRow row);

  torch::nn::Module& module_;
  Forward forward_;
  TrainOptions options_;
  std::uint64_t seed_;
  Optimiser optimiser_;
  LossScale scale_;
  NamedTensors averages_;
  NamedTensors best_;
  std::int64_t epoch_ = 0;
  std::int64_t position_ = 0;  ///< samples of the epoch that were used
  double loss_sum_ = 0;
  double best_error_;
  std::int64_t waited_ = 0;
  bool finished_ = false;
  bool converged_ = false;
};

}  // namespace floe::train
