// SPDX-License-Identifier: MIT
#include "operators/fno/spectral_basis.h"

#include <torch/custom_class.h>

#include <cmath>
#include <mutex>
#include <numeric>
#include <optional>
#include <utility>

#include "operators/fno/mode_product.h"

namespace floe::operators {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

bool native(const Tensor& tensor) {
  return tensor.is_cpu() && (tensor.scalar_type() == torch::kFloat || tensor.scalar_type() == torch::kDouble);
}

/// Operations per value of the products with matrices, against those of an FFT of the whole field. An operation of a
/// large FFT is taken to cost as much as 16 of a matrix product: an estimate from rates of GEMM and FFT, not a
/// measurement.
bool matrices_are_faster(const std::vector<std::int64_t>& grid, const ModeCounts& modes) {
  constexpr double operations_per_fft_operation = 16;
  double products = 0;
  double kept = 1;
  double volume = 1;
  for (std::size_t a = 0; a < grid.size(); ++a) {
    const double rows = static_cast<double>(modes.per_axis[a]) * (a + 1 == grid.size() ? 2 : 1) + 1;
    products += 2 * kept * rows;
    kept *= rows / static_cast<double>(grid[a]);
    volume *= static_cast<double>(grid[a]);
  }
  return products < operations_per_fft_operation * 2.5 * std::log2(volume + 1);
}

}  // namespace

/// What both directions share; lives as long as the graph that uses it.
class SpectralBasis::Kernels final : public torch::CustomClassHolder {
 public:
  Kernels(std::vector<std::int64_t> grid, ModeCounts modes, std::vector<std::vector<double>> factors, bool matrices)
      : grid_(std::move(grid)), modes_(std::move(modes)), factors_(std::move(factors)), matrices_(matrices) {}

  Tensor analyse(const Tensor& fields) const {
    if (!native(fields) || !matrices_) return analyse_by_fft(fields);
    const Tensor x = fields.contiguous();
    Tensor out = torch::empty({modes_.total(), 2, x.size(0), x.size(-1)}, x.options());
    if (x.scalar_type() == torch::kFloat) {
      transform(single_).analyse(x.data_ptr<float>(), x.size(0), x.size(-1), out.data_ptr<float>());
    } else {
      transform(double_).analyse(x.data_ptr<double>(), x.size(0), x.size(-1), out.data_ptr<double>());
    }
    return out;
  }

  Tensor synthesise(const Tensor& spectrum) const {
    if (!native(spectrum) || !matrices_) return synthesise_by_fft(spectrum);
    const Tensor x = spectrum.contiguous();
    Tensor out = torch::empty(field_shape(x), x.options());
    if (x.scalar_type() == torch::kFloat) {
      transform(single_).synthesise(x.data_ptr<float>(), x.size(2), x.size(3), out.data_ptr<float>());
    } else {
      transform(double_).synthesise(x.data_ptr<double>(), x.size(2), x.size(3), out.data_ptr<double>());
    }
    return out;
  }

  bool matrices() const { return matrices_; }

 private:
  std::vector<std::int64_t> field_shape(const Tensor& spectrum) const {
    std::vector<std::int64_t> shape{spectrum.size(2)};
    shape.insert(shape.end(), grid_.begin(), grid_.end());
    shape.push_back(spectrum.size(3));
    return shape;
  }

  template <class T>
  const TruncatedTransform<T>& transform(std::optional<TruncatedTransform<T>>& slot) const {
    const std::lock_guard lock(mutex_);
    if (!slot) slot.emplace(grid_, modes_, factors_);
    return *slot;
  }

  std::vector<std::int64_t> axes() const {
    std::vector<std::int64_t> axes(grid_.size());
    std::iota(axes.begin(), axes.end(), 1);
    return axes;
  }

  /// The places of the modes of an axis among the n of its transform.
  Tensor places(std::size_t axis, torch::Device device) const {
    const std::int64_t first = modes_.first(static_cast<std::int64_t>(axis));
    return torch::arange(first, first + modes_.per_axis[axis], torch::kLong).remainder(grid_[axis]).to(device);
  }

  /// The a_k, (mode, 1, 1).
  Tensor scale(const Tensor& like) const {
    Tensor all = torch::ones({1}, torch::kDouble);
    for (const std::vector<double>& factors : factors_) {
      all = (all.unsqueeze(1) * torch::tensor(factors, torch::kDouble)).flatten();
    }
    return all.to(like.device(), like.scalar_type()).view({-1, 1, 1});
  }

