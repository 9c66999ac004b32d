// SPDX-License-Identifier: MIT
#include "io/checkpoint.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/partial_file.h"

namespace floe::io {

namespace {

constexpr std::string_view checkpoint_schema = "floe-checkpoint";
constexpr std::int64_t checkpoint_version = 1;
constexpr std::string_view attribute_group = "/attributes";
constexpr std::string_view tensor_group = "/tensors";
constexpr int max_depth = 16;

template <class T>
void put(Checkpoint& checkpoint, const std::string& name, Shape shape, std::vector<T> values) {
  checkpoint.tensors.insert_or_assign(name, Tensor{std::move(shape), std::move(values)});
}

const Tensor& find(const Checkpoint& checkpoint, const std::string& name) {
  const auto found = checkpoint.tensors.find(name);
  if (found == checkpoint.tensors.end()) {
    std::vector<std::string> names;
    for (const auto& [key, tensor] : checkpoint.tensors) {
      names.push_back(key);
    }
    throw DataError(fmt::format("the checkpoint has no tensor '{}' (it has {}); it is of another model", name,
                                fmt::join(names, ", ")));
  }
  return found->second;
}

void write_tensor(hdf5::Group& root, const std::string& name, const Tensor& tensor) {
  std::visit(
      [&](const auto& values) {
        using T = typename std::decay_t<decltype(values)>::value_type;
        // A single number is stored as a row of one, since only chunked data carry a checksum.
        const Shape stored = tensor.shape.empty() ? Shape{1} : tensor.shape;
        hdf5::Dataset dataset =
            root.write<T>(fmt::format("{}/{}", tensor_group, name), stored, std::span<const T>(values));
        dataset.attributes().set("scalar", std::int64_t{tensor.shape.empty()});
      },
      tensor.values);
}

Tensor read_tensor(const hdf5::Dataset& dataset) {
  Tensor tensor;
  tensor.shape = dataset.shape();
  if (dataset.attributes().get<std::int64_t>("scalar") == 1) {
    tensor.shape.clear();
  }
  switch (dataset.type()) {
    case ElementType::float64:
      tensor.values = dataset.read<double>();
      break;
    case ElementType::float32:
      tensor.values = dataset.read<float>();
      break;
    case ElementType::int64:
      tensor.values = dataset.read<std::int64_t>();
      break;
    default:
      throw DataError(
          fmt::format("{}:{} holds {} (a checkpoint has float32, float64 and int64); it was not written by floe",
                      dataset.file(), dataset.path(), dataset.type_name()));
  }
  return tensor;
}

void read_tensors(const hdf5::Group& group, const std::string& prefix, int depth, Checkpoint& checkpoint) {
  for (const hdf5::Entry& entry : group.entries()) {
    const std::string name = prefix + entry.name;
    if (entry.kind == hdf5::Entry::Kind::dataset) {
      checkpoint.tensors.emplace(name, read_tensor(group.dataset(entry.name)));
    } else if (entry.kind == hdf5::Entry::Kind::group && depth < max_depth) {
      read_tensors(group.group(entry.name), name + "/", depth + 1, checkpoint);
    } else {
      throw DataError(
          fmt::format("{}:{}/{} is neither an array nor a group (a link is broken or they lie too deep); the file is "
                      "damaged, use another copy",
                      group.file(), group.path(), entry.name));
    }
  }
}

// Another kind is the user's mistake, not damage: the previous file would be no better.
struct WrongKind {
  std::string message;
};

Checkpoint read_file_of_kind(const std::filesystem::path& path, std::string_view kind) {
  const hdf5::File file = hdf5::File::open(path);
  const hdf5::Attributes attributes = file.attributes();
  if (!attributes.contains("schema") || attributes.get<std::string>("schema") != checkpoint_schema) {
    throw WrongKind{
        fmt::format("{} is no checkpoint (its root has no attribute schema = \"{}\"); name the file of a run",
                    path.string(), checkpoint_schema)};
  }
  if (const auto version = attributes.get<std::int64_t>("schema_version"); version != checkpoint_version) {
    throw WrongKind{fmt::format("{} has version {} of {} (this floe reads version {}); use the floe that wrote it",
                                path.string(), version, checkpoint_schema, checkpoint_version)};
  }
  if (const auto got = attributes.get<std::string>("kind"); got != kind) {
    throw WrongKind{
        fmt::format("{} is a checkpoint of kind '{}' (expected '{}'); name another file", path.string(), got, kind)};
  }
  Checkpoint checkpoint;
  const hdf5::Attributes words = file.root().group(std::string(attribute_group)).attributes();
  for (const std::string& name : words.names()) {
    checkpoint.attributes.emplace(name, words.get<std::string>(name));
  }
  read_tensors(file.root().group(std::string(tensor_group)), "", 0, checkpoint);
  return checkpoint;
}

std::string spec_text(ElementType type, const Shape& shape) {
  std::string extents = to_string(shape);
  for (std::string any = std::to_string(any_extent); extents.find(any) != std::string::npos;) {
    extents.replace(extents.find(any), any.size(), "any");
  }
  return fmt::format("{} {}", to_string(type), extents);
}

bool shape_fits(const Shape& shape, const Shape& expected) {
  return std::equal(shape.begin(), shape.end(), expected.begin(), expected.end(),
                    [](std::size_t got, std::size_t want) { return want == any_extent || got == want; });
}

}  // namespace

ElementType Tensor::type() const {
  return std::visit([](const auto& held) { return element_type_of<typename std::decay_t<decltype(held)>::value_type>; },
                    values);
}

void Checkpoint::set(const std::string& name, Shape shape, std::vector<double> values) {
  put(*this, name, std::move(shape), std::move(values));
}
void Checkpoint::set(const std::string& name, Shape shape, std::vector<float> values) {
  put(*this, name, std::move(shape), std::move(values));
}
void Checkpoint::set(const std::string& name, Shape shape, std::vector<std::int64_t> values) {
  put(*this, name, std::move(shape), std::move(values));
}

template <class T>
const std::vector<T>& Checkpoint::get(const std::string& name) const {
  const Tensor& tensor = find(*this, name);
  if (const auto* values = std::get_if<std::vector<T>>(&tensor.values)) {
    return *values;
  }
  throw DataError(fmt::format("tensor '{}' of the checkpoint is {} (expected {}); it is of another model", name,
                              to_string(tensor.type()), to_string(element_type_of<T>)));
}

template const std::vector<double>& Checkpoint::get<double>(const std::string&) const;
template const std::vector<float>& Checkpoint::get<float>(const std::string&) const;
template const std::vector<std::int64_t>& Checkpoint::get<std::int64_t>(const std::string&) const;

const Shape& Checkpoint::shape(const std::string& name) const {
  return find(*this, name).shape;
}

const std::string& Checkpoint::attribute(const std::string& name) const {
  const auto found = attributes.find(name);
  if (found == attributes.end()) {
    throw DataError(
        fmt::format("the checkpoint has no attribute '{}' (it is of another model); name another file", name));
  }
  return found->second;
}

void require_tensors(const Checkpoint& checkpoint, std::span<const TensorSpec> expected, std::string_view source) {
  std::vector<std::string> problems;
  for (const TensorSpec& spec : expected) {
    const auto found = checkpoint.tensors.find(spec.name);
    if (found == checkpoint.tensors.end()) {
      problems.push_back(fmt::format("'{}' is missing, expected {}", spec.name, spec_text(spec.type, spec.shape)));
    } else if (found->second.type() != spec.type || !shape_fits(found->second.shape, spec.shape)) {
      problems.push_back(fmt::format("'{}' is {}, expected {}", spec.name,
                                     spec_text(found->second.type(), found->second.shape),
                                     spec_text(spec.type, spec.shape)));
    }
  }
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (std::none_of(expected.begin(), expected.end(),
                     [&key = name](const TensorSpec& spec) { return spec.name == key; })) {
      problems.push_back(fmt::format("'{}' ({}) is not expected", name, spec_text(tensor.type(), tensor.shape)));
    }
  }
  if (!problems.empty()) {
    throw DataError(fmt::format("{} does not fit the model ({}); give the checkpoint of a model with these options",
                                source, fmt::join(problems, "; ")));
  }
}

