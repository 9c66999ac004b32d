// SPDX-License-Identifier: MIT
#include "pde/generate.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/parallel_for.h"
#include "base/progress.h"
#include "base/threads.h"
#include "io/dataset.h"
#include "parallel/joint_work.h"
#include "pde/part_folder.h"
#include "pde/sample_block.h"

namespace floe::pde {

namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

std::string bytes_in_words(double bytes) {
  static constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < std::size(units); ++unit) bytes /= 1000;
  return fmt::format("{:.3g} {}", bytes, units[unit]);
}

/// A part is a 64th of the samples, for little is then lost by a kill; but at least 256 kB where that leaves 16 parts,
/// since each costs some milliseconds to bring to disk, and at most 64 MB.
std::uint64_t choose_part(std::uint64_t count, double sample_bytes) {
  const auto samples_of = [&](double bytes) { return static_cast<std::uint64_t>(std::max(1.0, bytes / sample_bytes)); };
  const auto share = [&](std::uint64_t parts) { return (count + parts - 1) / parts; };
  return std::min(std::max(share(64), std::min(samples_of(256e3), share(16))), samples_of(64e6));
}

void check_sizes(const io::DatasetDescription& description, std::uint64_t count, const fs::path& output,
                 std::uint64_t missing) {
  const double sample = stored_bytes_per_sample(description);
  const double memory = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  // Each thread has one sample in float64 and solvers at least as much; the block it goes to is at least one sample.
  if (3 * sample * thread_count() > memory) {
    throw ConfigError(
        fmt::format("a sample takes {} (the machine has {} of memory for {} threads); choose a smaller "
                    "resolution",
                    bytes_in_words(sample), bytes_in_words(memory), thread_count()));
  }
  std::error_code problem;
  const fs::path folder = output.has_parent_path() ? output.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, problem)) throw_io_error("write", output, ENOENT);
  const fs::space_info space = fs::space(folder, problem);
  const double needed = sample * (static_cast<double>(count) + static_cast<double>(missing));
  if (!problem && needed > static_cast<double>(space.available)) {
    throw IoError(fmt::format(
        "'{}' cannot be written ({} samples of {} need {} while they are made, and {} are free there); free some "
        "space, choose another place, or fewer or smaller samples",
        output.string(), count, bytes_in_words(sample), bytes_in_words(needed),
        bytes_in_words(static_cast<double>(space.available))));
  }
}

/// Whether the output is there, complete and the same. Throws ConfigError if it is another one, unless `force`.
bool already_there(const GenerateRequest& request) {
  std::error_code ignored;
  if (!fs::exists(request.output, ignored)) return false;
  if (fs::is_directory(request.output, ignored)) throw_io_error("write", request.output, EISDIR);
  std::string what = "is no dataset";
  try {
    const io::DatasetReader reader(request.output);
    if (reader.description().provenance.config == request.config) return true;
    what = "is another dataset: " + difference(reader.description().provenance.config, request.config);
  } catch (const Error& error) {
    if (request.force) return false;
  }
  if (request.force) return false;
  throw ConfigError(fmt::format("'{}' exists and would be replaced (it {}); say --force, or choose another output",
                                request.output.string(), what));
}

io::DatasetDescription describe_part(io::DatasetDescription description, const GenerateRequest& request) {
  description.provenance = io::make_provenance({}, request.config);
  return description;
}

/// The blocks of samples that are being made: threads ask for the block of a sample, and whoever completes one writes
/// it.
class OpenBlocks final {
 public:
  OpenBlocks(const io::DatasetDescription& description, const fs::path& output)
      : description_(description), output_(output) {}

  void put(SampleRange range, std::uint64_t index, const Sample& sample) {
    const std::shared_ptr<OpenBlock> block = find(range);
    const auto row = static_cast<std::size_t>(index - range.first);
    block->block.set(row, sample);
    {
      const std::scoped_lock lock(mutex_);
      block->done[row] = true;
      if (++block->count < range.size()) return;
      open_.erase(range.first);
    }
    write(*block, 0, block->done.size());
  }

  /// Writes what is finished of the blocks that are not complete.
  void save() {
    for (const auto& [first, block] : open_) {
      const std::vector<bool>& done = block->done;
      for (auto begin = std::find(done.begin(), done.end(), true); begin != done.end();) {
        const auto end = std::find(begin, done.end(), false);
        write(*block, static_cast<std::size_t>(begin - done.begin()), static_cast<std::size_t>(end - done.begin()));
        begin = std::find(end, done.end(), true);
      }
    }
    open_.clear();
  }

