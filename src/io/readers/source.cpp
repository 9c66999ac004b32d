// SPDX-License-Identifier: MIT
#include "io/readers/source.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/nearest.h"
#include "io/readers/formats.h"

namespace floe::io {

namespace {

// The more particular comes first: arrays of any other file are "arrays".
constexpr Format all_formats[] = {
    {"floe-dataset", "a dataset of floe (docs/dataset-format.md)", is_floe_dataset, open_floe_dataset},
    {"cfdbench", "a folder of CFDBench cases: u.npy, v.npy, case.json", is_cfdbench, open_cfdbench},
    {"deepxde", "an NPZ file of DeepXDE: X0, X1, y", is_deepxde, open_deepxde},
    {"skysoft", "winds of SkySoft: a CSV file or a folder of them", is_skysoft, open_skysoft},
    {"skysoft_training", "of these, the files 0, 1, 2, 4", [](const Candidate&) { return false; }, open_skysoft},
    {"skysoft_validation", "of these, day 3 of file 3", [](const Candidate&) { return false; }, open_skysoft},
    {"gen_poisson", "rooms of Graph Element Networks: poisson_inp, poisson_out.hdf5", is_gen_poisson, open_gen_poisson},
    {"the_well", "The Well", is_the_well, open_the_well},
    {"pdebench_incompressible", "PDEBench, incompressible flow: velocity, particles, force", is_pdebench_incompressible,
     open_pdebench_incompressible},
    {"pdebench_cfd", "PDEBench, compressible flow: density, pressure, Vx, Vy, Vz", is_pdebench_cfd, open_pdebench_cfd},
    {"pdebench_darcy", "PDEBench, Darcy flow: nu, tensor", is_pdebench_darcy, open_pdebench_darcy},
    {"pdebench_flat", "PDEBench, one array of trajectories: tensor", is_pdebench_flat, open_pdebench_flat},
    {"pdebench_grouped", "PDEBench, one group per trajectory: 0000/data", is_pdebench_grouped, open_pdebench_grouped},
    {"pdegym", "PDEgym (Poseidon), netCDF-4: velocity, data, solution, source, c, Sample_<i>", is_pdegym, open_pdegym},
    {"arrays", "any file of arrays, of which options name inputs and outputs", is_array_collection,
     open_array_collection},
};

void validate(const Range& range, const char* name) {
  if (range.first < 0 || range.stride < 1 || (range.last && *range.last <= range.first)) {
    throw ConfigError(
        fmt::format("{} from {} to {} with stride {} (first must be at least 0, last greater than it, and "
                    "the stride at least 1); correct it",
                    name, range.first, range.last ? std::to_string(*range.last) : "the end", range.stride));
  }
}

}  // namespace

void SourceOptions::validate() const {
  io::validate(samples, "samples");
  io::validate(times, "times");
  if (stride.empty() || std::any_of(stride.begin(), stride.end(), [](std::int64_t value) { return value < 1; })) {
    throw ConfigError(
        fmt::format("stride = [{}] (every entry must be at least 1); give one number for all axes or one "
                    "for each",
                    fmt::join(stride, ", ")));
  }
  if (input_frames && *input_frames < 0) {
    throw ConfigError(
        fmt::format("input_frames = {} (must be at least 0); 0 gives inputs and outputs all frames", *input_frames));
  }
  std::vector<std::string> names = source_formats();
  names.emplace_back("auto");
  if (std::find(names.begin(), names.end(), format) == names.end()) {
    throw ConfigError(fmt::format("format = \"{}\" (there is no such format); {}", format, suggestion(format, names)));
  }
}

std::span<const Format> formats() {
  return all_formats;
}

std::vector<std::string> source_formats() {
  std::vector<std::string> names;
  for (const Format& format : formats()) names.emplace_back(format.name);
  return names;
}

Candidate make_candidate(const std::filesystem::path& path) {
  Candidate candidate{path, false, nullptr};
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    throw IoError(fmt::format("{} could not be opened (there is no such file); check the path", path.string()));
  }
  candidate.folder = std::filesystem::is_directory(path, error);
  if (!candidate.folder && is_array_file(path)) candidate.arrays = open_array_file(path);
  return candidate;
}

std::unique_ptr<Source> open_source(const std::filesystem::path& path, const SourceOptions& options) {
  options.validate();
  const Candidate candidate = make_candidate(path);
  for (const Format& format : formats()) {
    const bool chosen = options.format == "auto" ? format.recognises(candidate) : format.name == options.format;
    if (chosen) return format.open(candidate, options);
  }
  if (!candidate.folder) open_array_file(path);  // says what it is not
  throw DataError(
      fmt::format("{} is of no known format (known are {}); convert it, or name its format if it is one of "
                  "these",
                  path.string(), fmt::join(source_formats(), ", ")));
}

}  // namespace floe::io
