// SPDX-License-Identifier: MIT
#include "lattice/flow/heat_kernel_field.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/lane_math.h"
#include "lattice/flow/heat_kernel.h"

namespace floe::lattice {
namespace {

constexpr Eigen::Index tile = 8;  // sites whose features are at hand at once: they stay in the first-level cache

template <class T>
Lane<T>* lanes(T* data) {
  return reinterpret_cast<Lane<T>*>(data);
}
template <class T>
const Lane<T>* lanes(const T* data) {
  return reinterpret_cast<const Lane<T>*>(data);
}

/// sums(i, j) += sum over the tile's sites of left(i, x) right(j, x).
template <class T>
void add_tile_products(const Lane<T>* left, Eigen::Index left_stride, Eigen::Index left_count, const Lane<T>* right,
                       Eigen::Index right_count, Eigen::Index sites, Lane<T>* sums) {
  const auto block = [&]<int rows, int columns>(std::integral_constant<int, rows>, std::integral_constant<int, columns>,
                                                Eigen::Index i0, Eigen::Index j0) {
    Lane<T> sum[rows][columns];
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) sum[i][j] = sums[(i0 + i) * right_count + j0 + j];
    for (Eigen::Index x = 0; x < sites; ++x)
      for (int i = 0; i < rows; ++i) {
        const Lane<T> value = left[(i0 + i) * left_stride + x];
        for (int j = 0; j < columns; ++j) sum[i][j] += value * right[(j0 + j) * tile + x];
      }
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) sums[(i0 + i) * right_count + j0 + j] = sum[i][j];
  };
  constexpr std::integral_constant<int, 4> four;
  constexpr std::integral_constant<int, 6> six;
  constexpr std::integral_constant<int, 1> one;
  Eigen::Index i = 0;
  for (; i + 4 <= left_count; i += 4) {
    Eigen::Index j = 0;
    for (; j + 6 <= right_count; j += 6) block(four, six, i, j);
    for (; j < right_count; ++j) block(four, one, i, j);
  }
  for (; i < left_count; ++i) {
    Eigen::Index j = 0;
    for (; j + 6 <= right_count; j += 6) block(one, six, i, j);
    for (; j < right_count; ++j) block(one, one, i, j);
  }
}

}  // namespace

void HeatKernelBasis::validate() const {
  if (scales.empty())
    throw ConfigError("field.scales is empty (a field needs at least one); give for example [0, 0.4, 1]");
  if (!std::is_sorted(scales.begin(), scales.end(), std::less_equal<>{}) || !(scales.front() >= 0) ||
      !std::isfinite(scales.back()))
    throw ConfigError(
        fmt::format("field.scales = [{}] (must be finite, not negative and strictly increasing); sort them",
                    fmt::join(scales, ", ")));
  if (features < 1)
    throw ConfigError(
        fmt::format("field.features = {} (at least the linear feature is needed); give 1 or more", features));
  if (!(max_frequency > 0) || !std::isfinite(max_frequency))
    throw ConfigError(fmt::format("field.max_frequency = {} (must be positive); 4 is a good value", max_frequency));
  if (widths.size() != scales.size())
    throw ShapeError(fmt::format("{} widths for {} heat-kernel scales (each scale needs its own); give one per scale",
                                 widths.size(), scales.size()));
  for (const double width : widths)
    if (!(width > 0) || !std::isfinite(width))
      throw NumericalError(
          fmt::format("heat-kernel width {} (must be positive and finite); check the base's mass", width));
}

Eigen::Index HeatKernelBasis::parameter_count() const {
  return static_cast<Eigen::Index>(scales.size() * scales.size()) * features;
}

template <class T>
struct HeatKernelField<T>::Tables {
  HeatKernelBasis basis;
  Eigen::Index volume;
  Eigen::Index scale_count;
  Eigen::Index feature_count;  // S F
  double frequency;            // w
  std::vector<HeatKernel<T>> kernels;
  std::vector<double> at_origin;  // (J_a J_s)(0) / sigma_s, (a, s)