  Tensor analyse_by_fft(const Tensor& fields) const {
    Tensor spectrum = torch::fft_rfftn(fields, c10::nullopt, axes());
    for (std::size_t a = 0; a < grid_.size(); ++a) {
      spectrum = spectrum.index_select(static_cast<std::int64_t>(a) + 1, places(a, fields.device()));
    }
    spectrum = spectrum.reshape({fields.size(0), modes_.total(), fields.size(-1)}).transpose(0, 1);
    return torch::stack({torch::real(spectrum), torch::imag(spectrum)}, 1) * scale(fields).unsqueeze(1);
  }

  Tensor synthesise_by_fft(const Tensor& spectrum) const {
    // irfftn() counts every mode of the last axis twice but the first and, of an even axis, the last.
    const std::int64_t last = grid_.back();
    Tensor halves = torch::full({modes_.per_axis.back()}, 0.5, torch::kDouble);
    halves[0] = 1;
    if (last % 2 == 0 && modes_.per_axis.back() == last / 2 + 1) halves[-1] = 1;
    Tensor scaled = spectrum * scale(spectrum).unsqueeze(1);
    Tensor modes = torch::complex(scaled.select(1, 0), scaled.select(1, 1)).transpose(0, 1);
    std::vector<std::int64_t> shape{spectrum.size(2)};
    shape.insert(shape.end(), modes_.per_axis.begin(), modes_.per_axis.end());
    shape.push_back(spectrum.size(3));
    modes = modes.reshape(shape) * halves.to(spectrum.device(), spectrum.scalar_type()).unsqueeze(1);
    for (std::size_t a = 0; a < grid_.size(); ++a) {
      const std::int64_t dim = static_cast<std::int64_t>(a) + 1;
      std::vector<std::int64_t> full = modes.sizes().vec();
      full[a + 1] = a + 1 == grid_.size() ? last / 2 + 1 : grid_[a];
      modes = torch::zeros(full, modes.options()).index_copy(dim, places(a, spectrum.device()), modes);
    }
    if (grid_.size() > 1) {
      std::vector<std::int64_t> others = axes();
      others.pop_back();
      modes = torch::fft_ifftn(modes, c10::nullopt, others, "forward");
    }
    return torch::fft_irfft(modes, last, static_cast<std::int64_t>(grid_.size()), "forward");
  }

  std::vector<std::int64_t> grid_;
  ModeCounts modes_;
  std::vector<std::vector<double>> factors_;
  bool matrices_;
  mutable std::mutex mutex_;
  mutable std::optional<TruncatedTransform<float>> single_;
  mutable std::optional<TruncatedTransform<double>> double_;
};

