// SPDX-License-Identifier: MIT
#include "io/readers/hdf5_array_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <list>
#include <mutex>
#include <numeric>
#include <set>

#include "base/error.h"
#include "io/readers/permute.h"

namespace floe::io {

namespace {

using AttributeMap = std::map<std::string, hdf5::AttributeValue>;

constexpr int max_depth = 32;
constexpr std::size_t max_arrays = std::size_t{1} << 20;
// Datasets kept open, each with its cache of chunks.
constexpr std::size_t max_open = 8;
// Elements of a MAT file that are turned round at a time.
constexpr std::size_t block_elements = std::size_t{1} << 22;

// Written by the libraries for themselves; some hold references, which are no values.
const std::set<std::string, std::less<>> plumbing = {"CLASS",
                                                     "NAME",
                                                     "DIMENSION_LIST",
                                                     "REFERENCE_LIST",
                                                     "DIMENSION_LABELS",
                                                     "_Netcdf4Dimid",
                                                     "_Netcdf4Coordinates",
                                                     "_NCProperties"};

AttributeMap read_attributes(const hdf5::Attributes& attributes) {
  AttributeMap found;
  for (const std::string& name : attributes.names()) {
    if (plumbing.contains(name)) continue;
    try {
      found.emplace(name, attributes.get(name));
    } catch (const DataError&) {
      // Of a kind that says nothing here: references, compounds, damaged ones nobody may need.
      continue;
    }
  }
  return found;
}

bool is_matlab(const std::filesystem::path& path) {
  constexpr std::string_view preface = "MATLAB 7.3 MAT-file";
  std::array<char, preface.size()> head{};
  std::ifstream(path, std::ios::binary).read(head.data(), head.size());
  return std::string_view(head.data(), head.size()) == preface;
}

class Hdf5ArrayFile final : public ArrayFile {
 public:
  explicit Hdf5ArrayFile(const std::filesystem::path& path)
      : file_(hdf5::File::open(path)), root_(file_.root()), matlab_(is_matlab(path)) {
    groups_.insert(root_.address());
    collect(root_, "", 0);
    std::sort(arrays_.begin(), arrays_.end(), [](const ArrayInfo& a, const ArrayInfo& b) { return a.name < b.name; });
  }

  std::string container() const override { return matlab_ ? "MAT 7.3" : "HDF5"; }
  const std::string& path() const override { return file_.path(); }
  const std::vector<ArrayInfo>& arrays() const override { return arrays_; }
  AttributeMap attributes(const std::string& group) const override {
    if (group.empty()) return read_attributes(root_.attributes());
    if (!root_.contains(group)) return {};
    try {
      return read_attributes(root_.group(group).attributes());
    } catch (const DataError&) {
      return {};  // it is a dataset
    }
  }

  void read(const std::string& name, const Selection& selection, std::span<double> values) const override {
    read_as(name, selection, values);
  }
  void read(const std::string& name, const Selection& selection, std::span<float> values) const override {
    read_as(name, selection, values);
  }

 private:
  void collect(const hdf5::Group& group, const std::string& prefix, int depth) {
    for (const hdf5::Entry& entry : group.entries()) {
      const std::string name = prefix + entry.name;
      if (entry.kind == hdf5::Entry::Kind::dataset) {
        add(group.dataset(entry.name), name);
      } else if (entry.kind == hdf5::Entry::Kind::group && depth < max_depth && !(matlab_ && name == "#refs#")) {
        const hdf5::Group inner = group.group(entry.name);
        if (groups_.insert(inner.address()).second) collect(inner, name + "/", depth + 1);
      }
    }
  }

  void add(const hdf5::Dataset& dataset, const std::string& name) {
    if (arrays_.size() == max_arrays) {
      throw DataError(fmt::format("{} holds more than {} arrays (they are listed when it is opened); split it",
                                  file_.path(), max_arrays));
    }
    ArrayInfo info{name, dataset.shape(), dataset.type_name(), read_attributes(dataset.attributes())};
    if (matlab_) describe_matlab(dataset, info);
    arrays_.push_back(std::move(info));
  }

