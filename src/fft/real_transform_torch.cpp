// SPDX-License-Identifier: MIT
#include "fft/real_transform_torch.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/fft_irfftn.h>
#include <ATen/ops/fft_rfftn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <complex>
#include <limits>
#include <vector>

#include "base/error.h"
#include "fft/real_transform.h"

namespace floe::fft {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

/// Factors of the modes: `edge` where k_last is its own mirror image (0 and n / 2), `interior` elsewhere. With them
/// each of the two maps below is the other's adjoint, so that derivatives of every order are the same two maps again:
///
///   forward:  Y(k) = m_k sum_x x(x) exp(-ikx)                    on the half spectrum
///   inverse:  x(x) = sum_{half} m_k w_k Re(Y(k) exp(+ikx))       with w = 1 on the edges and 2 inside
struct Factors {
  double edge;
  double interior;
};

/// How a batch is cut: groups of transforms of a few thousand numbers, which one plan transforms at once and whose
/// spectrum stays in the cache.
struct Cut {
  std::int64_t batch;
  std::int64_t group;

  Cut(std::int64_t count, std::int64_t volume)
      : batch(count), group(std::clamp<std::int64_t>(4096 / volume, 1, std::max<std::int64_t>(count, 1))) {}

  /// Calls body(first transform, count) in parallel; the cut does not depend on the number of threads.
  template <class Body>
  void for_each_group(std::int64_t volume, const Body& body) const {
    const std::int64_t groups = (batch + group - 1) / group;
    const std::int64_t grain = std::max<std::int64_t>(1, 16384 / (group * volume));
    at::parallel_for(0, groups, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t g = begin; g < end; ++g) body(g * group, std::min(group, batch - g * group));
    });
  }
};

template <class T>
void scale_modes(std::complex<T>* spectrum, std::int64_t count, std::int64_t row, int last, Factors factors) {
  const auto edge = static_cast<T>(factors.edge);
  const auto interior = static_cast<T>(factors.interior);
  if (edge == T{1} && interior == T{1}) return;
  for (std::int64_t begin = 0; begin < count; begin += row) {
    for (std::int64_t k = 0; k < row; ++k) spectrum[begin + k] *= k == 0 || 2 * k == last ? edge : interior;
  }
}

std::vector<int> as_int(at::IntArrayRef sizes) {
  return {sizes.begin(), sizes.end()};
}

template <class T>
void forward_batch(const T* field, std::complex<T>* spectrum, std::int64_t batch, const std::vector<int>& sizes,
                   Factors factors) {
  const RealTransform<T> one(sizes);
  const Cut cut(batch, one.volume());
  const RealTransform<T> several(sizes, static_cast<int>(cut.group));
  cut.for_each_group(one.volume(), [&](std::int64_t first, std::int64_t count) {
    if (count == cut.group) {
      several.forward(field + first * one.volume(), spectrum + first * one.modes());
    } else {
      for (std::int64_t b = first; b < first + count; ++b) {
        one.forward(field + b * one.volume(), spectrum + b * one.modes());
      }
    }
    scale_modes(spectrum + first * one.modes(), count * one.modes(), sizes.back() / 2 + 1, sizes.back(), factors);
  });
}

template <class T>
void inverse_batch(const std::complex<T>* spectrum, T* field, std::int64_t batch, const std::vector<int>& sizes,
                   Factors factors) {
  const RealTransform<T> one(sizes);
  const Cut cut(batch, one.volume());
  const RealTransform<T> several(sizes, static_cast<int>(cut.group));
  cut.for_each_group(one.volume(), [&](std::int64_t first, std::int64_t count) {
    // FFTW destroys the spectrum it inverts.
    thread_local std::vector<std::complex<T>> copy;
    copy.assign(spectrum + first * one.modes(), spectrum + (first + count) * one.modes());
    scale_modes(copy.data(), count * one.modes(), sizes.back() / 2 + 1, sizes.back(), factors);
    if (count == cut.group) {
      several.inverse_overwriting(copy.data(), field + first * one.volume());
    } else {
      for (std::int64_t b = 0; b < count; ++b) {
        one.inverse_overwriting(copy.data() + b * one.modes(), field + (first + b) * one.volume());
      }
    }
  });
}

template <class T>
std::complex<T>* complex_data(const at::Tensor& tensor) {
  return reinterpret_cast<std::complex<T>*>(tensor.data_ptr<c10::complex<T>>());
}

at::Tensor forward_map(const at::Tensor& input, std::int64_t axes, Factors factors) {
  const at::Tensor field = input.contiguous().resolve_neg();
  std::vector<std::int64_t> shape = field.sizes().vec();
  const std::vector<int> sizes = as_int(field.sizes().slice(field.sizes().size() - static_cast<std::size_t>(axes)));
  shape.back() = shape.back() / 2 + 1;
  at::Tensor spectrum = at::empty(shape, field.options().dtype(c10::toComplexType(field.scalar_type())));
  std::int64_t volume = 1;
  for (const int size : sizes) volume *= size;
  const std::int64_t batch = field.numel() / volume;
  if (field.scalar_type() == at::kDouble) {
    forward_batch<double>(field.data_ptr<double>(), complex_data<double>(spectrum), batch, sizes, factors);
  } else {
    forward_batch<float>(field.data_ptr<float>(), complex_data<float>(spectrum), batch, sizes, factors);
  }
  return spectrum;
}

