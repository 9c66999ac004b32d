// SPDX-License-Identifier: MIT
#include "app/tasks/operator_task_torch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "app/tasks/operator_data_torch.h"
#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "io/csv.h"
#include "io/dataset.h"
#include "train/module_state.h"
#include "train/permutation.h"

namespace floe::app {
namespace {

using operators::Operator;
using torch::Tensor;
using train::Examples;

constexpr std::string_view checkpoint_kind = "operator";

struct TransferOptions {
  std::string load;
  std::vector<std::string> freeze;
};

/// Everything that training and judging need: the model with its normalisers and, while training, the samples.
struct Session {
  OperatorData training{};
  OperatorData validation{};
  OperatorData test{};
  std::shared_ptr<Operator> model{};
  train::Normalisers normalisers{};

  train::Forward forward() const {
    return [this](const train::Inputs& inputs) { return normalisers.outputs.decode((*model)(inputs)); };
  }
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The samples of a model's data by their numbers.
OperatorData part_of(const OperatorData& data, const std::vector<std::int64_t>& numbers) {
  OperatorData part = data;
  part.examples = data.examples.select(torch::tensor(numbers, torch::kLong));
  return part;
}

constexpr std::array<const char*, 5> number_names{"axes", "input fields", "channels of context values", "parameters",
                                                  "output channels"};

/// What data must have in common with the training data, in the order of number_names.
std::vector<std::int64_t> numbers_of(const operators::DataShape& shape) {
  return {shape.dimension, shape.field_channels, shape.value_channels, shape.parameters, shape.out_channels};
}

/// Throws DataError for data that the model of a checkpoint does not take.
void require_same_numbers(const io::Checkpoint& state, const operators::DataShape& shape, const std::string& data) {
  const std::vector<std::int64_t>& trained = state.get<std::int64_t>("run/channels");
  const std::vector<std::int64_t> given = numbers_of(shape);
  for (std::size_t i = 0; i < given.size() && i < trained.size(); ++i) {
    if (given[i] == trained[i]) continue;
    throw DataError(fmt::format("{} has {} {} (the model was trained with {}); give data of the same fields", data,
                                given[i], number_names[i], trained[i]));
  }
}

class OperatorTask final : public Task {
 public:
  void bind(config::Section& root) override {
    root.table("data", data_, "training and test samples");
    root.table("model", choice_, "the model");
    config::Section section = root.enter("train", "how the model is trained");
    floe::train::bind(section, train_);
    section.choice("precision", precision_, {{"float32", torch::kFloat}, {"float64", torch::kDouble}},
                   "of the parameters and the samples");
    section.key("checkpoint_seconds", checkpoint_seconds_, "between two checkpoints", config::positive());
    config::Section transfer = root.enter("transfer", "what is taken over from another run");
    transfer.key("load", transfer_.load, "a run directory whose parameters are the first ones; empty: fresh ones");
    transfer.key("freeze", transfer_.freeze, "parameters that are not trained, by the beginnings of their names");
  }

  void validate() const override {
    data_.validate();
    choice_.model->validate();
    if (train_.symmetry != train::SymmetryKind::none && data_.normalise_inputs == train::NormaliserKind::per_point) {
      throw ConfigError(
          "train.symmetry does not go with data.normalise_inputs = \"per_point\" (moments of points are not the "
          "same for a reflected field); choose \"per_channel\"");
    }
    if (train_.patience > 0 && data_.validation_samples == 0) {
      throw ConfigError(
          "train.patience needs a validation error (no samples are set aside for it); give "
          "data.validation_samples");
    }
  }

  std::vector<std::string> plan() const override {
    return {fmt::format("trains {} for {} epochs on {}", choice_.kind, train_.epochs,
                        data_.train.generated ? "generated samples of " + data_.train.problem_name : data_.train.path)};
  }

  Ending run(const TaskContext& context) override;
  Ending sample(const TaskContext&, const SampleRequest&) override {
    throw ConfigError("a trained operator has nothing to sample (it maps inputs to outputs); use floe predict");
  }
  Ending evaluate(const TaskContext& context, const EvaluateRequest& request) override;
  Ending predict(const TaskContext& context, const PredictRequest& request) override;