  Tables(const Geometry& geometry, HeatKernelBasis b) : basis(std::move(b)) {
    basis.validate();
    volume = geometry.volume();
    scale_count = static_cast<Eigen::Index>(basis.scales.size());
    feature_count = scale_count * basis.features;
    frequency = basis.features > 1 ? basis.max_frequency / (basis.features - 1) : 0;
    for (const double scale : basis.scales) kernels.emplace_back(geometry, scale);
    for (const double a : basis.scales)
      for (std::size_t s = 0; s < basis.scales.size(); ++s)
        at_origin.push_back(heat_kernel_at_origin(geometry, a + basis.scales[s]) / basis.widths[s]);
  }
};

template <class T>
struct HeatKernelField<T>::Buffers {
  explicit Buffers(const Tables& tables) {
    const Eigen::Index volume = tables.volume;
    inputs.resize(lane_count<T>, tables.scale_count * volume);
    outputs.resize(lane_count<T>, tables.scale_count * volume);
    scratch.resize(lane_count<T>, volume);
    features.resize(lane_count<T>, tables.feature_count * tile);
    weights.resize(lane_count<T>, tables.feature_count * tile);
    sums.resize(lane_count<T>, tables.scale_count * tables.feature_count);
  }
  Block<T> inputs;    // (s, x): J_s phi
  Block<T> outputs;   // (a, x): what is smeared last, or the smeared cotangent
  Block<T> scratch;   // for smearing
  Block<T> features;  // ((s, k), x in tile)
  Block<T> weights;   // ((s, k), x in tile)
  Block<T> sums;      // (a, (s, k))
};

template <class T>
HeatKernelField<T>::HeatKernelField(const Geometry& geometry, HeatKernelBasis basis)
    : tables_(std::make_shared<Tables>(geometry, std::move(basis))), buffers_(std::make_unique<Buffers>(*tables_)) {
  set_coefficients(Eigen::VectorXd::Zero(parameter_count()));
}

template <class T>
HeatKernelField<T>::HeatKernelField(const HeatKernelField& other)
    : tables_(other.tables_),
      coefficients_(other.coefficients_),
      transposed_(other.transposed_),
      slopes_(other.slopes_),
      buffers_(std::make_unique<Buffers>(*tables_)) {}

template <class T>
HeatKernelField<T>::~HeatKernelField() = default;

template <class T>
std::unique_ptr<flow::LinearField<T>> HeatKernelField<T>::clone() const {
  return std::make_unique<HeatKernelField>(*this);
}

template <class T>
Eigen::Index HeatKernelField<T>::size() const {
  return tables_->volume;
}

template <class T>
Eigen::Index HeatKernelField<T>::parameter_count() const {
  return tables_->basis.parameter_count();
}

template <class T>
void HeatKernelField<T>::set_coefficients(const Eigen::VectorXd& coefficients) {
  const Eigen::Index scales = tables_->scale_count, columns = tables_->feature_count;
  const int features = tables_->basis.features;
  if (coefficients.size() != parameter_count())
    throw ShapeError(
        fmt::format("{} coefficients for a heat-kernel field with {} ({} scales squared times {} features); "
                    "use those it was trained with",
                    coefficients.size(), parameter_count(), scales, features));
  coefficients_.resize(scales * columns);
  transposed_.resize(columns * scales);
  std::vector<double> slopes(columns, 0.0);
  for (Eigen::Index a = 0; a < scales; ++a)
    for (Eigen::Index j = 0; j < columns; ++j) {
      const double c = coefficients[a * columns + j];
      coefficients_[a * columns + j] = static_cast<T>(c);
      transposed_[j * scales + a] = static_cast<T>(c);
      slopes[j] += c * tables_->at_origin[a * scales + j / features];
    }
  slopes_.assign(slopes.begin(), slopes.end());
}

template <class T>
void HeatKernelField<T>::smear_input(const Block<T>& x) {
  const Eigen::Index volume = tables_->volume;
  if (x.cols() != volume)
    throw ShapeError(
        fmt::format("a block of {} sites for a field on {} (lattices differ); use one geometry", x.cols(), volume));
  for (Eigen::Index s = 0; s < tables_->scale_count; ++s)
    tables_->kernels[s].apply(x.data(), buffers_->inputs.col(s * volume).data(), buffers_->scratch.data());
}

