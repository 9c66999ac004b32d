// SPDX-License-Identifier: MIT
#include "fft/trigonometric_transform.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <atomic>
#include <compare>
#include <map>
#include <memory>
#include <utility>

#include "base/error.h"
#include "fft/fftw_library.h"

namespace floe::fft {
namespace {

fftw_r2r_kind fftw_kind(Trigonometric kind) {
  switch (kind) {
    case Trigonometric::dct1:
      return FFTW_REDFT00;
    case Trigonometric::dct2:
      return FFTW_REDFT10;
    case Trigonometric::dct3:
      return FFTW_REDFT01;
    case Trigonometric::dst1:
      return FFTW_RODFT00;
    case Trigonometric::dst2:
      return FFTW_RODFT10;
    case Trigonometric::dst3:
      return FFTW_RODFT01;
    case Trigonometric::half_complex:
      return FFTW_R2HC;
    case Trigonometric::half_complex_inverse:
      return FFTW_HC2R;
  }
  throw Error("unknown kind of transform (the enumerator is out of range); give one of Trigonometric");
}

}  // namespace

int logical_size(Trigonometric kind, int size) {
  switch (kind) {
    case Trigonometric::dct1:
      return 2 * (size - 1);
    case Trigonometric::dst1:
      return 2 * (size + 1);
    case Trigonometric::dct2:
    case Trigonometric::dct3:
    case Trigonometric::dst2:
    case Trigonometric::dst3:
      return 2 * size;
    default:
      return size;
  }
}

Trigonometric inverse_of(Trigonometric kind) {
  switch (kind) {
    case Trigonometric::dct2:
      return Trigonometric::dct3;
    case Trigonometric::dct3:
      return Trigonometric::dct2;
    case Trigonometric::dst2:
      return Trigonometric::dst3;
    case Trigonometric::dst3:
      return Trigonometric::dst2;
    case Trigonometric::half_complex:
      return Trigonometric::half_complex_inverse;
    case Trigonometric::half_complex_inverse:
      return Trigonometric::half_complex;
    default:
      return kind;
  }
}

namespace detail {
namespace {

struct TrigonometricKey {
  std::vector<int> sizes;
  std::vector<Trigonometric> kinds;
  int batch;
  Layout layout;
  int threads;
  Effort effort;
  auto operator<=>(const TrigonometricKey&) const = default;
};

void check_kinds(const TrigonometricKey& key) {
  if (key.kinds.size() != key.sizes.size()) {
    throw ShapeError(fmt::format("transform of {} with {} kinds (every axis has one kind); give one kind per axis",
                                 key.sizes, key.kinds.size()));
  }
  for (std::size_t a = 0; a < key.sizes.size(); ++a) {
    if (key.kinds[a] == Trigonometric::dct1 && key.sizes[a] < 2) {
      throw ShapeError(fmt::format(
          "transform of {} (dct1 takes both ends of an axis); give at least 2 points to axis {}", key.sizes, a));
    }
  }
}

}  // namespace

/// The four plans of one shape, each made when first asked for and kept for the life of the process.
template <class T>
class TrigonometricPlans final {
  using Api = Fftw<T>;

 public:
  explicit TrigonometricPlans(TrigonometricKey key) : key_(std::move(key)) {
    for (const int size : key_.sizes) volume_ *= size;
  }

  void execute(const T* in, T* out) const {
    T* from = const_cast<T*>(in);  // FFTW's signature; the input is kept
    const bool aligned = Api::alignment_of(from) == 0 && Api::alignment_of(out) == 0;
    Api::execute_real(plan(in == out, aligned), from, out);
  }

  const TrigonometricKey& key() const { return key_; }
  std::ptrdiff_t volume() const { return volume_; }

 private:
  typename Api::Plan plan(bool in_place, bool aligned) const {
    std::atomic<typename Api::Plan>& slot = plans_[in_place ? 1 : 0][aligned ? 1 : 0];
    typename Api::Plan made = slot.load(std::memory_order_acquire);
    if (made == nullptr) {
      const auto lock = lock_planner();
      made = slot.load(std::memory_order_relaxed);
      if (made == nullptr) {
        made = make(in_place, aligned);
        slot.store(made, std::memory_order_release);
      }
    }
    return made;
  }

