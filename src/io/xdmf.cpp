// SPDX-License-Identifier: MIT
#include "io/xdmf.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "io/dataset.h"

namespace floe::io {

namespace {

struct UniformAxis {
  std::size_t points;
  double origin;
  double spacing;
};

struct Shown {
  std::string path;
  Field field;
};

// The fields that live on one set of axes.
struct Grid {
  std::vector<std::string> axes;
  std::vector<Shown> fields;
};

std::string escape(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

bool evenly_spaced(const std::vector<double>& values) {
  if (values.size() < 3) {
    return true;
  }
  const double step = (values.back() - values.front()) / static_cast<double>(values.size() - 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double even = values.front() + step * static_cast<double>(i);
    if (std::abs(values[i] - even) > 1e-6 * std::abs(step)) {
      return false;
    }
  }
  return step != 0.0;
}

UniformAxis uniform(const Axis& axis) {
  const double spacing = axis.values.size() > 1
                             ? (axis.values.back() - axis.values.front()) / static_cast<double>(axis.values.size() - 1)
                             : 1.0;
  return {axis.values.size(), axis.values.front(), spacing};
}

// The axes of the mesh: those of the field, a line being a plane of one row.
std::vector<UniformAxis> mesh_axes(const DatasetDescription& description, const std::vector<std::string>& axes) {
  std::vector<UniformAxis> mesh;
  if (axes.size() == 1) {
    mesh.push_back({1, 0.0, 1.0});
  }
  for (const std::string& name : axes) {
    mesh.push_back(uniform(description.axis(name)));
  }
  return mesh;
}

std::string why_not_shown(const DatasetDescription& description, const Field& field) {
  if (field.axes.empty()) {
    return "has no axes";
  }
  if (field.axes.size() > 3) {
    return fmt::format("has {} axes, XDMF shows at most 3", field.axes.size());
  }
  for (const std::string& name : field.axes) {
    if (!evenly_spaced(description.axis(name).values)) {
      return fmt::format("the points of axis '{}' are not evenly spaced", name);
    }
  }
  return "";
}

std::vector<Grid> grids_of(const DatasetDescription& description, XdmfResult& result) {
  std::vector<Grid> grids;
  for (const auto& [group, fields] :
       {std::pair{"inputs", &description.inputs}, std::pair{"outputs", &description.outputs}}) {
    for (const Field& field : *fields) {
      const std::string path = fmt::format("{}/{}", group, field.name);
      if (const std::string reason = why_not_shown(description, field); !reason.empty()) {
        result.left.push_back(path + ": " + reason);
        continue;
      }
      result.shown.push_back(path);
      auto grid = std::find_if(grids.begin(), grids.end(), [&](const Grid& g) { return g.axes == field.axes; });
      if (grid == grids.end()) {
        grid = grids.insert(grids.end(), Grid{field.axes, {}});
      }
      grid->fields.push_back({path, field});
    }
  }
  return grids;
}

std::string attribute_xml(const Shown& shown, const DatasetDescription& description, const std::string& reference,
                          const std::vector<UniformAxis>& mesh, std::size_t sample, std::size_t samples) {
  const Shape shape = description.sample_shape(shown.field);
  std::vector<std::size_t> points;
  for (const UniformAxis& axis : mesh) {
    points.push_back(axis.points);
  }
  // Start, stride and count of this sample in the array (samples, axes...).
  std::vector<std::size_t> start(shape.size() + 1, 0);
  start[0] = sample;
  const std::vector<std::size_t> stride(shape.size() + 1, 1);
  Shape count = shape;
  count.insert(count.begin(), 1);
  const int precision = shown.field.type == ElementType::float32 ? 4 : 8;
  return fmt::format(
      "        <Attribute Name=\"{}\" AttributeType=\"Scalar\" Center=\"Node\">\n"
      "          <DataItem ItemType=\"HyperSlab\" Dimensions=\"{}\" Type=\"HyperSlab\">\n"
      "            <DataItem Dimensions=\"3 {}\" Format=\"XML\">{} {} {}</DataItem>\n"
      "            <DataItem Dimensions=\"{} {}\" NumberType=\"Float\" Precision=\"{}\" "
      "Format=\"HDF\">{}:/{}</DataItem>\n"
      "          </DataItem>\n"
      "        </Attribute>\n",
      escape(shown.path), fmt::join(points, " "), shape.size() + 1, fmt::join(start, " "), fmt::join(stride, " "),
      fmt::join(count, " "), samples, fmt::join(shape, " "), precision, escape(reference), escape(shown.path));
}

std::string mesh_xml(const std::vector<UniformAxis>& mesh) {
  std::vector<std::size_t> points;
  std::vector<double> origin;
  std::vector<double> spacing;
  for (const UniformAxis& axis : mesh) {
    points.push_back(axis.points);
    origin.push_back(axis.origin);
    spacing.push_back(axis.spacing);
  }
  const bool volume = mesh.size() == 3;
  const auto item = [&](const std::vector<double>& values) {
    return fmt::format(
        "          <DataItem Dimensions=\"{}\" NumberType=\"Float\" Precision=\"8\" Format=\"XML\">{}</DataItem>\n",
        values.size(), fmt::join(values, " "));
  };
  return fmt::format(
             "        <Topology TopologyType=\"{}\" Dimensions=\"{}\"/>\n        <Geometry GeometryType=\"{}\">\n",
             volume ? "3DCoRectMesh" : "2DCoRectMesh", fmt::join(points, " "),
             volume ? "ORIGIN_DXDYDZ" : "ORIGIN_DXDY") +
         item(origin) + item(spacing) + "        </Geometry>\n";
}

}  // namespace

XdmfResult write_xdmf(const std::filesystem::path& dataset, const std::filesystem::path& xdmf, std::size_t samples) {
  const DatasetReader reader(dataset);
  const DatasetDescription& description = reader.description();
  XdmfResult result;
  const std::vector<Grid> grids = grids_of(description, result);
  if (grids.empty()) {
    throw DataError(fmt::format("{} has no field that XDMF can show ({}); fields need one to three evenly spaced axes",
                                dataset.string(), fmt::join(result.left, "; ")));
  }
  const std::filesystem::path folder = std::filesystem::absolute(xdmf).parent_path();
  const std::string reference = std::filesystem::absolute(dataset).lexically_relative(folder).generic_string();

  std::string text =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
      "<!DOCTYPE Xdmf SYSTEM \"Xdmf.dtd\" []>\n"
      "<Xdmf Version=\"3.0\">\n  <Domain>\n";
  for (const Grid& grid : grids) {
    const std::vector<UniformAxis> mesh = mesh_axes(description, grid.axes);
    text += fmt::format("    <Grid Name=\"{}\" GridType=\"Collection\" CollectionType=\"Temporal\">\n",
                        escape(fmt::format("{}", fmt::join(grid.axes, " "))));
    for (std::size_t sample = 0; sample < std::min(samples, reader.samples()); ++sample) {
      text += fmt::format("      <Grid Name=\"sample {}\" GridType=\"Uniform\">\n        <Time Value=\"{}\"/>\n",
                          sample, sample);
      text += mesh_xml(mesh);
      for (const Shown& shown : grid.fields) {
        text += attribute_xml(shown, description, reference, mesh, sample, reader.samples());
      }
      text += "      </Grid>\n";
    }
    text += "    </Grid>\n";
  }
  text += "  </Domain>\n</Xdmf>\n";
  write_file_atomically(xdmf, text);
  return result;
}

}  // namespace floe::io
