// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace floe::io {

/// What write_xdmf() did.
struct XdmfResult {
  std::vector<std::string> shown;  ///< "outputs/temperature", ...
  std::vector<std::string> left;   ///< "outputs/energy: has no axes", ...
};

/// Writes an XDMF file that ParaView and VisIt open beside a floe-dataset: one collection per grid with a step for each
/// of at most `samples` samples, and on it every field with these two or three axes (2DCoRectMesh, 3DCoRectMesh; a
/// field of one axis is a line of one row). Values stay in the HDF5 file, which is referred to relative to the XDMF
/// file. Axes run Z Y X, as stored. Fields without axes, with more than three or with uneven coordinates are left out
/// and named. Throws DataError if no field can be shown, IoError.
XdmfResult write_xdmf(const std::filesystem::path& dataset, const std::filesystem::path& xdmf,
                      std::size_t samples = std::numeric_limits<std::size_t>::max());

}  // namespace floe::io
