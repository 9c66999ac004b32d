// SPDX-License-Identifier: MIT
#include "fft/real_transform.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <compare>
#include <cstring>
#include <map>
#include <memory>

#include "base/error.h"
#include "fft/fftw_library.h"

namespace floe::fft {

void Options::validate() const {
  if (threads < 1)
    throw ConfigError(fmt::format("fft threads = {} (must be at least 1); set it to 1 or more", threads));
}

namespace detail {
namespace {

/// Aligned memory of this thread for the spectrum that an inverse destroys; grows to the largest one.
template <class T>
std::complex<T>* scratch(std::size_t count) {
  thread_local std::size_t capacity = 0;
  thread_local Memory<T> memory;
  if (count > capacity) {
    memory.reset();
    capacity = 0;
    memory = allocate<T>(count * sizeof(std::complex<T>));
    capacity = count;
  }
  return static_cast<std::complex<T>*>(memory.get());
}

struct Key {
  std::vector<int> sizes;
  int batch;
  Layout layout;
  int threads;
  Effort effort;
  auto operator<=>(const Key&) const = default;
};

}  // namespace

/// The four plans of one shape, each made when first asked for and kept for the life of the process.
template <class T>
class PlanSet final {
  using Api = Fftw<T>;

 public:
  explicit PlanSet(Key key) : key_(std::move(key)) {
    for (const int size : key_.sizes) volume_ *= size;
    modes_ = volume_ / key_.sizes.back() * (key_.sizes.back() / 2 + 1);
  }

  void forward(const T* real, std::complex<T>* spectrum) const {
    check_distinct(real, spectrum);
    T* in = const_cast<T*>(real);  // FFTW's signature; the input of r2c is kept
    auto* out = reinterpret_cast<typename Api::Complex*>(spectrum);
    Api::execute_forward(plan(false, aligned(real, spectrum)), in, out);
  }

  void inverse_overwriting(std::complex<T>* spectrum, T* real) const {
    check_distinct(real, spectrum);
    auto* in = reinterpret_cast<typename Api::Complex*>(spectrum);
    Api::execute_inverse(plan(true, aligned(real, spectrum)), in, real);
  }

  void inverse(const std::complex<T>* spectrum, T* real) const {
    check_distinct(real, spectrum);
    const auto count = static_cast<std::size_t>(modes_) * static_cast<std::size_t>(key_.batch);
    std::complex<T>* copy = scratch<T>(count);
    std::memcpy(static_cast<void*>(copy), spectrum, count * sizeof(std::complex<T>));
    inverse_overwriting(copy, real);
  }

  const Key& key() const { return key_; }
  std::ptrdiff_t volume() const { return volume_; }
  std::ptrdiff_t modes() const { return modes_; }

 private:
  static void check_distinct(const T* real, const std::complex<T>* spectrum) {
    if (static_cast<const void*>(real) == static_cast<const void*>(spectrum)) {
      throw Error("transform in place (real and spectrum are the same memory); give two buffers");
    }
  }

  static bool aligned(const T* real, const std::complex<T>* spectrum) {
    return Api::alignment_of(const_cast<T*>(real)) == 0 &&
           Api::alignment_of(reinterpret_cast<T*>(const_cast<std::complex<T>*>(spectrum))) == 0;
  }

  typename Api::Plan plan(bool inverse, bool aligned) const {
    std::atomic<typename Api::Plan>& slot = plans_[inverse ? 1 : 0][aligned ? 1 : 0];
    typename Api::Plan made = slot.load(std::memory_order_acquire);
    if (made == nullptr) {
      const auto lock = lock_planner();
      made = slot.load(std::memory_order_relaxed);
      if (made == nullptr) {
        made = make(inverse, aligned);
        slot.store(made, std::memory_order_release);
      }
    }
    return made;
  }

