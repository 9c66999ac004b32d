// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <limits>
#include <thread>
#include <vector>

#include "base/console.h"
#include "base/progress.h"
#include "support/catch.h"

namespace {

/// What was written to a stream in memory.
class Recording final {
 public:
  Recording() : stream_(open_memstream(&data_, &size_)) {}
  ~Recording() {
    std::fclose(stream_);
    std::free(data_);
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  std::FILE* stream() { return stream_; }
  std::string text() {
    std::fflush(stream_);
    return {data_, size_};
  }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* stream_;
};

}  // namespace

TEST_CASE("the progress line shows share, rate, remaining time and metrics") {
  Recording recording;
  floe::Console console(recording.stream(), false);
  double now = 100;
  floe::Progress progress("sweeps", 1000, {.console = &console, .clock = [&] { return now; }});
  now += 10;
  progress.tick(250);
  progress.metric("ess", 0.25);
  progress.metric("ess", 0.98);
  CHECK(progress.line() == "sweeps   25%  250/1000  25/s  ETA 0:30  ess 0.98");
}

TEST_CASE("a resumed run counts only its own steps for the rate") {
  double now = 0;
  Recording recording;
  floe::Console console(recording.stream(), false);
  floe::Progress progress("epochs", 100, {.already_done = 50, .console = &console, .clock = [&] { return now; }});
  now = 10;
  progress.tick(10);
  CHECK(progress.line() == "epochs   60%  60/100  1/s  ETA 0:40");
}

TEST_CASE("without a terminal there are sparse plain lines") {
  Recording recording;
  floe::Console console(recording.stream(), false);
  double now = 0;
  {
    floe::Progress progress("x", 100, {.line_seconds = 10, .console = &console, .clock = [&] { return now; }});
    for (int i = 0; i < 100; ++i) {
      now += 0.25;
      progress.tick();
    }
  }
  CHECK(recording.text() == "x   40%  40/100  4/s  ETA 0:15\nx   80%  80/100  4/s  ETA 0:05\n");
}

TEST_CASE("on a terminal one line is redrawn, log lines go above it, and it is gone at the end") {
  Recording recording;
  floe::Console console(recording.stream(), true);
  double now = 0;
  {
    floe::Progress progress("x", 4, {.console = &console, .clock = [&] { return now; }});
    now = 1;
    progress.tick();
    console.write_line("told");
  }
  CHECK(recording.text() ==
        "\r\x1b[2Kx   25%  1/4  1/s  ETA 0:03"
        "\r\x1b[2Ktold\nx   25%  1/4  1/s  ETA 0:03"
        "\r\x1b[2K");
}

TEST_CASE("ticks from many threads are all counted") {
  Recording recording;
  floe::Console console(recording.stream(), true);
  floe::Progress progress("x", 80000, {.redraw_seconds = 1e-6, .console = &console});
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10000; ++i) {
        progress.tick();
        if (i % 1000 == 0) progress.metric("m", i);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK_THAT(progress.line(), ContainsSubstring("100%  80000/80000"));
}

TEST_CASE("durations") {
  CHECK(floe::format_duration(0.4) == "0:00");
  CHECK(floe::format_duration(75) == "1:15");
  CHECK(floe::format_duration(3661) == "1:01:01");
  CHECK(floe::format_duration(std::numeric_limits<double>::infinity()) == "?");
}
