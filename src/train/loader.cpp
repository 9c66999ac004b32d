// SPDX-License-Identifier: MIT
#include "train/loader.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace floe::train {

/// Makes batches until there are no more, at most so many ahead of those that were taken.
class Loader::Thread final {
 public:
  Thread(const Loader& loader, std::size_t ahead) : loader_(loader), ahead_(ahead), thread_([this] { work(); }) {}

  ~Thread() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  Examples take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !made_.empty() || failure_; });
    if (made_.empty()) std::rethrow_exception(failure_);
    Examples batch = std::move(made_.front());
    made_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return batch;
  }

 private:
  void work() {
    // The threads of OpenMP belong to the one that trains.
    at::internal::lazy_init_num_threads();
#ifdef _OPENMP
    omp_set_num_threads(1);
#endif
    try {
      const auto end = static_cast<std::int64_t>(loader_.order_.size());
      for (std::int64_t position = 0; position < end; position += loader_.batch_size_) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stop_ || made_.size() < ahead_; });
        if (stop_) return;
        lock.unlock();
        Examples batch = loader_.samples_.batch(loader_.numbers(position));
        lock.lock();
        made_.push_back(std::move(batch));
        lock.unlock();
        changed_.notify_all();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
      changed_.notify_all();
    }
  }

  const Loader& loader_;
  std::size_t ahead_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Examples> made_;
  std::exception_ptr failure_;
  bool stop_ = false;
  std::thread thread_;  // last: it starts when everything else is there
};

Loader::Loader(const Batches& samples, std::vector<std::int64_t> order, std::int64_t batch_size)
    : samples_(samples), order_(std::move(order)), batch_size_(batch_size) {
  if (samples_.ahead() > 0 && more()) {
    thread_ = std::make_unique<Thread>(*this, static_cast<std::size_t>(samples_.ahead()));
  }
}

Loader::~Loader() = default;

std::span<const std::int64_t> Loader::numbers(std::int64_t position) const {
  const auto first = static_cast<std::size_t>(position);
  return std::span(order_).subspan(first, std::min(static_cast<std::size_t>(batch_size_), order_.size() - first));
}

Examples Loader::next() {
  const std::int64_t position = position_;
  position_ += batch_size_;
  return thread_ ? thread_->take() : samples_.batch(numbers(position));
}

}  // namespace floe::train
