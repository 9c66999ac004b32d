// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "io/hdf5_file.h"

/// Dimension scales (HDF5 Dimension Scales specification): the datasets that give an axis its name and coordinates.
/// h5py shows them as dims, netCDF4 and xarray as dimensions.
namespace floe::io::hdf5 {

/// Makes a dataset of one axis a dimension scale of this name.
void make_scale(Dataset& dataset, const std::string& name);

bool is_scale(const Dataset& dataset);

/// Attaches the scale to an axis of the dataset and labels the axis with `name`.
void attach_scale(Dataset& dataset, std::size_t axis, const Dataset& scale, const std::string& name);

/// The label of each axis; "" where there is none.
std::vector<std::string> axis_labels(const Dataset& dataset);

}  // namespace floe::io::hdf5