std::filesystem::path previous_checkpoint(const std::filesystem::path& path) {
  std::filesystem::path previous = path;
  previous += ".previous";
  return previous;
}

void save_checkpoint(const std::filesystem::path& path, std::string_view kind, const Checkpoint& checkpoint) {
  for (const auto& [name, tensor] : checkpoint.tensors) {
    const std::size_t count = std::visit([](const auto& values) { return values.size(); }, tensor.values);
    if (count != element_count(tensor.shape)) {
      throw ShapeError(fmt::format("tensor '{}' of shape {} has {} values (they do not fill it); give {}", name,
                                   to_string(tensor.shape), count, element_count(tensor.shape)));
    }
  }
  PartialFile place(path);
  hdf5::File file = hdf5::File::create(place.path());
  hdf5::Group root = file.root();
  root.attributes().set("schema", std::string(checkpoint_schema));
  root.attributes().set("schema_version", checkpoint_version);
  root.attributes().set("kind", std::string(kind));
  hdf5::Attributes words = root.create_group(std::string(attribute_group)).attributes();
  for (const auto& [name, text] : checkpoint.attributes) {
    words.set(name, text);
  }
  root.create_group(std::string(tensor_group));
  for (const auto& [name, tensor] : checkpoint.tensors) {
    write_tensor(root, name, tensor);
  }
  file.close();
  // Between the two renames only the previous file has a name that a reader looks for.
  if (std::error_code error; std::filesystem::exists(path, error)) {
    std::filesystem::rename(path, previous_checkpoint(path), error);
    if (error) {
      throw_io_error("rename", path, error.value());
    }
  }
  place.commit();
}

Checkpoint load_checkpoint(const std::filesystem::path& path, std::string_view kind) {
  try {
    try {
      return read_file_of_kind(path, kind);
    } catch (const Error& error) {
      const std::filesystem::path previous = previous_checkpoint(path);
      if (std::error_code ignored; !std::filesystem::exists(previous, ignored)) {
        throw;
      }
      Checkpoint checkpoint;
      try {
        checkpoint = read_file_of_kind(previous, kind);
      } catch (const Error& second) {
        throw DataError(fmt::format("no checkpoint can be read: {}; and {}", error.what(), second.what()));
      }
      logging::warning("{}; the one before it is used, {}", error.what(), previous.string());
      return checkpoint;
    }
  } catch (const WrongKind& wrong) {
    throw DataError(wrong.message);
  }
}

Checkpoint load_checkpoint(const std::filesystem::path& path, std::string_view kind,
                           std::span<const TensorSpec> expected) {
  Checkpoint checkpoint = load_checkpoint(path, kind);
  require_tensors(checkpoint, expected, path.string());
  return checkpoint;
}

}  // namespace floe::io