 private:
  bool load_data(const TaskContext& context, Session& session) const;
  void make_model(Session& session, const operators::DataShape& shape, std::uint64_t seed) const;
  void normalise(Session& session) const;
  void transfer_parameters(Session& session) const;
  train::Trainer::Ending train_model(const TaskContext& context, Session& session, double& seconds) const;
  Record judge(const Session& session, const OperatorData& data, const std::string& name) const;
  Session restore(const TaskContext& context, const io::Source& source, const std::string& name,
                  std::optional<double>& seconds) const;
  std::filesystem::path checkpoint(const TaskContext& context) const {
    return context.directory.checkpoint("operator");
  }

  OperatorDataOptions data_;
  operators::ModelChoice choice_;
  train::TrainOptions train_;
  torch::ScalarType precision_ = torch::kFloat;
  double checkpoint_seconds_ = 60;
  TransferOptions transfer_;
};

/// False when generating was stopped.
bool OperatorTask::load_data(const TaskContext& context, Session& session) const {
  const std::string train_path = provide_data(data_.train, "train", context);
  if (train_path.empty()) return false;
  const std::string test_path = provide_data(data_.test, "test", context);
  if (data_.test.generated && test_path.empty()) return false;

  const std::unique_ptr<io::Source> source = open_data(train_path, data_);
  const auto available = static_cast<std::int64_t>(source->samples());
  const std::int64_t aside = data_.validation_samples + (test_path.empty() ? data_.test_samples : 0);
  const std::int64_t wanted = data_.train_samples > 0 ? data_.train_samples : available - aside;
  if (wanted < 1 || wanted + aside > available) {
    throw ConfigError(fmt::format("{} has {} samples ({} for training and {} set aside are wanted); ask for fewer",
                                  train_path, available, std::max<std::int64_t>(wanted, 1), aside));
  }
  const OperatorData all = read_data(*source, data_, precision_, 0, source->samples());
  const std::vector<std::int64_t> order = train::permutation(available, context.seed, "split", 0);
  const auto take = [&](std::int64_t first, std::int64_t count) {
    return part_of(all, std::vector<std::int64_t>(order.begin() + first, order.begin() + first + count));
  };
  session.training = take(0, wanted);
  session.validation = take(wanted, data_.validation_samples);
  if (test_path.empty()) {
    session.test = take(wanted + data_.validation_samples, data_.test_samples);
  } else {
    const std::unique_ptr<io::Source> test = open_data(test_path, data_);
    const std::size_t count = data_.test_samples > 0
                                  ? std::min(test->samples(), static_cast<std::size_t>(data_.test_samples))
                                  : test->samples();
    session.test = read_data(*test, data_, precision_, 0, count);
  }
  return true;
}

void OperatorTask::make_model(Session& session, const operators::DataShape& shape, std::uint64_t seed) const {
  torch::manual_seed(seed);
  session.model = choice_.model->make(shape);
  session.model->to(precision_);
}

void OperatorTask::normalise(Session& session) const {
  using train::Normaliser;
  using train::NormaliserKind;
  const Examples& examples = session.training.examples;
  const train::Inputs& inputs = examples.inputs;
  const Tensor points_mask = inputs.mask.defined() ? inputs.mask.unsqueeze(2) : Tensor();
  if (inputs.fields.defined()) {
    session.normalisers.fields = Normaliser(data_.normalise_inputs, inputs.fields, false);
    if (session.training.mask_channel)
      session.normalisers.fields.exempt(*session.training.mask_channel, inputs.fields.size(1));
  }
  if (inputs.parameters.defined() && data_.normalise_parameters)
    session.normalisers.parameters = Normaliser(NormaliserKind::per_channel, inputs.parameters, false);
  if (inputs.values.defined())
    session.normalisers.values = Normaliser(data_.normalise_inputs, inputs.values, true, points_mask);
  if (data_.normalise_positions) session.normalisers.positions = train::position_normaliser(inputs, examples.mask);
  // Outputs at positions that all samples share are on a grid as far as moments per point go.
  const bool per_point = data_.normalise_outputs == NormaliserKind::per_point && session.training.shared_queries();
  session.normalisers.outputs = Normaliser(data_.normalise_outputs, examples.outputs,
                                           session.training.channels_last && !per_point, examples.mask);
}

void OperatorTask::transfer_parameters(Session& session) const {
  if (!transfer_.load.empty()) {
    const auto path = RunDirectory::open(transfer_.load).checkpoint("operator");
    const io::Checkpoint state = io::load_checkpoint(path, checkpoint_kind);
    train::load_tensors(state, "model/", train::named_tensors(*session.model), path.string());
    session.normalisers = train::Normalisers::load(state);
  }
  for (const std::string& prefix : transfer_.freeze) {
    bool any = false;
    for (const auto& item : session.model->named_parameters()) {
      if (!item.key().starts_with(prefix)) continue;
      Tensor(item.value()).set_requires_grad(false);
      any = true;
    }
    if (!any) {
      std::vector<std::string> names;
      for (const auto& item : session.model->named_parameters()) names.push_back(item.key());
      throw ConfigError(
          fmt::format("transfer.freeze holds \"{}\" (no parameter of the model begins so); its parameters are {}",
                      prefix, fmt::join(names, ", ")));
    }
  }
}

train::Trainer::Ending OperatorTask::train_model(const TaskContext& context, Session& session, double& seconds) const {
  train::Trainer trainer(*session.model, session.forward(), train_, context.seed);
  const std::filesystem::path path = checkpoint(context);
  std::size_t rows = 0;
  double before = 0;
  if (std::filesystem::exists(path) || std::filesystem::exists(io::previous_checkpoint(path))) {
    const io::Checkpoint state = io::load_checkpoint(path, checkpoint_kind);
    trainer.restore(state, path.string());
    session.normalisers = train::Normalisers::load(state);
    rows = static_cast<std::size_t>(state.get<std::int64_t>("run/rows").at(0));
    before = state.get<double>("run/seconds").at(0);
    logging::info("goes on after epoch {}, step {}", trainer.epoch(), trainer.step());
  } else {
    session.model->prepare(session.normalisers.encode(session.training.examples.inputs),
                           session.normalisers.outputs.encode(session.training.examples.outputs));
  }
  io::CsvWriter metrics = io::CsvWriter::resume(
      context.directory.metrics(), {"epoch", "step", "learning_rate", "loss", "validation", "seconds"}, rows);
  const auto start = std::chrono::steady_clock::now();
  auto saved = start;
  const auto save = [&] {
    seconds = before + seconds_since(start);
    io::Checkpoint state = trainer.state();
    session.normalisers.save(state);
    state.set("run/rows", {1}, std::vector<std::int64_t>{static_cast<std::int64_t>(metrics.rows())});
    state.set("run/seconds", {1}, std::vector<double>{seconds});
    const operators::DataShape& shape = session.training.shape;
    if (!shape.grid.empty()) state.set("run/grid", {shape.grid.size()}, shape.grid);
    const std::vector<std::int64_t> numbers = numbers_of(shape);
    state.set("run/channels", {numbers.size()}, numbers);
    state.attributes["config"] = context.config_text;
    io::save_checkpoint(path, checkpoint_kind, state);
    saved = std::chrono::steady_clock::now();
  };
  const auto encoded = [&](const OperatorData& data, bool masked) {
    Examples examples = data.examples;
    if (!masked) examples.mask = Tensor();
    examples.inputs = session.normalisers.encode(examples.inputs);
    return train::MemoryBatches(std::move(examples));
  };
  const train::MemoryBatches samples = encoded(session.training, data_.mask_loss);
  const train::MemoryBatches validation =
      session.validation.examples.count() > 0 ? encoded(session.validation, true) : train::MemoryBatches();
  const std::int64_t steps = (samples.count() + train_.batch_size - 1) / train_.batch_size;
  Progress progress("training", train_.epochs * steps, {.already_done = trainer.step()});
  train::Trainer::Ending ending;
  try {
    ending =
        trainer.run(samples, validation,
                    {.stop = [&] { return context.stop.requested(); },
                     .epoch =
                         [&](const train::EpochRow& row) {
                           metrics.row({row.epoch, row.step, row.learning_rate, row.loss, row.validation, row.seconds});
                           progress.metric("loss", row.loss);
                           if (std::isfinite(row.validation)) progress.metric("validation", row.validation);
                         },
                     .step =
                         [&](double) {
                           progress.tick();
                           if (seconds_since(saved) > checkpoint_seconds_) save();
                         }});
  } catch (const NumericalError&) {
    save();
    throw;
  }
  save();
  return ending;
}

Record OperatorTask::judge(const Session& session, const OperatorData& data, const std::string& name) const {
  const torch::NoGradGuard guard;
  session.model->eval();
  std::vector<std::pair<std::string, double>> sums;
  train::GlobalRelativeL2 global;
  double squares = 0;
  double worst = 0;
  const std::int64_t count = data.examples.count();
  for (std::int64_t first = 0; first < count; first += train_.batch_size) {
    const Examples batch = data.examples.narrow(first, std::min(train_.batch_size, count - first));
    const Tensor prediction = session.forward()(session.normalisers.encode(batch.inputs));
    const auto found = train::measures(prediction, batch.outputs, batch.mask, batch.geometry);
    global.add(prediction, batch.outputs, batch.mask);
    if (sums.empty()) {
      for (const auto& [label, values] : found) sums.emplace_back(label, 0.0);
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
      const Tensor values = found[i].second.to(torch::kDouble);
      sums[i].second += values.sum().item<double>();
      if (found[i].first == "relative_l2") {
        squares += values.pow(2).sum().item<double>();
        worst = std::max(worst, values.max().item<double>());
      }
    }
  }
  const auto n = static_cast<double>(count);
  Record record;
  record.set("model", choice_.kind);
  record.set("data", name);
  record.set("resolution", std::vector<int>(data.output_grid.begin(), data.output_grid.end()));
  record.set("samples", count);
  record.set("parameters", session.model->parameter_count());
  for (const auto& [label, sum] : sums) {
    record.set(label, sum / n);
    if (label == "relative_l2") {
      const double mean = sum / n;
      record.set("relative_l2_error",
                 count > 1 ? Value(std::sqrt(std::max(0.0, squares / n - mean * mean) / (n - 1))) : Value{});
      record.set("relative_l2_worst", worst);
      record.set("relative_l2_global", global.value());
    }
  }
  return record;
}

Ending OperatorTask::run(const TaskContext& context) {
  Session session;
  if (!load_data(context, session)) return Ending::stopped;
  make_model(session, session.training.shape, context.seed);
  normalise(session);
  transfer_parameters(session);
  logging::info("{} with {} parameters: {}", choice_.kind, session.model->parameter_count(),
                session.model->signature().text());
  double seconds = 0;
  if (train_model(context, session, seconds) == train::Trainer::Ending::stopped) return Ending::stopped;
  Record record = judge(session, session.test, "test");
  record.set("train_seconds", seconds);
  context.summary.results.push_back(std::move(record));
  context.summary.columns = {"model",      "data",          "resolution",  "samples",
                             "parameters", "train_seconds", "relative_l2", "rmse"};
  context.summary.details.set("train_samples", session.training.examples.count());
  return Ending::complete;
}

Session OperatorTask::restore(const TaskContext& context, const io::Source& source, const std::string& name,
                              std::optional<double>& seconds) const {
  const std::filesystem::path path = checkpoint(context);
  const io::Checkpoint state = io::load_checkpoint(path, checkpoint_kind);
  Session session;
  // The model is made for the training data: its grid may differ from that of the new ones.
  const std::vector<std::int64_t>& grid =
      state.tensors.contains("run/grid") ? state.get<std::int64_t>("run/grid") : std::vector<std::int64_t>{};
  OperatorData first = read_data(source, data_, precision_, 0, 1);
  require_same_numbers(state, first.shape, name);
  if (!grid.empty()) first.shape.grid = grid;
  make_model(session, first.shape, context.seed);
  train::load_tensors(state, "model/", train::named_tensors(*session.model), path.string());
  session.normalisers = train::Normalisers::load(state);
  session.model->eval();
  seconds = state.get<double>("run/seconds").at(0);
  return session;
}

Ending OperatorTask::evaluate(const TaskContext& context, const EvaluateRequest& request) {
  if (!request.sizes.empty()) {
    throw ConfigError(
        "a trained operator is not evaluated by --size (it needs the true outputs on that grid); give files "
        "with --data");
  }
  std::vector<std::string> paths;
  for (const std::filesystem::path& path : request.data) paths.push_back(path.string());
  if (paths.empty()) {
    const std::string test = provide_data(data_.test, "test", context);
    if (data_.test.generated && test.empty()) return Ending::stopped;
    if (test.empty()) {
      throw ConfigError(
          "there is no test file to evaluate on (the test samples were set aside from the training file); "
          "give files with --data");
    }
    paths.push_back(test);
  }
  for (const std::string& path : paths) {
    const std::unique_ptr<io::Source> source = open_data(path, data_);
    std::optional<double> seconds;
    const Session session = restore(context, *source, path, seconds);
    const std::size_t count = request.samples > 0
                                  ? std::min(source->samples(), static_cast<std::size_t>(request.samples))
                                  : source->samples();
    const OperatorData data = read_data(*source, data_, precision_, 0, count);
    Record record = judge(session, data, path);
    if (seconds) record.set("train_seconds", *seconds);
    context.summary.results.push_back(std::move(record));
    if (context.stop.requested()) return Ending::stopped;
  }
  context.summary.columns = {"model", "data", "resolution", "samples", "relative_l2", "rmse"};
  return Ending::complete;
}

Ending OperatorTask::predict(const TaskContext& context, const PredictRequest& request) {
  const std::unique_ptr<io::Source> source = open_data(request.data.string(), data_);
  std::optional<double> seconds;
  const Session session = restore(context, *source, request.data.string(), seconds);

  io::DatasetDescription description = source->description();
  const io::ElementType type = precision_ == torch::kFloat ? io::ElementType::float32 : io::ElementType::float64;
  const std::vector<io::Field> truth = description.outputs;
  description.title = fmt::format("{} applied to {}", choice_.kind, request.data.string());
  description.generator = "floe predict";
  description.provenance = io::make_provenance(context.command_line, context.config_text);
  for (io::Field& field : description.inputs) field.type = type;
  for (io::Field& field : description.outputs) field.type = type;
  for (const io::Field& field : truth) {
    io::Field error = field;
    error.name += "_error";
    error.type = type;
    error.long_name = "prediction minus data";
    description.outputs.push_back(error);
  }
  description.parameters = {{.name = "relative_l2", .long_name = "relative L2 error of the sample"}};

  const std::size_t samples = source->samples();
  io::DatasetWriter writer(request.output, description, {.expected_samples = samples});
  const torch::NoGradGuard guard;
  const auto batch_size = static_cast<std::size_t>(train_.batch_size);
  for (std::size_t first = 0; first < samples; first += batch_size) {
    if (context.stop.requested()) return Ending::stopped;
    const std::size_t count = std::min(batch_size, samples - first);
    const OperatorData data = read_data(*source, data_, precision_, first, count);
    const Tensor prediction = session.forward()(session.normalisers.encode(data.examples.inputs));
    const Tensor difference = prediction - data.examples.outputs;
    const Tensor errors = train::relative_l2_errors(prediction, data.examples.outputs, data.examples.mask)
                              .to(torch::kDouble)
                              .contiguous();
    std::vector<Tensor> kept;
    std::vector<io::Column> columns;
    const auto add = [&](const std::string& path, const Tensor& tensor) {
      kept.push_back(tensor.contiguous());
      const auto size = static_cast<std::size_t>(kept.back().numel());
      if (precision_ == torch::kFloat) {
        columns.push_back({path, std::span<const float>(kept.back().data_ptr<float>(), size)});
      } else {
        columns.push_back({path, std::span<const double>(kept.back().data_ptr<double>(), size)});
      }
    };
    const auto channel = [&](const Tensor& tensor, std::size_t index) {
      return tensor.select(data.channels_last ? 2 : 1, static_cast<std::int64_t>(index));
    };
    for (std::size_t i = 0; i < truth.size(); ++i) {
      const bool all = data.channels_last && truth.size() == 1;
      add("outputs/" + truth[i].name, all ? prediction : channel(prediction, i));
      add("outputs/" + truth[i].name + "_error", all ? difference : channel(difference, i));
    }
    for (const io::Field& field : description.inputs) {
      const std::string path = "inputs/" + field.name;
      add(path, read_array(*source, path, description.sample_shape(field), precision_, first, count));
    }
    columns.push_back({"parameters/relative_l2", std::span<const double>(errors.data_ptr<double>(), count)});
    writer.append(count, columns);
  }
  writer.finalise();
  Record record;
  record.set("model", choice_.kind).set("data", request.data.string()).set("samples", samples);
  record.set("written", request.output.string());
  context.summary.results.push_back(std::move(record));
  return Ending::complete;
}

}  // namespace

std::unique_ptr<Task> make_operator_task() {
  return std::make_unique<OperatorTask>();
}

}  // namespace floe::app