 private:
  struct OpenBlock {
    OpenBlock(const io::DatasetDescription& description, SampleRange samples)
        : range(samples), block(description, samples.size()), done(samples.size(), false) {}
    SampleRange range;
    SampleBlock block;
    std::vector<bool> done;
    std::uint64_t count = 0;
  };

  std::shared_ptr<OpenBlock> find(SampleRange range) {
    const std::scoped_lock lock(mutex_);
    auto& block = open_[range.first];
    if (!block) block = std::make_shared<OpenBlock>(description_, range);
    return block;
  }

  void write(const OpenBlock& block, std::size_t begin, std::size_t end) const {
    const SampleRange range{block.range.first + begin, block.range.first + end};
    io::DatasetWriter writer(PartFolder::file(output_, range), description_,
                             {.deflate = 0, .expected_samples = end - begin});
    writer.append(end - begin, block.block.columns(begin, end - begin));
    writer.finalise();
  }

  io::DatasetDescription description_;
  fs::path output_;
  std::mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<OpenBlock>> open_;
};

struct Worker {
  std::unique_ptr<Generator> generator;
  Sample sample;
};

void make_sample(Worker& worker, const std::string& problem, std::uint64_t index, const std::function<void()>& keep) {
  try {
    worker.generator->make(index, worker.sample);
    keep();
  } catch (const NumericalError& error) {
    throw NumericalError(fmt::format("{}, sample {}: {}", problem, index, error.what()));
  }
}

/// Makes the samples of these ranges until it is stopped; returns how many it made.
std::int64_t make_ranges(const Problem& problem, const GenerateOptions& options,
                         const io::DatasetDescription& description, const std::vector<SampleRange>& ranges,
                         const GenerateRequest& request, parallel::JointWork& work,
                         const parallel::Communicator& ranks) {
  std::vector<std::uint64_t> starts{0};
  for (const SampleRange& range : ranges) starts.push_back(starts.back() + range.size());
  const auto count = static_cast<std::int64_t>(starts.back());
  std::optional<Progress> progress;
  if (ranks.size() == 1) {
    const auto all = static_cast<std::int64_t>(options.count);
    progress.emplace(request.problem, all, ProgressOptions{.already_done = all - count});
  } else if (ranks.root()) {
    progress.emplace(fmt::format("{}, part of rank 0 of {}", request.problem, ranks.size()), count);
  }
  OpenBlocks blocks(describe_part(description, request), request.output);
  std::atomic<std::int64_t> made = 0;
  const auto make_worker = [&] { return Worker{problem.make_generator(options.seed), Sample(description)}; };
  const auto body = [&](Worker& worker, std::int64_t i) {
    if (request.stop && request.stop()) work.stop();
    if (work.stopping()) return;
    const auto number = static_cast<std::uint64_t>(i);
    const auto r =
        static_cast<std::size_t>(std::upper_bound(starts.begin(), starts.end(), number) - starts.begin() - 1);
    const std::uint64_t index = ranges[r].first + (number - starts[r]);
    make_sample(worker, request.problem, index, [&] { blocks.put(ranges[r], index, worker.sample); });
    ++made;
    if (progress) progress->tick();
  };
  try {
    parallel_for(count, make_worker, body);
  } catch (...) {
    blocks.save();
    throw;
  }
  blocks.save();
  return made;
}

/// What rank 0 found and every rank has to know.
struct Plan {
  bool already_there = false;
  std::vector<SampleRange> there;
  std::vector<SampleRange> missing;
};

std::string to_text(const Plan& plan) {
  std::string text = fmt::format("{} {}", plan.already_there ? 1 : 0, plan.there.size());
  for (const auto* ranges : {&plan.there, &plan.missing}) {
    for (const SampleRange& range : *ranges) text += fmt::format(" {} {}", range.first, range.last);
  }
  return text;
}

Plan parse(const std::string& text) {
  std::istringstream words(text);
  Plan plan;
  std::size_t there = 0;
  words >> plan.already_there >> there;
  for (SampleRange range; words >> range.first >> range.last;)
    (plan.there.size() < there ? plan.there : plan.missing).push_back(range);
  return plan;
}

std::uint64_t sample_count(const std::vector<SampleRange>& ranges) {
  std::uint64_t count = 0;
  for (const SampleRange& range : ranges) count += range.size();
  return count;
}

/// The ranges of this rank: every rank takes one in turn.
std::vector<SampleRange> share_of(const std::vector<SampleRange>& ranges, const parallel::Communicator& ranks) {
  std::vector<SampleRange> share;
  for (auto i = static_cast<std::size_t>(ranks.rank()); i < ranges.size(); i += static_cast<std::size_t>(ranks.size()))
    share.push_back(ranges[i]);
  return share;
}