template <class T>
template <class Visit>
void HeatKernelField<T>::tabulate(Eigen::Index x0, Eigen::Index sites, const Visit& visit) {
  const int features = tables_->basis.features;
  const T frequency = static_cast<T>(tables_->frequency);
  for (Eigen::Index s = 0; s < tables_->scale_count; ++s) {
    const Lane<T>* input = lanes(buffers_->inputs.col(s * tables_->volume + x0).data());
    const T inverse_width = static_cast<T>(1 / tables_->basis.widths[s]);
    for (Eigen::Index i = 0; i < sites; ++i) {
      const Lane<T> z = input[i] * inverse_width;
      Lane<T>* column = lanes(buffers_->features.data()) + s * features * tile + i;
      column[0] = z;
      for_multiples<T>(frequency * z, features - 1, [&](int k, const Lane<T>& sine, const Lane<T>& cosine) {
        column[k * tile] = sine;
        visit(s * features + k, static_cast<T>(k) * frequency, cosine);
      });
    }
  }
}

template <class T>
void HeatKernelField<T>::velocity_and_divergence(const Block<T>& x, Block<T>& velocity, LaneSums<T>& divergence) {
  const Tables& t = *tables_;
  const Eigen::Index volume = t.volume, scales = t.scale_count;
  const int features = t.basis.features;
  smear_input(x);
  velocity.resize(lane_count<T>, volume);

  divergence.setZero();
  for (Eigen::Index s = 0; s < scales; ++s) divergence += static_cast<double>(slopes_[s * features]) * volume;
  Lane<T>* outputs = lanes(buffers_->outputs.data());
  Lane<T>* h = lanes(buffers_->features.data());
  Block<T> part(lane_count<T>, 1);
  for (Eigen::Index x0 = 0; x0 < volume; x0 += tile) {
    const Eigen::Index sites = std::min(tile, volume - x0);
    Lane<T> sum = {};
    tabulate(x0, sites, [&](Eigen::Index j, T omega, const Lane<T>& cosine) { sum += (slopes_[j] * omega) * cosine; });
    lane_product(coefficients_.data(), scales, t.feature_count, h, tile, LaneColumns{1, sites, 0}, outputs + x0, volume,
                 LaneColumns{1, sites, 0});
    lanes(part.data())[0] = sum;
    divergence += part.col(0).template cast<double>();
  }
  for (Eigen::Index a = 0; a < scales; ++a)
    t.kernels[a].apply(buffers_->outputs.col(a * volume).data(), velocity.data(), buffers_->scratch.data(), a > 0);
}

template <class T>
void HeatKernelField<T>::linearize(const Block<T>& x) {
  smear_input(x);
}

template <class T>
void HeatKernelField<T>::smear_outputs(const Block<T>& x) {
  for (Eigen::Index a = 0; a < tables_->scale_count; ++a)
    tables_->kernels[a].apply(x.data(), buffers_->outputs.col(a * tables_->volume).data(), buffers_->scratch.data());
}

template <class T>
void HeatKernelField<T>::features(const Block<T>& cotangent, Rows& rows) {
  const Tables& t = *tables_;
  const Eigen::Index volume = t.volume, scales = t.scale_count;
  const int features = t.basis.features;
  smear_outputs(cotangent);
  const Lane<T>* smeared = lanes(buffers_->outputs.data());
  Lane<T>* h = lanes(buffers_->features.data());
  Block<T> slope_sums = Block<T>::Zero(lane_count<T>, t.feature_count);  // sum_x h_k'(u_s(x))
  Lane<T>* slopes = lanes(slope_sums.data());
  buffers_->sums.setZero();
  for (Eigen::Index x0 = 0; x0 < volume; x0 += tile) {
    const Eigen::Index sites = std::min(tile, volume - x0);
    tabulate(x0, sites, [&](Eigen::Index j, T omega, const Lane<T>& cosine) { slopes[j] += omega * cosine; });
    add_tile_products<T>(smeared + x0, volume, scales, h, t.feature_count, sites, lanes(buffers_->sums.data()));
  }
  for (Eigen::Index s = 0; s < scales; ++s) slope_sums.col(s * features).setConstant(static_cast<T>(volume));
  rows.resize(lane_count<T>, parameter_count());
  for (Eigen::Index a = 0; a < scales; ++a)
    for (Eigen::Index j = 0; j < t.feature_count; ++j)
      rows.col(a * t.feature_count + j) = buffers_->sums.col(a * t.feature_count + j) +
                                          static_cast<T>(t.at_origin[a * scales + j / features]) * slope_sums.col(j);
}

