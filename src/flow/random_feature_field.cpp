// SPDX-License-Identifier: MIT
#include "flow/random_feature_field.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/lane_math.h"
#include "random/stream.h"

namespace floe::flow {
namespace {

constexpr Eigen::Index full_linear_limit = 16;  // dimensions up to which B has off-diagonal elements

template <class T>
Lane<T>* lanes(T* data) {
  return reinterpret_cast<Lane<T>*>(data);
}
template <class T>
const Lane<T>* lanes(const T* data) {
  return reinterpret_cast<const Lane<T>*>(data);
}

template <class T>
Lane<T> tanh_of(const Lane<T>& x) {
  using Batch = xsimd::batch<T>;
  Lane<T> result;
  const auto* in = reinterpret_cast<const T*>(&x);
  auto* out = reinterpret_cast<T*>(&result);
  for (std::size_t i = 0; i < 64 / sizeof(T); i += Batch::size)
    xsimd::tanh(Batch::load_aligned(in + i)).store_aligned(out + i);
  return result;
}

}  // namespace

void RandomFeatureOptions::validate() const {
  if (count < 0) throw ConfigError(fmt::format("field.count = {} (a number of steps); give 0 or more", count));
  if (!(shortest > 0) || !(longest >= shortest) || !std::isfinite(longest))
    throw ConfigError(
        fmt::format("field.shortest = {}, field.longest = {} (lengths, 0 < shortest <= longest); correct "
                    "them",
                    shortest, longest));
}

template <class T>
struct RandomFeatureField<T>::Tables {
  Eigen::Index size, waves;
  std::vector<std::pair<Eigen::Index, Eigen::Index>> linear;  // (i, j), i <= j: the field x_j e_i + x_i e_j, or x_i e_i
  Eigen::Index constants;
  std::vector<T> wave_vectors;  // (k, site), row-major
  std::vector<T> directions;    // (k, site): omega_k / |omega_k|
  std::vector<T> lengths;       // |omega_k|
  std::vector<T> places;        // b_k
  bool odd;

  Tables(Eigen::Index n, const RandomFeatureOptions& options) : size(n), waves(options.count), odd(options.odd) {
    options.validate();
    constants = options.odd ? 0 : size;
    for (Eigen::Index i = 0; i < size; ++i)
      for (Eigen::Index j = i; j < (size <= full_linear_limit ? size : i + 1); ++j) linear.emplace_back(i, j);
    const auto key = random::make_key(options.seed, "random features");
    std::vector<double> direction(static_cast<std::size_t>(size));
    for (Eigen::Index k = 0; k < waves; ++k) {
      random::Stream stream(key, static_cast<std::uint64_t>(k));
      const double length =
          std::exp(-std::log(options.longest) + stream.uniform() * std::log(options.longest / options.shortest));
      const double place = length * options.longest * (2 * stream.uniform() - 1);
      stream.fill_normal(direction);
      double norm = 0;
      for (const double component : direction) norm += component * component;
      for (const double component : direction) {
        directions.push_back(static_cast<T>(component / std::sqrt(norm)));
        wave_vectors.push_back(static_cast<T>(length * component / std::sqrt(norm)));
      }
      lengths.push_back(static_cast<T>(length));
      places.push_back(static_cast<T>(place));
    }
  }
  Eigen::Index first_wave() const { return constants + static_cast<Eigen::Index>(linear.size()); }
};

template <class T>
struct RandomFeatureField<T>::Buffers {
  explicit Buffers(const Tables& t)
      : point(lane_count<T>, t.size),
        values(lane_count<T>, t.waves),
        slopes(lane_count<T>, t.waves),
        curvatures(lane_count<T>, t.waves),
        products(lane_count<T>, t.waves) {}
  Block<T> point;
  Block<T> values, slopes, curvatures;  // h_k and its derivatives
  Block<T> products;                    // (k): with a cotangent