at::Tensor inverse_map(const at::Tensor& input, at::IntArrayRef sizes, Factors factors) {
  const at::Tensor spectrum = input.resolve_conj().contiguous();
  std::vector<std::int64_t> shape = spectrum.sizes().vec();
  shape.back() = sizes.back();
  at::Tensor field = at::empty(shape, spectrum.options().dtype(c10::toRealValueType(spectrum.scalar_type())));
  std::int64_t volume = 1;
  for (const std::int64_t size : sizes) volume *= size;
  const std::int64_t batch = field.numel() / volume;
  if (field.scalar_type() == at::kDouble) {
    inverse_batch<double>(complex_data<double>(spectrum), field.data_ptr<double>(), batch, as_int(sizes), factors);
  } else {
    inverse_batch<float>(complex_data<float>(spectrum), field.data_ptr<float>(), batch, as_int(sizes), factors);
  }
  return field;
}

at::Tensor differentiable_inverse(const at::Tensor& spectrum, at::IntArrayRef sizes, Factors factors);

struct Forward final : Function<Forward> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& field, std::int64_t axes, double edge,
                            double interior) {
    context->saved_data["sizes"] = field.sizes().slice(field.sizes().size() - static_cast<std::size_t>(axes)).vec();
    context->saved_data["edge"] = edge;
    context->saved_data["interior"] = interior;
    return forward_map(field, axes, {edge, interior});
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const Factors factors{context->saved_data["edge"].toDouble(), context->saved_data["interior"].toDouble() / 2};
    return {differentiable_inverse(gradients[0], context->saved_data["sizes"].toIntVector(), factors), {}, {}, {}};
  }
};

struct Inverse final : Function<Inverse> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& spectrum, at::IntArrayRef sizes, double edge,
                            double interior) {
    context->saved_data["axes"] = static_cast<std::int64_t>(sizes.size());
    context->saved_data["edge"] = edge;
    context->saved_data["interior"] = interior;
    return inverse_map(spectrum, sizes, {edge, interior});
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const at::Tensor gradient =
        Forward::apply(gradients[0], context->saved_data["axes"].toInt(), context->saved_data["edge"].toDouble(),
                       2 * context->saved_data["interior"].toDouble());
    return {gradient, {}, {}, {}};
  }
};

at::Tensor differentiable_inverse(const at::Tensor& spectrum, at::IntArrayRef sizes, Factors factors) {
  return Inverse::apply(spectrum, sizes, factors.edge, factors.interior);
}

/// Whether the plan cache serves these sizes on this tensor.
bool served(const at::Tensor& tensor, at::IntArrayRef sizes) {
  const at::ScalarType real = c10::toRealValueType(tensor.scalar_type());
  if (!tensor.device().is_cpu() || tensor.layout() != at::kStrided || sizes.size() > 4 || tensor.numel() == 0 ||
      (real != at::kFloat && real != at::kDouble)) {
    return false;
  }
  std::int64_t volume = 1;
  for (const std::int64_t size : sizes) {
    volume *= size;
    if (volume > std::numeric_limits<int>::max()) return false;
  }
  return true;
}

std::vector<std::int64_t> last_axes(std::size_t count) {
  std::vector<std::int64_t> axes;
  for (std::size_t a = 0; a < count; ++a)
    axes.push_back(static_cast<std::int64_t>(a) - static_cast<std::int64_t>(count));
  return axes;
}

}  // namespace

at::Tensor rfftn(const at::Tensor& field, std::int64_t axes) {
  const auto fail = [&](const char* why, const char* what) {
    throw ShapeError(fmt::format("rfftn of a tensor of shape {} and type {} over {} axes ({}); {}", field.sizes().vec(),
                                 c10::toString(field.scalar_type()), axes, why, what));
  };
  if (axes < 1 || axes > field.dim()) fail("it must have that many, at least one", "give (batch, axes...)");
  if (!field.is_floating_point()) fail("it must be real", "convert it to float or double");
  const at::IntArrayRef sizes = field.sizes().slice(static_cast<std::size_t>(field.dim() - axes));
  if (std::find(sizes.begin(), sizes.end(), 0) != sizes.end()) fail("no axis may be empty", "give positive sizes");
  if (served(field, sizes)) return Forward::apply(field, axes, 1.0, 1.0);
  return at::fft_rfftn(field, at::OptionalIntArrayRef{}, last_axes(sizes.size()));
}

at::Tensor irfftn(const at::Tensor& spectrum, at::IntArrayRef sizes) {
  const auto fail = [&](const char* why, const char* what) {
    throw ShapeError(fmt::format("irfftn of a tensor of shape {} and type {} to sizes {} ({}); {}",
                                 spectrum.sizes().vec(), c10::toString(spectrum.scalar_type()), sizes.vec(), why,
                                 what));
  };
  if (!spectrum.is_complex()) fail("a spectrum is complex", "give what rfftn returns");
  std::vector<std::int64_t> expected = sizes.vec();
  double volume = 1;
  for (const std::int64_t size : sizes) {
    if (size < 1) fail("every size must be at least 1", "give positive sizes");
    volume *= static_cast<double>(size);
  }
  if (!expected.empty()) expected.back() = expected.back() / 2 + 1;
  if (expected.empty() || static_cast<std::int64_t>(expected.size()) > spectrum.dim() ||
      !std::equal(expected.begin(), expected.end(), spectrum.sizes().end() - expected.size())) {
    fail("its last axes must be n_1, ..., n_d / 2 + 1", "give the sizes of the field it came from");
  }
  if (served(spectrum, sizes)) return differentiable_inverse(spectrum, sizes, {1 / volume, 1 / volume});
  return at::fft_irfftn(spectrum, sizes, last_axes(sizes.size()));
}

}  // namespace floe::fft