template <class T>
void HeatKernelField<T>::adjoint(const Block<T>& cotangent, Block<T>& result) {
  // With W_{sk} = sum_a c_{ask} J_a lambda: sum_s J_s sum_k [ h_k'(u_s) W_{sk} / sigma_s + h_k''(u_s) kappa_{sk} /
  // sigma_s ].
  const Tables& t = *tables_;
  const Eigen::Index volume = t.volume, scales = t.scale_count;
  const int features = t.basis.features;
  const T frequency = static_cast<T>(t.frequency);
  smear_outputs(cotangent);
  const Lane<T>* inputs = lanes(buffers_->inputs.data());
  Lane<T>* smeared = lanes(buffers_->outputs.data());
  Lane<T>* w = lanes(buffers_->weights.data());
  for (Eigen::Index x0 = 0; x0 < volume; x0 += tile) {
    const Eigen::Index sites = std::min(tile, volume - x0);
    lane_product(transposed_.data(), t.feature_count, scales, smeared + x0, volume, LaneColumns{1, sites, 0}, w, tile,
                 LaneColumns{1, sites, 0});
    for (Eigen::Index s = 0; s < scales; ++s) {
      const T inverse_width = static_cast<T>(1 / t.basis.widths[s]);
      const T* slope = &slopes_[s * features];
      for (Eigen::Index i = 0; i < sites; ++i) {
        const Lane<T>* column = w + s * features * tile + i;
        Lane<T> sum = column[0];
        const Lane<T> z = inputs[s * volume + x0 + i] * inverse_width;
        for_multiples<T>(frequency * z, features - 1, [&](int k, const Lane<T>& sine, const Lane<T>& cosine) {
          const T omega = static_cast<T>(k) * frequency;
          sum += omega * (cosine * column[k * tile] - (omega * slope[k]) * sine);
        });
        smeared[s * volume + x0 + i] = inverse_width * sum;  // lambda smeared at these sites is spent
      }
    }
  }
  result.resize(lane_count<T>, volume);
  for (Eigen::Index s = 0; s < scales; ++s)
    t.kernels[s].apply(buffers_->outputs.col(s * volume).data(), result.data(), buffers_->scratch.data(), s > 0);
}

template <class T>
void HeatKernelField<T>::add_velocity_gram(const Block<T>& x, Eigen::MatrixXd& gram) {
  const Tables& t = *tables_;
  const Eigen::Index volume = t.volume, scales = t.scale_count;
  const int features = t.basis.features;
  smear_input(x);
  // Every basis field on every site and sample, one column each.
  using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
  Matrix fields(lane_count<T> * volume, parameter_count());
  Block<T> h(lane_count<T>, volume);
  for (Eigen::Index s = 0; s < scales; ++s)
    for (int k = 0; k < features; ++k) {
      const auto z = buffers_->inputs.middleCols(s * volume, volume) * static_cast<T>(1 / t.basis.widths[s]);
      if (k == 0)
        h = z;
      else
        for (Eigen::Index site = 0; site < volume; ++site) {
          const Lane<T> value =
              *lanes(buffers_->inputs.col(s * volume + site).data()) * static_cast<T>(1 / t.basis.widths[s]);
          *lanes(h.col(site).data()) = sincos<T>(static_cast<T>(k * t.frequency) * value).first;
        }
      for (Eigen::Index a = 0; a < scales; ++a)
        t.kernels[a].apply(h.data(), fields.col(a * t.feature_count + s * features + k).data(),
                           buffers_->scratch.data());
    }
  Matrix product = Matrix::Zero(parameter_count(), parameter_count());
  product.template selfadjointView<Eigen::Lower>().rankUpdate(fields.transpose());
  gram.template triangularView<Eigen::Lower>() += product.template cast<double>();
}

template class HeatKernelField<float>;
template class HeatKernelField<double>;

std::vector<double> free_field_widths(const Geometry& geometry, double mass_squared,
                                      const std::vector<double>& scales) {
  std::vector<double> widths;
  const Eigen::ArrayXd khat_squared = geometry.khat_squared();
  for (const double scale : scales)
    widths.push_back(std::sqrt(((-2 * scale * khat_squared).exp() / (2 * (khat_squared + mass_squared))).mean()));
  return widths;
}

}  // namespace floe::lattice
