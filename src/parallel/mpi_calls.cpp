// SPDX-License-Identifier: MIT
// The C interface only; the C++ one was removed in MPI 3.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include "parallel/mpi_calls.h"

#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <numeric>
#include <thread>

#include "base/error.h"

namespace floe::parallel::mpi {
namespace {

constexpr int notice_tag = 1;
constexpr std::size_t piece = std::size_t{1} << 30;  // counts of MPI 3 are int

/// Communicators of our own, so that nobody else's messages meet ours.
struct State {
  bool ready = false;
  int rank = 0;
  int size = 1;
  MPI_Comm world = MPI_COMM_NULL;
  MPI_Comm node = MPI_COMM_NULL;
  MPI_Comm notices = MPI_COMM_NULL;
  MPI_Comm last = MPI_COMM_NULL;
  std::vector<MPI_Request> sends;
  // What gather_last() sends and receives: the library may write here after it gave up.
  std::uint64_t last_number = 0;
  std::vector<std::uint64_t> last_numbers;
};

State& state() {
  static State the_state;
  return the_state;
}

MPI_Op op(Operation operation) {
  return operation == Operation::sum ? MPI_SUM : operation == Operation::max ? MPI_MAX : MPI_MIN;
}

}  // namespace

std::string library() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = {};
  int length = 0;
  MPI_Get_library_version(text, &length);
  std::string name(text, static_cast<std::size_t>(length));
  name.erase(std::min(name.find_first_of(",\n"), name.size()));
  // "Open MPI v4.1.4" stands so; of "MPICH Version:\t4.0.2" comes "MPICH 4.0.2".
  const std::size_t word = name.find(" Version:");
  if (word == std::string::npos) return name;
  return fmt::format("{} {}", name.substr(0, word),
                     name.substr(std::min(name.find_first_not_of(" \t", word + 9), name.size())));
}

void initialise() {
  int provided = MPI_THREAD_SINGLE;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
  State& s = state();
  s.ready = true;
  MPI_Comm_dup(MPI_COMM_WORLD, &s.world);
  MPI_Comm_dup(MPI_COMM_WORLD, &s.notices);
  MPI_Comm_dup(MPI_COMM_WORLD, &s.last);
  MPI_Comm_split_type(s.world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &s.node);
  MPI_Comm_rank(s.world, &s.rank);
  MPI_Comm_size(s.world, &s.size);
  if (provided < MPI_THREAD_SERIALIZED) {
    throw Error(
        "this MPI cannot be used (it was built without support of threads); take one that was built with "
        "MPI_THREAD_SERIALIZED or more");
  }
}

void finalise() {
  State& s = state();
  if (!s.ready) return;
  for (MPI_Comm* communicator : {&s.world, &s.node, &s.notices, &s.last}) MPI_Comm_free(communicator);
  MPI_Finalize();
  s = State();
}

bool initialised() {
  return state().ready;
}

void abort(int exit_code) {
  MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::abort();
}

int rank() {
  return state().rank;
}
int size() {
  return state().size;
}

void barrier() {
  if (initialised()) MPI_Barrier(state().world);
}

void broadcast(void* bytes, std::size_t count) {
  if (!initialised()) return;
  auto* const start = static_cast<unsigned char*>(bytes);
  for (std::size_t done = 0; done < count; done += piece) {
    MPI_Bcast(start + done, static_cast<int>(std::min(piece, count - done)), MPI_BYTE, 0, state().world);
  }
}

double reduce(double value, Operation operation) {
  if (initialised()) MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_DOUBLE, op(operation), state().world);
  return value;
}

std::int64_t reduce(std::int64_t value, Operation operation) {
  if (initialised()) MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT64_T, op(operation), state().world);
  return value;
}

std::vector<std::string> gather(const std::string& text) {
  if (!initialised()) return {text};
  const State& s = state();
  const auto ranks = static_cast<std::size_t>(s.size);
  const int length = static_cast<int>(std::min(text.size(), std::size_t{1} << 20));
  std::vector<int> lengths(ranks);
  MPI_Allgather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, s.world);
  std::vector<int> starts(ranks, 0);
  std::partial_sum(lengths.begin(), lengths.end() - 1, starts.begin() + 1);
  std::string all(static_cast<std::size_t>(starts.back() + lengths.back()), ' ');
  MPI_Allgatherv(text.data(), length, MPI_CHAR, all.data(), lengths.data(), starts.data(), MPI_CHAR, s.world);
  std::vector<std::string> texts;
  for (std::size_t r = 0; r < ranks; ++r)
    texts.push_back(all.substr(static_cast<std::size_t>(starts[r]), static_cast<std::size_t>(lengths[r])));
  return texts;
}

int ranks_on_node() {
  int count = 1;
  if (initialised()) MPI_Comm_size(state().node, &count);
  return count;
}

void unite_on_node(std::vector<unsigned char>& mask) {
  if (!initialised()) return;
  MPI_Allreduce(MPI_IN_PLACE, mask.data(), static_cast<int>(mask.size()), MPI_UNSIGNED_CHAR, MPI_BOR, state().node);
}

void send_notices() {
  State& s = state();
  for (int other = 0; other < s.size; ++other) {
    if (other == s.rank) continue;
    s.sends.emplace_back();
    MPI_Isend(nullptr, 0, MPI_BYTE, other, notice_tag, s.notices, &s.sends.back());
  }
}

bool notice_arrived() {
  if (!initialised()) return false;
  int arrived = 0;
  MPI_Iprobe(MPI_ANY_SOURCE, notice_tag, state().notices, &arrived, MPI_STATUS_IGNORE);
  return arrived != 0;
}

void settle_notices(bool sent) {
  State& s = state();
  if (!s.ready) return;
  const int mine = sent ? 1 : 0;
  std::vector<int> all(static_cast<std::size_t>(s.size));
  MPI_Allgather(&mine, 1, MPI_INT, all.data(), 1, MPI_INT, s.world);
  for (int other = 0; other < s.size; ++other) {
    if (other == s.rank || all[static_cast<std::size_t>(other)] == 0) continue;
    MPI_Recv(nullptr, 0, MPI_BYTE, other, notice_tag, s.notices, MPI_STATUS_IGNORE);
  }
  MPI_Waitall(static_cast<int>(s.sends.size()), s.sends.data(), MPI_STATUSES_IGNORE);
  s.sends.clear();
}

std::vector<std::uint64_t> gather_last(std::uint64_t number, double seconds) {
  State& s = state();
  if (!s.ready) return {number};
  s.last_number = number;
  s.last_numbers.assign(static_cast<std::size_t>(s.size), 0);
  MPI_Request request = MPI_REQUEST_NULL;
  MPI_Iallgather(&s.last_number, 1, MPI_UINT64_T, s.last_numbers.data(), 1, MPI_UINT64_T, s.last, &request);
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    int done = 0;
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    if (done) return s.last_numbers;
    if (seconds >= 0 && std::chrono::steady_clock::now() - start > std::chrono::duration<double>(seconds)) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace floe::parallel::mpi
