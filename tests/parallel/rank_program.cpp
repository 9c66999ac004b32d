// SPDX-License-Identifier: MIT
// A program of several ranks for test_parallel.cpp: the first argument says what it does, and each rank says what it
// saw.
#include <fmt/format.h>

#include <chrono>
#include <string>
#include <thread>

#include "base/error.h"
#include "parallel/joint_work.h"
#include "parallel/rank_threads.h"
#include "parallel/session.h"

using namespace floe;
using namespace floe::parallel;

namespace {

void collectives(const Communicator& ranks) {
  const std::int64_t r = ranks.rank();
  const std::string text = ranks.broadcast(r == 0 ? std::string(100000, 'x') + "end" : "other");
  ranks.barrier();
  fmt::print("rank {} of {}: sum {} max {} min {} | {:.2f} {:.2f} {:.2f} | {} {} | {} thread\n", r, ranks.size(),
             ranks.sum(r + 1), ranks.max(r), ranks.min(r), ranks.sum(0.25), ranks.max(0.5 * static_cast<double>(r)),
             ranks.min(-0.5 * static_cast<double>(r)), text.size(), text.substr(100000), fair_threads());
}

/// The last rank works until somebody asks it to end; a minute would be the test's failure.
bool work_until_asked(JointWork& work) {
  const auto start = std::chrono::steady_clock::now();
  while (!work.stopping()) {
    if (std::chrono::steady_clock::now() - start > std::chrono::minutes(1)) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

void error_in_work(const Communicator& ranks) {
  const bool stopped = work_together(ranks, [&](JointWork& work) {
    if (ranks.rank() == ranks.size() - 1)
      throw NumericalError("sample 7 diverged (its values are nan); lower the step");
    if (!work_until_asked(work)) throw Error("nobody asked");
  });
  fmt::print("rank {}: {}\n", ranks.rank(), stopped ? "stopped" : "not stopped");
}

/// Twice, since a notice of the first must not reach the second.
void stop_in_work(const Communicator& ranks) {
  for (int round = 0; round < 2; ++round) {
    const bool stopped = work_together(ranks, [&](JointWork& work) {
      if (ranks.rank() == round % ranks.size()) work.stop();
      if (!work_until_asked(work)) throw Error("nobody asked");
    });
    const bool undisturbed = !work_together(ranks, [&](JointWork& work) {
      if (work.stopping()) throw Error("asked by a ghost");
    });
    fmt::print("rank {}: {} {}\n", ranks.rank(), stopped ? "stopped" : "not stopped", undisturbed ? "rested" : "");
  }
}

int run(const std::string& what, Session& session) {
  const Communicator& ranks = session.communicator();
  std::string error;
  try {
    if (what == "collectives") collectives(ranks);
    if (what == "error") error_in_work(ranks);
    if (what == "stop") stop_in_work(ranks);
    if (what == "same error") throw ConfigError("no such key");
    if (what == "lonely error") {
      if (ranks.rank() == ranks.size() - 1) throw IoError("the disk of this node is full");
      ranks.barrier();
    }
  } catch (const Error& problem) {
    error = problem.what();
  }
  const Session::Ending ending = session.conclude(error);
  if (ending != Session::Ending::silent) fmt::print(stderr, "error: {}\n", error);
  if (ending == Session::Ending::print_and_abort) Session::abort(1);
  return error.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Session session;
    return run(argc > 1 ? argv[1] : "", session);
  } catch (const Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 64;
  }
}