/// Checks all that can be checked before work, and finds out what is left to do.
Plan make_plan(const io::DatasetDescription& description, const GenerateOptions& options,
               const GenerateRequest& request, std::optional<PartFolder>& folder) {
  Plan plan;
  plan.already_there = already_there(request);
  if (plan.already_there) return plan;
  std::error_code ignored;
  const bool resumed = fs::exists(PartFolder::path(request.output), ignored);
  check_sizes(description, options.count, request.output, resumed ? 0 : options.count);
  folder.emplace(request.output, request.config, request.force);
  plan.there = folder->ranges(options.count);
  const std::uint64_t done = sample_count(plan.there);
  check_sizes(description, options.count, request.output, options.count - done);
  if (done > 0) logging::info("{} of {} samples were there already", done, options.count);
  const std::uint64_t part = request.samples_per_part > 0
                                 ? request.samples_per_part
                                 : choose_part(options.count, stored_bytes_per_sample(description));
  plan.missing = missing_ranges(plan.there, options.count, part);
  return plan;
}

void merge(const io::DatasetDescription& description, const GenerateOptions& options, const Plan& plan,
           const GenerateRequest& request) {
  std::vector<SampleRange> ranges = plan.there;
  ranges.insert(ranges.end(), plan.missing.begin(), plan.missing.end());
  std::sort(ranges.begin(), ranges.end(), [](auto a, auto b) { return a.first < b.first; });
  io::DatasetWriter writer(request.output, description,
                           {.deflate = options.deflate, .expected_samples = options.count});
  for (const SampleRange& range : ranges) {
    SampleBlock block(description, range.size());
    block.read(io::DatasetReader(PartFolder::file(request.output, range)));
    writer.append(range.size(), block.columns(0, range.size()));
  }
  writer.finalise();
}

}  // namespace

void bind(config::Section& section, GenerateOptions& options) {
  section.key("count", options.count, "samples", config::at_least(1));
  section.key("seed", options.seed, "the only source of randomness", config::at_least(0));
  section.choice("precision", options.precision,
                 {{"float32", io::ElementType::float32}, {"float64", io::ElementType::float64}},
                 "of the fields in the file; solvers compute in float64");
  section.key("deflate", options.deflate, "compression, 0 (none) to 9", config::between(0, 9));
}

io::DatasetDescription describe_dataset(const Problem& problem, const GenerateOptions& options,
                                        const GenerateRequest& request) {
  problem.validate();
  if (options.count > problem.sample_limit()) {
    throw ConfigError(fmt::format("count = {} is too many ({} has {} different samples); ask for at most {}",
                                  options.count, request.problem, problem.sample_limit(), problem.sample_limit()));
  }
  io::DatasetDescription description = problem.description();
  description.generator = request.problem;
  description.seed = options.seed;
  description.provenance = io::make_provenance(request.command_line, request.config);
  for (io::Field& field : description.inputs) field.type = options.precision;
  for (io::Field& field : description.outputs) field.type = options.precision;
  description.validate();
  return description;
}

double dataset_bytes(const Problem& problem, const GenerateOptions& options) {
  return stored_bytes_per_sample(describe_dataset(problem, options, {})) * static_cast<double>(options.count);
}

GenerateResult generate(const Problem& problem, const GenerateOptions& options, const GenerateRequest& request,
                        const parallel::Communicator& ranks) {
  const Clock::time_point start = Clock::now();
  GenerateResult result;
  const io::DatasetDescription description = describe_dataset(problem, options, request);
  std::optional<PartFolder> folder;  // of rank 0, which alone looks at what is there
  Plan plan;
  parallel::work_together(ranks, [&](parallel::JointWork&) {
    if (ranks.root()) plan = make_plan(description, options, request, folder);
  });
  plan = parse(ranks.broadcast(to_text(plan)));
  if (plan.already_there) {
    result.ending = GenerateResult::Ending::already_there;
    return result;
  }
  std::int64_t made = 0;
  parallel::work_together(ranks, [&](parallel::JointWork& work) {
    made = make_ranges(problem, options, description, share_of(plan.missing, ranks), request, work, ranks);
  });
  made = ranks.sum(made);
  result.made = static_cast<std::uint64_t>(made);
  if (result.made < sample_count(plan.missing)) {
    result.ending = GenerateResult::Ending::stopped;
  } else {
    parallel::work_together(ranks, [&](parallel::JointWork&) {
      if (!ranks.root()) return;
      merge(description, options, plan, request);
      folder->remove();
    });
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace floe::pde
