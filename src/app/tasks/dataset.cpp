// SPDX-License-Identifier: MIT
#include "app/tasks/dataset.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <optional>

#include "app/tasks/dataset_config.h"
#include "base/error.h"
#include "io/dataset.h"
#include "io/inspect.h"
#include "io/xdmf.h"
#include "parallel/communicator.h"
#include "pde/generate.h"
#include "pde/registry.h"

namespace floe::app {
namespace {

struct FileOptions {
  std::string name;
  std::uint64_t count = 1000;
  std::optional<int> seed{};
};

/// The keys of every problem; only those of the chosen one are legal.
std::unique_ptr<pde::Problem> bind_problem(config::Section section, std::string& kind) {
  section.choice("kind", kind, pde::problem_names(), "what is solved");
  std::unique_ptr<pde::Problem> chosen;
  for (const std::string& name : pde::problem_names()) {
    std::unique_ptr<pde::Problem> problem = pde::make_problem(name);
    section.when(name == kind, fmt::format("kind = \"{}\"", name), [&] { problem->bind(section); });
    if (name == kind) chosen = std::move(problem);
  }
  return chosen;
}

class DatasetTask final : public Task {
 public:
  void bind(config::Section& root) override {
    dataset_.problem = bind_problem(root.enter("problem", "what is solved, and how"), dataset_.problem_name);
    config::Section output = root.enter("output", "what is written");
    output.choice("precision", dataset_.options.precision,
                  {{"float32", io::ElementType::float32}, {"float64", io::ElementType::float64}},
                  "of the fields in the files; solvers compute in float64");
    output.key("deflate", dataset_.options.deflate, "compression, 0 (none) to 9", config::between(0, 9));
    output.key("xdmf", xdmf_, "write an XDMF file beside each dataset, for ParaView");
    config::Section files = root.enter("files", "one table for each file, which is named after it");
    std::vector<std::string> names = files.table_names();
    if (names.empty()) names = {"train"};
    for (const std::string& name : names) {
      FileOptions file{.name = name};
      config::Section section = files.enter(name, "a file");
      section.key("count", file.count, "samples", config::at_least(1));
      section.key("seed", file.seed, "that of the experiment, plus the number of the file if left out",
                  config::at_least(0));
      files_.push_back(file);
    }
  }

  void validate() const override {
    dataset_.problem->validate();
    for (const FileOptions& file : files_) {
      if (file.name.find('/') != std::string::npos) {
        throw ConfigError(fmt::format("files.\"{}\" is no name of a file (it has a '/'); choose another", file.name));
      }
      if (file.count > dataset_.problem->sample_limit()) {
        throw ConfigError(fmt::format("files.{}.count = {} is too many ({} has {} different samples); ask for fewer",
                                      file.name, file.count, dataset_.problem_name, dataset_.problem->sample_limit()));
      }
    }
    check_seeds(std::nullopt);
  }

  bool collective() const override { return true; }

  std::vector<std::string> plan() const override {
    std::vector<std::string> lines;
    for (const FileOptions& file : files_) {
      pde::GenerateOptions options = dataset_.options;
      options.count = file.count;
      lines.push_back(fmt::format("{}.h5: {} samples of {}, {:.3g} MB before compression", file.name, file.count,
                                  dataset_.problem_name, dataset_bytes(*dataset_.problem, options) * 1e-6));
    }
    return lines;
  }

  Ending run(const TaskContext& context) override {
    check_seeds(context.seed);
    context.summary.columns = {"file", "problem", "samples", "seconds", "seconds_per_sample"};
    for (std::size_t i = 0; i < files_.size(); ++i) {
      dataset_.options.count = files_[i].count;
      dataset_.options.seed = *seed(i, context.seed);
      const std::filesystem::path output = context.directory.path() / (files_[i].name + ".h5");
      const pde::GenerateRequest request{.problem = dataset_.problem_name,
                                         .config = dataset_.text(),
                                         .command_line = context.command_line,
                                         .output = output,
                                         .stop = [&] { return context.stop.requested(); }};
      const pde::GenerateResult result = pde::generate(*dataset_.problem, dataset_.options, request);
      if (result.ending == pde::GenerateResult::Ending::stopped) return Ending::stopped;
      if (parallel::Communicator().root()) context.summary.results.push_back(measure(output, result));
    }
    return Ending::complete;
  }

  Ending sample(const TaskContext&, const SampleRequest&) override {
    throw ConfigError(
        "a run of task = \"dataset\" draws no samples (its files hold them); use floe data generate for more");
  }

  Ending evaluate(const TaskContext&, const EvaluateRequest&) override {
    throw ConfigError(
        "a run of task = \"dataset\" has nothing to evaluate (its files hold samples); use floe data inspect");
  }

 private:
  /// The seed of a file; nothing if it depends on that of the experiment and this is not known.
  std::optional<std::uint64_t> seed(std::size_t file, std::optional<std::uint64_t> of_experiment) const {
    if (files_[file].seed) return static_cast<std::uint64_t>(*files_[file].seed);
    if (of_experiment) return *of_experiment + file;
    return std::nullopt;
  }

  /// Two files of one seed have the same samples, which would make a test set of a training set.
  void check_seeds(std::optional<std::uint64_t> of_experiment) const {
    std::map<std::uint64_t, std::string> known;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      const std::optional<std::uint64_t> here = seed(i, of_experiment);
      if (!here) continue;
      const auto [other, is_new] = known.try_emplace(*here, files_[i].name);
      if (is_new) continue;
      throw ConfigError(
          fmt::format("files.{} and files.{} have the seed {} (their samples would be the same); give one "
                      "of them another seed",
                      other->second, files_[i].name, *here));
    }
  }

  /// One row of the results, and the XDMF file if wanted.
  Record measure(const std::filesystem::path& output, const pde::GenerateResult& result) const {
    const io::DatasetReader reader(output);
    Record record;
    record.set("file", output.filename().string()).set("problem", dataset_.problem_name);
    record.set("samples", reader.samples()).set("seed", reader.description().seed);
    record.set("seconds", result.seconds);
    record.set("seconds_per_sample",
               result.made > 0 ? Value(result.seconds / static_cast<double>(result.made)) : Value());
    const auto add = [&](const std::string& group, const std::vector<io::Field>& fields) {
      for (const io::Field& field : fields) {
        const io::Statistics found = io::statistics(reader.file().root().dataset("/" + group + "/" + field.name));
        record.set(field.name + "_min", found.min).set(field.name + "_max", found.max);
        record.set(field.name + "_mean", found.mean);
      }
    };
    add("inputs", reader.description().inputs);
    add("outputs", reader.description().outputs);
    if (xdmf_) {
      std::filesystem::path sidecar = output;
      io::write_xdmf(output, sidecar.replace_extension(".xdmf"));
    }
    return record;
  }

  DatasetConfig dataset_;
  std::vector<FileOptions> files_;
  bool xdmf_ = false;
};

}  // namespace

std::unique_ptr<Task> make_dataset_task() {
  return std::make_unique<DatasetTask>();
}

}  // namespace floe::app
