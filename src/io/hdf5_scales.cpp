// SPDX-License-Identifier: MIT
#include "io/hdf5_scales.h"

#include <fmt/core.h>
#include <hdf5_hl.h>

#include "base/error.h"
#include "io/hdf5_internal.h"

namespace floe::io::hdf5 {

void make_scale(Dataset& dataset, const std::string& name) {
  const detail::Session session;
  if (H5DSset_scale(dataset.id(), name.c_str()) < 0) {
    throw IoError(fmt::format("{} could not be made a dimension scale ({}); check the free space",
                              detail::label(dataset.file(), dataset.path()), detail::library_message()));
  }
}

bool is_scale(const Dataset& dataset) {
  const detail::Session session;
  return H5DSis_scale(dataset.id()) > 0;
}

void attach_scale(Dataset& dataset, std::size_t axis, const Dataset& scale, const std::string& name) {
  const detail::Session session;
  const auto index = static_cast<unsigned>(axis);
  if (H5DSattach_scale(dataset.id(), scale.id(), index) < 0 || H5DSset_label(dataset.id(), index, name.c_str()) < 0) {
    throw IoError(fmt::format("the scale {} could not be attached to axis {} of {} ({}); check the free space",
                              scale.path(), axis, detail::label(dataset.file(), dataset.path()),
                              detail::library_message()));
  }
}

std::vector<std::string> axis_labels(const Dataset& dataset) {
  const detail::Session session;
  std::vector<std::string> labels;
  for (std::size_t axis = 0; axis < dataset.shape().size(); ++axis) {
    const auto index = static_cast<unsigned>(axis);
    const ssize_t length = H5DSget_label(dataset.id(), index, nullptr, 0);
    std::string label;
    if (length > 0 && length < 4096) {
      label.resize(static_cast<std::size_t>(length) + 1);
      H5DSget_label(dataset.id(), index, label.data(), label.size());
      label.resize(static_cast<std::size_t>(length));
    }
    labels.push_back(std::move(label));
  }
  return labels;
}

}  // namespace floe::io::hdf5