  static void describe_matlab(const hdf5::Dataset& dataset, ArrayInfo& info) {
    std::reverse(info.shape.begin(), info.shape.end());
    const auto kind = info.attributes.find("MATLAB_class");
    if (kind != info.attributes.end()) {
      const std::string text = hdf5::to_string(kind->second);
      if (text == "logical") info.type_name = "bool";
      if (text == "char") info.type_name = "string";
      if (text == "cell" || text == "function_handle") info.type_name = text;
    }
    // An empty array is stored as its extents.
    if (info.attributes.contains("MATLAB_empty") && dataset.real() && dataset.shape().size() == 1 &&
        dataset.shape()[0] <= 32) {
      std::vector<double> extents(dataset.shape()[0]);
      dataset.read_numbers<double>({0}, {extents.size()}, {1}, extents);
      info.shape.assign(extents.size(), 0);
    }
    std::erase_if(info.attributes, [](const auto& item) { return item.first.starts_with("MATLAB_"); });
  }

  hdf5::Dataset dataset(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    auto found = std::find_if(open_.begin(), open_.end(), [&](const auto& item) { return item.first == name; });
    if (found == open_.end()) {
      if (open_.size() == max_open) open_.pop_back();
      open_.emplace_front(name, root_.dataset(name));
    } else {
      open_.splice(open_.begin(), open_, found);
    }
    return open_.front().second;
  }

  template <class T>
  void read_as(const std::string& name, const Selection& selection, std::span<T> values) const {
    const ArrayInfo& info = array(name);
    selection.validate(info.shape);
    if (!is_real_type(info.type_name)) {
      throw DataError(fmt::format(
          "{}:{} holds {} (real numbers are read, of any width, and booleans); {}", file_.path(), name, info.type_name,
          info.type_name.starts_with("complex") ? "store its real and imaginary part as two arrays"
                                                : "name another array"));
    }
    if (values.size() != selection.size()) {
      throw ShapeError(fmt::format("room for {} values of {}:{} ({} were selected); size it for the selection",
                                   values.size(), file_.path(), name, selection.size()));
    }
    if (values.empty()) return;
    const hdf5::Dataset stored = dataset(name);
    if (!matlab_ || info.shape.size() < 2) {
      stored.read_numbers<T>(selection.start, selection.count, selection.stride, values);
      return;
    }
    // In blocks of whole entries of the first axis of MATLAB, the last of the file.
    const std::size_t row = values.size() / selection.count[0];
    const std::size_t rows = std::max<std::size_t>(block_elements / row, 1);
    std::vector<std::size_t> order(info.shape.size());
    std::iota(order.rbegin(), order.rend(), std::size_t{0});
    std::vector<T> block;
    for (std::size_t first = 0; first < selection.count[0]; first += rows) {
      Selection part = selection;
      part.start[0] += first * selection.stride[0];
      part.count[0] = std::min(rows, selection.count[0] - first);
      for (Shape* extents : {&part.start, &part.count, &part.stride}) std::reverse(extents->begin(), extents->end());
      block.resize(part.size());
      stored.read_numbers<T>(part.start, part.count, part.stride, std::span<T>(block));
      permute<T>(block, part.count, order, values.subspan(first * row, block.size()));
    }
  }

  hdf5::File file_;
  hdf5::Group root_;
  bool matlab_;
  std::vector<ArrayInfo> arrays_;
  std::set<std::uint64_t> groups_;
  mutable std::mutex mutex_;
  mutable std::list<std::pair<std::string, hdf5::Dataset>> open_;
};

}  // namespace

std::unique_ptr<ArrayFile> open_hdf5_array_file(const std::filesystem::path& path) {
  return std::make_unique<Hdf5ArrayFile>(path);
}

}  // namespace floe::io
