// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "config/section.h"
#include "io/description.h"
#include "parallel/communicator.h"
#include "pde/problem.h"

namespace floe::pde {

/// How many samples are made and how they are stored.
struct GenerateOptions {
  std::uint64_t count = 1000;
  std::uint64_t seed = 1;
  io::ElementType precision = io::ElementType::float32;  ///< of the fields that are stored; solvers use float64
  int deflate = 0;                                       ///< compression, 0 (none) to 9
};
void bind(config::Section& section, GenerateOptions& options);

struct GenerateRequest {
  std::string problem;  ///< its name
  /// Problem, keys and options as TOML: two datasets are the same if this text is. Stands in the file as its `config`.
  std::string config;
  std::string command_line;
  std::filesystem::path output;
  bool force = false;                    ///< replace an output, or parts, of other options
  std::uint64_t samples_per_part = 0;    ///< how much is kept at a time; 0: chosen by size
  std::function<bool()> stop = nullptr;  ///< asked between samples
};

struct GenerateResult {
  enum class Ending {
    complete,       ///< the file was written
    already_there,  ///< it was there, complete, and was not touched
    stopped,        ///< what is finished waits in `<output>.parts` for the next call
  };
  Ending ending = Ending::complete;
  std::uint64_t made = 0;  ///< samples made by this call, on all ranks
  double seconds = 0;      ///< that took them
};

/// The description of the file that generate() writes. Throws ConfigError for more samples than the problem has.
io::DatasetDescription describe_dataset(const Problem& problem, const GenerateOptions& options,
                                        const GenerateRequest& request);

/// Bytes of all samples as they are stored, without compression.
double dataset_bytes(const Problem& problem, const GenerateOptions& options);

/// Makes the samples 0, ..., count - 1 of a problem on all threads of all ranks and writes them to a floe-dataset.
/// Finished samples are kept in `<output>.parts` while it works; after a stop, an error or a kill the same call goes on
/// from there, with any number of threads and ranks, and the file has the same data byte for byte. Nothing is written
/// before everything that can be checked has been: throws ConfigError for an output or parts that belong to other
/// options, for more samples than there are, for sizes beyond memory; IoError for a disk that is too small;
/// NumericalError, naming the sample. Collective: the ranks share the samples, rank 0 writes the file, and all return
/// or throw the same.
GenerateResult generate(const Problem& problem, const GenerateOptions& options, const GenerateRequest& request,
                        const parallel::Communicator& ranks = {});

}  // namespace floe::pde