  typename Api::Plan make(bool in_place, bool aligned) const {
    const std::size_t bytes = static_cast<std::size_t>(volume_) * static_cast<std::size_t>(key_.batch) * sizeof(T);
    const Memory<T> in_memory = allocate<T>(bytes);
    const Memory<T> out_memory = allocate<T>(in_place ? 1 : bytes);
    auto* in = static_cast<T*>(in_memory.get());
    auto* out = in_place ? in : static_cast<T*>(out_memory.get());
    std::vector<fftw_r2r_kind> kinds;
    for (const Trigonometric kind : key_.kinds) kinds.push_back(fftw_kind(kind));
    const bool first = key_.layout == Layout::batch_first;
    const int stride = first ? 1 : key_.batch;
    const int distance = first ? static_cast<int>(volume_) : 1;
    const unsigned flags = (key_.effort == Effort::measure ? FFTW_MEASURE : FFTW_ESTIMATE) |
                           (aligned ? 0U : FFTW_UNALIGNED) | (in_place ? 0U : FFTW_PRESERVE_INPUT);
    Api::set_threads(key_.threads);
    typename Api::Plan made =
        Api::plan_real(static_cast<int>(key_.sizes.size()), key_.sizes.data(), key_.batch, in, nullptr, stride,
                       distance, out, nullptr, stride, distance, kinds.data(), flags);
    if (made == nullptr) {
      throw Error(fmt::format("no plan for a transform of {} with batch {} (FFTW gave none); use another shape",
                              key_.sizes, key_.batch));
    }
    plans_made().fetch_add(1, std::memory_order_relaxed);
    return made;
  }

  TrigonometricKey key_;
  std::ptrdiff_t volume_ = 1;
  mutable std::atomic<typename Api::Plan> plans_[2][2] = {};  // [in place][aligned]
};

namespace {

template <class T>
const TrigonometricPlans<T>* find_trigonometric_plans(TrigonometricKey key) {
  // Never destroyed: transforms may run while the process ends.
  static auto* sets = new std::map<TrigonometricKey, std::unique_ptr<TrigonometricPlans<T>>>;
  const auto lock = lock_planner();
  const auto found = sets->find(key);
  if (found != sets->end()) return found->second.get();
  auto made = std::make_unique<TrigonometricPlans<T>>(key);
  return sets->emplace(std::move(key), std::move(made)).first->second.get();
}

}  // namespace
}  // namespace detail

template <class T>
TrigonometricTransform<T>::TrigonometricTransform(const std::vector<int>& sizes,
                                                  const std::vector<Trigonometric>& kinds, int batch, Layout layout,
                                                  const Options& options) {
  options.validate();
  detail::check_shape(sizes, batch);
  detail::TrigonometricKey key{sizes, kinds, batch, layout, options.threads, options.effort};
  detail::check_kinds(key);
  plans_ = detail::find_trigonometric_plans<T>(std::move(key));
}

template <class T>
void TrigonometricTransform<T>::operator()(const T* in, T* out) const {
  plans_->execute(in, out);
}

template <class T>
TrigonometricTransform<T> TrigonometricTransform<T>::inverse() const {
  const detail::TrigonometricKey& key = plans_->key();
  std::vector<Trigonometric> kinds;
  for (const Trigonometric kind : key.kinds) kinds.push_back(inverse_of(kind));
  return TrigonometricTransform(key.sizes, kinds, key.batch, key.layout,
                                {.threads = key.threads, .effort = key.effort});
}

template <class T>
double TrigonometricTransform<T>::scale() const {
  double product = 1;
  for (std::size_t a = 0; a < sizes().size(); ++a) product *= logical_size(kinds()[a], sizes()[a]);
  return product;
}

template <class T>
const std::vector<int>& TrigonometricTransform<T>::sizes() const {
  return plans_->key().sizes;
}

template <class T>
const std::vector<Trigonometric>& TrigonometricTransform<T>::kinds() const {
  return plans_->key().kinds;
}

template <class T>
int TrigonometricTransform<T>::batch() const {
  return plans_->key().batch;
}

template <class T>
Layout TrigonometricTransform<T>::layout() const {
  return plans_->key().layout;
}

template <class T>
std::ptrdiff_t TrigonometricTransform<T>::volume() const {
  return plans_->volume();
}

template class TrigonometricTransform<float>;
template class TrigonometricTransform<double>;

}  // namespace floe::fft
