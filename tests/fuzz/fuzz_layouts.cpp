// SPDX-License-Identifier: MIT
// Every layout on files of arrays that have the names, but not always the shapes, types and attributes, of the real
// ones: what fuzz_source reaches too rarely, since a change of an HDF5 file is mostly a fault of the container.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "input_file.h"
#include "io/readers/formats.h"
#include "support/temporary_directory.h"

namespace {

using namespace floe;
using Attributes = std::map<std::string, io::hdf5::AttributeValue>;

/// The bytes of a trial, one after the other; zeros after their end.
class Bytes final {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  std::size_t below(std::size_t limit) {
    if (rest_.empty()) return 0;
    const std::uint8_t byte = rest_.front();
    rest_ = rest_.subspan(1);
    return byte % limit;
  }
  template <class Value, std::size_t n>
  const Value& of(const Value (&values)[n]) {
    return values[below(n)];
  }
  std::string_view rest() const { return {reinterpret_cast<const char*>(rest_.data()), rest_.size()}; }

 private:
  std::span<const std::uint8_t> rest_;
};

const std::string names[] = {"tensor",
                             "nu",
                             "x-coordinate",
                             "y-coordinate",
                             "t-coordinate",
                             "density",
                             "pressure",
                             "Vx",
                             "Vy",
                             "0000/data",
                             "0001/data",
                             "0000/grid/x",
                             "0000/grid/t",
                             "velocity",
                             "particles",
                             "force",
                             "t",
                             "data",
                             "solution",
                             "source",
                             "c",
                             "Sample_0/a",
                             "Sample_0/u",
                             "Sample_1/u",
                             "Sample_0/bc",
                             "dimensions/time",
                             "dimensions/x",
                             "dimensions/y",
                             "t0_fields/f",
                             "t1_fields/g",
                             "t2_fields/h",
                             "scalars/s",
                             "boundary_conditions/x/mask",
                             "0-IN",
                             "0-OUT",
                             "1-IN",
                             "1-OUT",
                             "X0",
                             "X1",
                             "y",
                             "X_train0",
                             "X_train1",
                             "y_train",
                             "u",
                             "v"};
const std::size_t extents[] = {2, 3, 4, 1, 5, 0, 6, 300};
const char* const types[] = {"float32", "float64", "int64", "bool", "uint8", "complex128", "string"};
const std::string keys[] = {"sample_varying", "time_varying",    "dim_varying",    "units",
                            "field_names",    "spatial_dims",    "n_trajectories", "n_spatial_dims",
                            "bc_type",        "associated_dims", "beta/x",         "dataset_name"};
const io::hdf5::AttributeValue settings[] = {std::int64_t{1},
                                             std::int64_t{0},
                                             std::int64_t{2},
                                             std::vector<std::int64_t>{1, 1},
                                             std::vector<std::int64_t>{1, 0},
                                             std::vector<std::string>{"x", "y"},
                                             std::string("x"),
                                             std::string("PERIODIC"),
                                             std::vector<std::string>{"x", "x"},
                                             std::uint64_t{3},
                                             std::int64_t{-1},
                                             1.5,
                                             std::numeric_limits<std::uint64_t>::max()};

Attributes some_attributes(Bytes& bytes) {
  Attributes attributes;
  for (std::size_t i = bytes.below(5); i > 0; --i) {
    const std::string& key = bytes.of(keys);
    attributes[key] = bytes.of(settings);
  }
  return attributes;
}

class SomeArrays final : public io::ArrayFile {
 public:
  SomeArrays(Bytes& bytes, std::string path) : path_(std::move(path)) {
    std::set<std::string> known;
    for (std::size_t i = 1 + bytes.below(12); i > 0; --i) {
      io::ArrayInfo info{bytes.of(names), io::Shape(bytes.below(6)), "float32"};
      for (std::size_t& extent : info.shape) extent = bytes.of(extents);
      info.type_name = bytes.of(types);
      info.attributes = some_attributes(bytes);
      if (known.insert(info.name).second) arrays_.push_back(std::move(info));
    }
    std::sort(arrays_.begin(), arrays_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    for (const char* group : {"", "dimensions", "boundary_conditions/x"}) attributes_[group] = some_attributes(bytes);
    container_ = bytes.below(4) == 3 ? "NPZ" : "HDF5";
  }

  std::string container() const override { return container_; }
  const std::string& path() const override { return path_; }
  const std::vector<io::ArrayInfo>& arrays() const override { return arrays_; }
  Attributes attributes(const std::string& group) const override {
    const auto found = attributes_.find(group);
    return found == attributes_.end() ? Attributes() : found->second;
  }
  void read(const std::string& name, const io::Selection& selection, std::span<double> values) const override {
    fill(name, selection, values);
  }
  void read(const std::string& name, const io::Selection& selection, std::span<float> values) const override {
    fill(name, selection, values);
  }

 private:
  template <class Real>
  void fill(const std::string& name, const io::Selection& selection, std::span<Real> values) const {
    const io::ArrayInfo& info = array(name);
    selection.validate(info.shape);
    // What a file would be asked for wrongly is a fault of the layout.
    if (values.size() != selection.size()) std::abort();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<Real>(i % 7);
  }

  std::string path_;
  std::string container_;
  std::vector<io::ArrayInfo> arrays_;
  std::map<std::string, Attributes> attributes_;
};

io::SourceOptions some_options(Bytes& bytes) {
  io::SourceOptions options;
  const std::size_t choice = bytes.below(8);
  if (choice == 1)
    options.times = {static_cast<std::int64_t>(bytes.below(4)), {}, 1 + static_cast<std::int64_t>(bytes.below(3))};
  if (choice == 2) options.input_frames = bytes.below(4);
  if (choice == 3) options.stride.assign(1 + bytes.below(3), 2);
  if (choice == 4) options.samples = {1, 2 + static_cast<std::int64_t>(bytes.below(2)), 1};
  if (choice == 5) options.outputs = {bytes.of(names)};
  if (choice == 6) options.inputs = {"a = " + bytes.of(names) + "[:, 0]"};
  if (choice == 7) {
    options.sample_axis = static_cast<int>(bytes.below(5)) - 2;
    options.time_axis = static_cast<int>(bytes.below(5)) - 2;
  }
  return options;
}

void read_some(const io::Source& source, const std::string& path, std::size_t values) {
  if (source.samples() == 0 || values > 65536) return;
  test::attempt([&] {
    std::vector<double> sample(values);
    source.read(path, 0, 1, std::span<double>(sample));
    source.read(path, source.samples() - 1, 1, std::span<double>(sample));
  });
  test::attempt([&] {
    const std::size_t count = std::min<std::size_t>(source.samples(), 3);
    std::vector<float> samples(count * values);
    source.read(path, 0, count, std::span<float>(samples));
  });
}

/// Where the rooms of Graph Element Networks are looked for.
const std::filesystem::path& folder() {
  static const test::TemporaryDirectory directory;
  static const bool made = std::filesystem::create_directory(directory / "poisson_inp");
  if (!made) std::abort();
  return directory.path();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const io::Format& format = io::formats()[bytes.below(io::formats().size())];
  io::Candidate candidate;
  candidate.path = folder() / "poisson_out.hdf5";
  const io::SourceOptions options = some_options(bytes);
  candidate.arrays = std::make_shared<SomeArrays>(bytes, candidate.path.string());
  if (format.name == "gen_poisson") {
    // What is left describes the rooms.
    std::ofstream(folder() / "poisson_inp" / "desc_0.json", std::ios::binary) << bytes.rest();
  }
  test::attempt([&] {
    options.validate();
    for (const io::Format& other : io::formats()) other.recognises(candidate);
    const std::unique_ptr<io::Source> source = format.open(candidate, options);
    const io::DatasetDescription& description = source->description();
    for (const io::Field& field : description.inputs) {
      read_some(*source, "inputs/" + field.name, io::element_count(description.sample_shape(field)));
    }
    for (const io::Field& field : description.outputs) {
      read_some(*source, "outputs/" + field.name, io::element_count(description.sample_shape(field)));
    }
    for (const io::Parameter& parameter : description.parameters) {
      read_some(*source, "parameters/" + parameter.name, 1);
    }
  });
  return 0;
}