namespace {

using KernelsPtr = c10::intrusive_ptr<SpectralBasis::Kernels>;

KernelsPtr kernels_of(AutogradContext* context) {
  return c10::static_intrusive_pointer_cast<SpectralBasis::Kernels>(context->saved_data["kernels"].toCapsule());
}

void keep(AutogradContext* context, const KernelsPtr& kernels) {
  context->saved_data["kernels"] = torch::IValue::make_capsule(kernels);
}

struct Analyse final : torch::autograd::Function<Analyse> {
  static Tensor forward(AutogradContext* context, const Tensor& fields, const KernelsPtr& kernels);
  static variable_list backward(AutogradContext* context, const variable_list& gradients);
};

/// The transpose of Analyse.
struct Synthesise final : torch::autograd::Function<Synthesise> {
  static Tensor forward(AutogradContext* context, const Tensor& spectrum, const KernelsPtr& kernels) {
    keep(context, kernels);
    return kernels->synthesise(spectrum);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {Analyse::apply(gradients[0], kernels_of(context)), Tensor()};
  }
};

Tensor Analyse::forward(AutogradContext* context, const Tensor& fields, const KernelsPtr& kernels) {
  keep(context, kernels);
  return kernels->analyse(fields);
}

variable_list Analyse::backward(AutogradContext* context, const variable_list& gradients) {
  return {Synthesise::apply(gradients[0], kernels_of(context)), Tensor()};
}

/// In operations of LibTorch: for other devices, and for second derivatives.
Tensor plain_mode_product(const Tensor& x, const Tensor& w) {
  const std::int64_t modes = x.size(0);
  const std::int64_t batch = x.size(2);
  const std::int64_t out = w.size(3);
  const Tensor all = torch::bmm(x.reshape({modes, 2 * batch, x.size(3)}), w.reshape({modes, w.size(1), 2 * out}))
                         .view({modes, 2, batch, 2, out});
  const auto part = [&](std::int64_t of_x, std::int64_t of_w) { return all.select(3, of_w).select(1, of_x); };
  return torch::stack({part(0, 0) - part(1, 1), part(0, 1) + part(1, 0)}, 1);
}

ModeProductShape shape_of(const Tensor& x, const Tensor& w) {
  return {.modes = x.size(0), .batch = x.size(2), .in_channels = x.size(3), .out_channels = w.size(3)};
}

struct ModeProduct final : torch::autograd::Function<ModeProduct> {
  static Tensor forward(AutogradContext* context, const Tensor& spectrum, const Tensor& weights) {
    const Tensor x = spectrum.contiguous();
    const Tensor w = weights.contiguous();
    context->save_for_backward({x, w});
    Tensor y = torch::empty({x.size(0), 2, x.size(2), w.size(3)}, x.options());
    if (x.scalar_type() == torch::kFloat) {
      mode_product(shape_of(x, w), x.data_ptr<float>(), w.data_ptr<float>(), y.data_ptr<float>());
    } else {
      mode_product(shape_of(x, w), x.data_ptr<double>(), w.data_ptr<double>(), y.data_ptr<double>());
    }
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor& x = saved[0];
    const Tensor& w = saved[1];
    if (torch::GradMode::is_enabled()) {
      // The transposes of a complex product are products with conjugates.
      const Tensor conjugate = torch::tensor({1.0, -1.0}, x.options());
      const Tensor g = gradients[0];
      const Tensor grad_x = plain_mode_product(g, w.permute({0, 3, 2, 1}) * conjugate.view({1, 1, 2, 1}));
      const Tensor xt = (x * conjugate.view({1, 2, 1, 1})).permute({0, 1, 3, 2});
      const Tensor grad_w = plain_mode_product(xt, g.permute({0, 2, 1, 3})).permute({0, 2, 1, 3});
      return {grad_x, grad_w};
    }
    const Tensor g = gradients[0].contiguous();
    Tensor grad_x = context->needs_input_grad(0) ? torch::empty_like(x) : Tensor();
    Tensor grad_w = context->needs_input_grad(1) ? torch::empty_like(w) : Tensor();
    if (x.scalar_type() == torch::kFloat) {
      call<float>(x, w, g, grad_x, grad_w);
    } else {
      call<double>(x, w, g, grad_x, grad_w);
    }
    return {grad_x, grad_w};
  }

  template <class T>
  static void call(const Tensor& x, const Tensor& w, const Tensor& g, const Tensor& grad_x, const Tensor& grad_w) {
    mode_product_gradient(shape_of(x, w), x.data_ptr<T>(), w.data_ptr<T>(), g.data_ptr<T>(),
                          grad_x.defined() ? grad_x.data_ptr<T>() : nullptr,
                          grad_w.defined() ? grad_w.data_ptr<T>() : nullptr);
  }
};

}  // namespace

SpectralBasis::SpectralBasis(std::vector<std::int64_t> grid, ModeCounts modes, std::vector<std::vector<double>> factors,
                             SpectralMethod method) {
  const bool matrices =
      method == SpectralMethod::matrices || (method == SpectralMethod::automatic && matrices_are_faster(grid, modes));
  kernels_ = c10::make_intrusive<Kernels>(std::move(grid), std::move(modes), std::move(factors), matrices);
}

SpectralBasis::~SpectralBasis() = default;
SpectralBasis::SpectralBasis(const SpectralBasis&) = default;

Tensor SpectralBasis::analyse(const Tensor& fields) const {
  return Analyse::apply(fields, kernels_);
}

Tensor SpectralBasis::synthesise(const Tensor& spectrum) const {
  return Synthesise::apply(spectrum, kernels_);
}

bool SpectralBasis::by_matrices() const {
  return kernels_->matrices();
}

Tensor mode_product(const Tensor& spectrum, const Tensor& weights) {
  return native(spectrum) ? ModeProduct::apply(spectrum, weights) : plain_mode_product(spectrum, weights);
}

}  // namespace floe::operators
