// SPDX-License-Identifier: MIT
#include "train/module_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/error.h"
#include "train/inputs.h"

namespace floe::train {

using torch::Tensor;

namespace {

template <class T>
void save_as(io::Checkpoint& checkpoint, const std::string& name, const Tensor& tensor) {
  const Tensor here = tensor.detach().cpu().contiguous();
  const T* data = here.data_ptr<T>();
  checkpoint.set(name, io::Shape(here.sizes().begin(), here.sizes().end()), std::vector<T>(data, data + here.numel()));
}

template <class T>
Tensor load_as(const io::Checkpoint& checkpoint, const std::string& name, torch::ScalarType type) {
  const std::vector<T>& values = checkpoint.get<T>(name);
  const io::Shape& shape = checkpoint.shape(name);
  Tensor tensor = torch::empty(std::vector<std::int64_t>(shape.begin(), shape.end()), type);
  std::copy(values.begin(), values.end(), tensor.data_ptr<T>());
  return tensor;
}

}  // namespace

void save_tensor(io::Checkpoint& checkpoint, const std::string& name, const Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case torch::kFloat:
      return save_as<float>(checkpoint, name, tensor);
    case torch::kDouble:
      return save_as<double>(checkpoint, name, tensor);
    case torch::kLong:
      return save_as<std::int64_t>(checkpoint, name, tensor);
    default:
      throw DataError(
          fmt::format("the tensor {} of type {} cannot be stored (checkpoints hold float32, float64 and int64); "
                      "convert it",
                      name, torch::toString(tensor.scalar_type())));
  }
}

Tensor load_tensor(const io::Checkpoint& checkpoint, const std::string& name) {
  checkpoint.shape(name);  // throws where there is none
  switch (checkpoint.tensors.at(name).type()) {
    case io::ElementType::float32:
      return load_as<float>(checkpoint, name, torch::kFloat);
    case io::ElementType::int64:
      return load_as<std::int64_t>(checkpoint, name, torch::kLong);
    default:
      return load_as<double>(checkpoint, name, torch::kDouble);
  }
}

NamedTensors named_tensors(const torch::nn::Module& module) {
  NamedTensors tensors;
  for (const auto& item : module.named_parameters()) tensors.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers()) tensors.emplace_back(item.key(), item.value());
  return tensors;
}

void save_tensors(io::Checkpoint& checkpoint, std::string_view prefix, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) save_tensor(checkpoint, std::string(prefix) + name, tensor);
}

void load_tensors(const io::Checkpoint& checkpoint, std::string_view prefix, const NamedTensors& tensors,
                  std::string_view source, bool strict) {
  std::vector<Tensor> loaded;
  for (const auto& [name, tensor] : tensors) {
    const std::string full = std::string(prefix) + name;
    if (!checkpoint.tensors.contains(full)) {
      throw DataError(
          fmt::format("{} has no tensor {} (the model has one of shape {}); it is the checkpoint of another model",
                      source, full, shape_text(tensor)));
    }
    loaded.push_back(load_tensor(checkpoint, full));
    if (loaded.back().sizes() != tensor.sizes() || loaded.back().scalar_type() != tensor.scalar_type()) {
      throw DataError(
          fmt::format("the tensor {} in {} is {} {} (the model has {} {}); it is the checkpoint of another model", full,
                      source, torch::toString(loaded.back().scalar_type()), shape_text(loaded.back()),
                      torch::toString(tensor.scalar_type()), shape_text(tensor)));
    }
  }
  for (const auto& [name, stored] : checkpoint.tensors) {
    if (!strict || !name.starts_with(prefix)) continue;
    const bool known = std::any_of(tensors.begin(), tensors.end(), [&, &stored_name = name](const auto& item) {
      return stored_name == std::string(prefix) + item.first;
    });
    if (!known) {
      throw DataError(fmt::format(
          "{} has a tensor {} (the model has none of that name); it is the checkpoint of another model", source, name));
    }
  }
  const torch::NoGradGuard guard;
  for (std::size_t i = 0; i < tensors.size(); ++i) Tensor(tensors[i].second).copy_(loaded[i]);
}

}  // namespace floe::train
