// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "io/dataset.h"

namespace floe::io {

/// What an ensemble of lattice configurations says about itself.
struct EnsembleInfo {
  std::vector<int> sizes;                                  ///< extents of the lattice, slowest axis first
  std::string action = "phi4";                             ///< the name of the action
  std::map<std::string, hdf5::AttributeValue> attributes;  ///< its parameters: mass_squared, coupling, ...
  std::string generator;                                   ///< "wolff", "hmc", "flow", ...
  std::uint64_t seed = 0;
  std::vector<Parameter> parameters;  ///< per configuration, for example {"chain", ElementType::int64}
  ElementType type = ElementType::float64;
  std::string title = {};
  Provenance provenance = make_provenance();
};

/// The floe-dataset of such an ensemble: /outputs/phi of shape (configurations, sizes...) on the periodic axes x0, x1,
/// ... in lattice units, attributes `action` and those of `info`. For DatasetWriter when configurations come bit by
/// bit.
DatasetDescription ensemble_description(const EnsembleInfo& info);

/// Writes configurations given as rows (configuration, site), the site index row-major with the last axis fastest;
/// `parameters` are columns such as {"parameters/chain", values}.
void write_ensemble(const std::filesystem::path& path, const EnsembleInfo& info, std::span<const double> rows,
                    std::span<const Column> parameters = {}, const DatasetOptions& options = {});

/// Configurations read from a file.
struct Ensemble {
  std::vector<int> sizes;
  std::size_t configurations = 0;
  std::size_t sites = 0;
  std::vector<double> rows;  ///< (configuration, site), row-major
  DatasetDescription description;

  std::span<const double> row(std::size_t index) const { return std::span(rows).subspan(index * sites, sites); }
  /// An attribute such as "mass_squared". Throws DataError if it is missing or no number.
  double number(const std::string& name) const;
};

/// Reads at most `limit` configurations from the start. Throws IoError, or DataError for a file that is no ensemble or
/// holds values that are not finite.
Ensemble read_ensemble(const std::filesystem::path& path, std::size_t limit = std::numeric_limits<std::size_t>::max());

}  // namespace floe::io
