// SPDX-License-Identifier: MIT
#include "app/versions.h"

#include <fftw3.h>
#include <fmt/format.h>
#include <spdlog/version.h>

#include <CLI/Version.hpp>
#include <Eigen/Core>
#include <boost/version.hpp>
#include <nlohmann/json.hpp>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "app/tasks/torch_part.h"
#include "base/lanes.h"
#include "base/threads.h"
#include "base/version.h"
#include "io/hdf5_file.h"
#include "parallel/session.h"

namespace floe::app {

std::vector<std::pair<std::string, std::string>> versions() {
  const BuildInfo& build = build_info();
  std::vector<std::pair<std::string, std::string>> list{
      {"floe", build.version},
      {"git", build.git},
      {"compiler", build.compiler},
      {"HDF5", io::hdf5::library_version()},
      {"FFTW", fftw_version},
      {"Eigen", fmt::format("{}.{}.{}", EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION)},
      {"Boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
      {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"spdlog", fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
      {"CLI11", CLI11_VERSION},
      {"nlohmann_json",
       fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
  };
#ifdef _OPENMP
  list.emplace_back("OpenMP", fmt::format("{}", _OPENMP));
#endif
  if (const std::string mpi = parallel::mpi_library(); !mpi.empty()) list.emplace_back("MPI", mpi);
  if (const std::string torch = torch_version(); !torch.empty()) list.emplace_back("LibTorch", torch);
  return list;
}

std::string build_config_json() {
  const BuildInfo& build = build_info();
  nlohmann::ordered_json json;
  json["version"] = build.version;
  json["git"] = build.git;
  json["build_type"] = build.build_type;
  json["compiler"] = build.compiler;
  json["native"] = build.native;
  json["openmp"] = build.openmp;
  json["mpi"] = !parallel::mpi_library().empty();
  json["torch"] = FLOE_APP_TORCH != 0;
  json["vector_bytes"] = Eigen::internal::packet_traits<double>::size * sizeof(double);
  json["lanes_float64"] = lane_count<double>;
  json["processors"] = available_processors();
  for (const auto& [name, version] : versions()) json["versions"][name] = version;
  return json.dump(2) + "\n";
}

std::string version_text() {
  const BuildInfo& build = build_info();
  std::string text =
      fmt::format("floe {} ({}, {} build, {})\n", build.version, build.git, build.build_type, build.compiler);
  for (const auto& [name, version] : versions()) {
    if (name != "floe" && name != "git" && name != "compiler") text += fmt::format("  {:<14} {}\n", name, version);
  }
  return text;
}

}  // namespace floe::app