  /// out(k) = sum_i matrix(k, i) x_i.
  static void project(const Tables& t, const std::vector<T>& matrix, const Block<T>& x, Block<T>& out) {
    lane_product(matrix.data(), t.waves, t.size, lanes(x.data()), 1, LaneColumns{}, lanes(out.data()), 1,
                 LaneColumns{});
  }
  void evaluate(const Tables& t, const Block<T>& x) {
    if (x.cols() != t.size)
      throw ShapeError(
          fmt::format("a block of {} sites for a random-feature field on {}; use one size", x.cols(), t.size));
    if (t.waves == 0) return;
    project(t, t.wave_vectors, x, products);
    for (Eigen::Index k = 0; k < t.waves; ++k) {
      const Lane<T> z = *lanes(products.col(k).data());
      const T place = t.places[static_cast<std::size_t>(k)];
      // tanh' = 1 - tanh^2, tanh'' = -2 tanh tanh'.
      Lane<T> value = tanh_of<T>(z + place), slope = T(1) - value * value, curvature = T(-2) * value * slope;
      if (t.odd) {
        const Lane<T> other = tanh_of<T>(z - place), other_slope = T(1) - other * other;
        value = T(0.5) * (value + other);
        slope = T(0.5) * (slope + other_slope);
        curvature = T(0.5) * curvature - other * other_slope;
      }
      *lanes(values.col(k).data()) = value;
      *lanes(slopes.col(k).data()) = slope;
      *lanes(curvatures.col(k).data()) = curvature;
    }
  }
};

template <class T>
RandomFeatureField<T>::RandomFeatureField(Eigen::Index size, const RandomFeatureOptions& options)
    : tables_(std::make_shared<Tables>(size, options)), buffers_(std::make_unique<Buffers>(*tables_)) {
  set_coefficients(Eigen::VectorXd::Zero(parameter_count()));
}

template <class T>
RandomFeatureField<T>::RandomFeatureField(const RandomFeatureField& other)
    : tables_(other.tables_),
      coefficients_(other.coefficients_),
      combined_(other.combined_),
      buffers_(std::make_unique<Buffers>(*tables_)) {}

template <class T>
RandomFeatureField<T>::~RandomFeatureField() = default;

template <class T>
std::unique_ptr<LinearField<T>> RandomFeatureField<T>::clone() const {
  return std::make_unique<RandomFeatureField>(*this);
}

template <class T>
Eigen::Index RandomFeatureField<T>::size() const {
  return tables_->size;
}

template <class T>
Eigen::Index RandomFeatureField<T>::parameter_count() const {
  return tables_->first_wave() + tables_->waves;
}

template <class T>
void RandomFeatureField<T>::set_coefficients(const Eigen::VectorXd& coefficients) {
  const Tables& t = *tables_;
  if (coefficients.size() != parameter_count())
    throw ShapeError(fmt::format("{} coefficients for a random-feature field with {}; use those it was trained with",
                                 coefficients.size(), parameter_count()));
  coefficients_ = coefficients;
  combined_.resize(static_cast<std::size_t>(t.size * t.waves));
  for (Eigen::Index i = 0; i < t.size; ++i)
    for (Eigen::Index k = 0; k < t.waves; ++k)
      combined_[static_cast<std::size_t>(i * t.waves + k)] =
          static_cast<T>(coefficients[t.first_wave() + k]) * t.directions[static_cast<std::size_t>(k * t.size + i)];
}

template <class T>
void RandomFeatureField<T>::velocity_and_divergence(const Block<T>& x, Block<T>& velocity, LaneSums<T>& divergence) {
  const Tables& t = *tables_;
  buffers_->evaluate(t, x);
  velocity.resize(lane_count<T>, t.size);
  if (t.waves > 0)
    lane_product(combined_.data(), t.size, t.waves, lanes(buffers_->values.data()), 1, LaneColumns{},
                 lanes(velocity.data()), 1, LaneColumns{});
  else
    velocity.setZero();
  divergence.setZero();
  for (Eigen::Index k = 0; k < t.waves; ++k)
    divergence += (coefficients_[t.first_wave() + k] * static_cast<double>(t.lengths[static_cast<std::size_t>(k)])) *
                  buffers_->slopes.col(k).template cast<double>();
  for (Eigen::Index i = 0; i < t.constants; ++i) velocity.col(i) += static_cast<T>(coefficients_[i]);
  for (std::size_t l = 0; l < t.linear.size(); ++l) {
    const auto [i, j] = t.linear[l];
    const double c = coefficients_[t.constants + static_cast<Eigen::Index>(l)];
    velocity.col(i) += static_cast<T>(c) * x.col(j);
    if (i == j)
      divergence += c;
    else
      velocity.col(j) += static_cast<T>(c) * x.col(i);
  }
}

template <class T>
void RandomFeatureField<T>::linearize(const Block<T>& x) {
  buffers_->evaluate(*tables_, x);
  buffers_->point = x;
}

template <class T>
void RandomFeatureField<T>::features(const Block<T>& cotangent, Rows& rows) {
  const Tables& t = *tables_;
  rows.resize(lane_count<T>, parameter_count());
  rows.leftCols(t.constants) = cotangent.leftCols(t.constants);
  for (std::size_t l = 0; l < t.linear.size(); ++l) {
    const auto [i, j] = t.linear[l];
    auto row = rows.col(t.constants + static_cast<Eigen::Index>(l));
    if (i == j)
      row = 1 + cotangent.col(i) * buffers_->point.col(i);
    else
      row = cotangent.col(i) * buffers_->point.col(j) + cotangent.col(j) * buffers_->point.col(i);
  }
  if (t.waves == 0) return;
  Buffers::project(t, t.directions, cotangent, buffers_->products);
  for (Eigen::Index k = 0; k < t.waves; ++k)
    rows.col(t.first_wave() + k) = t.lengths[static_cast<std::size_t>(k)] * buffers_->slopes.col(k) +
                                   buffers_->values.col(k) * buffers_->products.col(k);
}

template <class T>
void RandomFeatureField<T>::adjoint(const Block<T>& cotangent, Block<T>& result) {
  // sum_k c_k omega_k [ h_k' (omega_k / |omega_k|) . lambda + |omega_k| h_k'' ] + B lambda.
  const Tables& t = *tables_;
  result.resize(lane_count<T>, t.size);
  if (t.waves > 0) {
    Block<T>& products = buffers_->products;
    Buffers::project(t, t.directions, cotangent, products);
    for (Eigen::Index k = 0; k < t.waves; ++k) {
      const T length = t.lengths[static_cast<std::size_t>(k)];
      products.col(k) = length * (buffers_->slopes.col(k) * products.col(k) + length * buffers_->curvatures.col(k));
    }
    lane_product(combined_.data(), t.size, t.waves, lanes(products.data()), 1, LaneColumns{}, lanes(result.data()), 1,
                 LaneColumns{});
  } else {
    result.setZero();
  }
  for (std::size_t l = 0; l < t.linear.size(); ++l) {
    const auto [i, j] = t.linear[l];
    const T c = static_cast<T>(coefficients_[t.constants + static_cast<Eigen::Index>(l)]);
    result.col(i) += c * cotangent.col(j);
    if (i != j) result.col(j) += c * cotangent.col(i);
  }
}

template <class T>
void RandomFeatureField<T>::add_velocity_gram(const Block<T>& x, Eigen::MatrixXd& gram) {
  // Every basis field at every site and sample, one column each.
  const Tables& t = *tables_;
  buffers_->evaluate(t, x);
  constexpr int width = lane_count<T>;
  Eigen::MatrixXd fields = Eigen::MatrixXd::Zero(width * t.size, parameter_count());
  for (Eigen::Index i = 0; i < t.constants; ++i) fields.col(i).segment(i * width, width).setOnes();
  for (std::size_t l = 0; l < t.linear.size(); ++l) {
    const auto [i, j] = t.linear[l];
    auto field = fields.col(t.constants + static_cast<Eigen::Index>(l));
    field.segment(i * width, width) = x.col(j).template cast<double>();
    if (i != j) field.segment(j * width, width) = x.col(i).template cast<double>();
  }
  for (Eigen::Index k = 0; k < t.waves; ++k)
    for (Eigen::Index i = 0; i < t.size; ++i)
      fields.col(t.first_wave() + k).segment(i * width, width) =
          static_cast<double>(t.directions[static_cast<std::size_t>(k * t.size + i)]) *
          buffers_->values.col(k).template cast<double>();
  gram.template selfadjointView<Eigen::Lower>().rankUpdate(fields.transpose());
}

template class RandomFeatureField<float>;
template class RandomFeatureField<double>;

}  // namespace floe::flow