  typename Api::Plan make(bool inverse, bool aligned) const {
    const auto batch = static_cast<std::size_t>(key_.batch);
    const Memory<T> real_memory = allocate<T>(static_cast<std::size_t>(volume_) * batch * sizeof(T));
    const Memory<T> spectrum_memory = allocate<T>(static_cast<std::size_t>(modes_) * batch * sizeof(std::complex<T>));
    auto* real = static_cast<T*>(real_memory.get());
    auto* spectrum = static_cast<typename Api::Complex*>(spectrum_memory.get());
    const bool first = key_.layout == Layout::batch_first;
    const int stride = first ? 1 : key_.batch;
    const int real_distance = first ? static_cast<int>(volume_) : 1;
    const int mode_distance = first ? static_cast<int>(modes_) : 1;
    const unsigned flags = (key_.effort == Effort::measure ? FFTW_MEASURE : FFTW_ESTIMATE) |
                           (aligned ? 0U : FFTW_UNALIGNED) | (inverse ? FFTW_DESTROY_INPUT : FFTW_PRESERVE_INPUT);
    const int rank = static_cast<int>(key_.sizes.size());
    Api::set_threads(key_.threads);
    typename Api::Plan made = inverse
                                  ? Api::plan_inverse(rank, key_.sizes.data(), key_.batch, spectrum, nullptr, stride,
                                                      mode_distance, real, nullptr, stride, real_distance, flags)
                                  : Api::plan_forward(rank, key_.sizes.data(), key_.batch, real, nullptr, stride,
                                                      real_distance, spectrum, nullptr, stride, mode_distance, flags);
    if (made == nullptr) {
      throw Error(fmt::format("no plan for a transform of {} with batch {} (FFTW gave none); use another shape",
                              key_.sizes, key_.batch));
    }
    plans_made().fetch_add(1, std::memory_order_relaxed);
    return made;
  }

  Key key_;
  std::ptrdiff_t volume_ = 1;
  std::ptrdiff_t modes_ = 1;
  mutable std::atomic<typename Api::Plan> plans_[2][2] = {};  // [inverse][aligned]
};

namespace {

template <class T>
const PlanSet<T>* find_plans(Key key) {
  // Never destroyed: transforms may run while the process ends.
  static auto* sets = new std::map<Key, std::unique_ptr<PlanSet<T>>>;
  const auto lock = lock_planner();
  const auto found = sets->find(key);
  if (found != sets->end()) return found->second.get();
  auto made = std::make_unique<PlanSet<T>>(key);
  return sets->emplace(std::move(key), std::move(made)).first->second.get();
}

}  // namespace
}  // namespace detail

template <class T>
RealTransform<T>::RealTransform(const std::vector<int>& sizes, int batch, Layout layout, const Options& options) {
  options.validate();
  detail::check_shape(sizes, batch);
  plans_ = detail::find_plans<T>({sizes, batch, layout, options.threads, options.effort});
}

template <class T>
void RealTransform<T>::forward(const T* real, std::complex<T>* spectrum) const {
  plans_->forward(real, spectrum);
}

template <class T>
void RealTransform<T>::inverse(const std::complex<T>* spectrum, T* real) const {
  plans_->inverse(spectrum, real);
}

template <class T>
void RealTransform<T>::inverse_overwriting(std::complex<T>* spectrum, T* real) const {
  plans_->inverse_overwriting(spectrum, real);
}

template <class T>
const std::vector<int>& RealTransform<T>::sizes() const {
  return plans_->key().sizes;
}

template <class T>
int RealTransform<T>::batch() const {
  return plans_->key().batch;
}

template <class T>
Layout RealTransform<T>::layout() const {
  return plans_->key().layout;
}

template <class T>
std::ptrdiff_t RealTransform<T>::volume() const {
  return plans_->volume();
}

template <class T>
std::ptrdiff_t RealTransform<T>::modes() const {
  return plans_->modes();
}

template class RealTransform<float>;
template class RealTransform<double>;

std::size_t plan_count() {
  return detail::plans_made().load(std::memory_order_relaxed);
}

}  // namespace floe::fft
