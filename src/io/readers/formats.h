// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "io/readers/array_file.h"
#include "io/readers/source.h"

namespace floe::io {

/// A file or folder whose format is to be found.
struct Candidate {
  std::filesystem::path path;
  bool folder = false;
  /// What it holds, if it is a file of arrays, otherwise null.
  std::shared_ptr<const ArrayFile> arrays;
};

/// A format that open_source() knows.
struct Format {
  std::string_view name;     ///< as SourceOptions::format takes it
  std::string_view summary;  ///< what has it, for error messages and `floe data inspect`
  /// Whether it looks like this. May read, but does not throw for what it is not.
  bool (*recognises)(const Candidate& candidate);
  /// Throws DataError, saying what is missing, if it is none.
  std::unique_ptr<Source> (*open)(const Candidate& candidate, const SourceOptions& options);
};

/// All formats; the first that recognises a file has it.
std::span<const Format> formats();

/// The candidate, with its arrays opened where it has any. Throws IoError or DataError for what cannot be opened.
Candidate make_candidate(const std::filesystem::path& path);

// One function for each format, beside its source file.
bool is_floe_dataset(const Candidate& candidate);
std::unique_ptr<Source> open_floe_dataset(const Candidate& candidate, const SourceOptions& options);
bool is_cfdbench(const Candidate& candidate);
std::unique_ptr<Source> open_cfdbench(const Candidate& candidate, const SourceOptions& options);
bool is_deepxde(const Candidate& candidate);
std::unique_ptr<Source> open_deepxde(const Candidate& candidate, const SourceOptions& options);
bool is_skysoft(const Candidate& candidate);
std::unique_ptr<Source> open_skysoft(const Candidate& candidate, const SourceOptions& options);
bool is_pdebench_flat(const Candidate& candidate);
std::unique_ptr<Source> open_pdebench_flat(const Candidate& candidate, const SourceOptions& options);
bool is_pdebench_darcy(const Candidate& candidate);
std::unique_ptr<Source> open_pdebench_darcy(const Candidate& candidate, const SourceOptions& options);
bool is_pdebench_cfd(const Candidate& candidate);
std::unique_ptr<Source> open_pdebench_cfd(const Candidate& candidate, const SourceOptions& options);
bool is_pdebench_grouped(const Candidate& candidate);
std::unique_ptr<Source> open_pdebench_grouped(const Candidate& candidate, const SourceOptions& options);
bool is_pdebench_incompressible(const Candidate& candidate);
std::unique_ptr<Source> open_pdebench_incompressible(const Candidate& candidate, const SourceOptions& options);
bool is_the_well(const Candidate& candidate);
std::unique_ptr<Source> open_the_well(const Candidate& candidate, const SourceOptions& options);
bool is_pdegym(const Candidate& candidate);
std::unique_ptr<Source> open_pdegym(const Candidate& candidate, const SourceOptions& options);
bool is_gen_poisson(const Candidate& candidate);
std::unique_ptr<Source> open_gen_poisson(const Candidate& candidate, const SourceOptions& options);
bool is_array_collection(const Candidate& candidate);
std::unique_ptr<Source> open_array_collection(const Candidate& candidate, const SourceOptions& options);

}  // namespace floe::io
