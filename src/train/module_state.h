// SPDX-License-Identifier: MIT
#pragma once

#include <torch/torch.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/checkpoint.h"

namespace floe::train {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// float32, float64 and int64 tensors bit for bit. Throws DataError for another type.
void save_tensor(io::Checkpoint& checkpoint, const std::string& name, const torch::Tensor& tensor);
/// Throws DataError if there is none of that name.
torch::Tensor load_tensor(const io::Checkpoint& checkpoint, const std::string& name);

/// Parameters and buffers of a module by their names.
NamedTensors named_tensors(const torch::nn::Module& module);

/// All of them, as "<prefix><name>".
void save_tensors(io::Checkpoint& checkpoint, std::string_view prefix, const NamedTensors& tensors);

/// Writes what is stored under "<prefix><name>" into the tensors. Throws DataError, and changes nothing, when one is
/// missing or has another shape or type, or, if `strict`, when the prefix holds more; `source` names the file in the
/// message.
void load_tensors(const io::Checkpoint& checkpoint, std::string_view prefix, const NamedTensors& tensors,
                  std::string_view source, bool strict = true);

}  // namespace floe::train
