// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// The calls of MPI that floe makes, without its header; mpi_calls.cpp makes them and mpi_absent.cpp stands in for one
/// process. Collective calls must be made by every rank in the same order, by one thread at a time.
namespace floe::parallel::mpi {

/// "Open MPI v4.1.4", or empty in a build without MPI.
std::string library();

/// Throws Error if the library cannot be used by several threads in turn.
void initialise();
void finalise();
bool initialised();
/// Ends every rank, at once.
[[noreturn]] void abort(int exit_code);

int rank();
int size();

void barrier();
/// Bytes of rank 0 on every rank; as many everywhere.
void broadcast(void* bytes, std::size_t count);
enum class Operation { sum, max, min };
double reduce(double value, Operation operation);
std::int64_t reduce(std::int64_t value, Operation operation);
/// The texts of all ranks by rank.
std::vector<std::string> gather(const std::string& text);

/// The number of ranks on this machine, and the union of the sets of processors that they may run on.
int ranks_on_node();
void unite_on_node(std::vector<unsigned char>& mask);

/// A notice is an empty message that each other rank finds whenever it looks.
void send_notices();
bool notice_arrived();
/// Collective. Takes in the notices of the ranks that sent some, by rank, and waits until those of this rank were sent.
void settle_notices(bool sent);

/// Collective, at the end of a rank. The numbers of all ranks by rank; empty if they did not all come within so many
/// seconds (waits for ever if negative).
std::vector<std::uint64_t> gather_last(std::uint64_t number, double seconds);

}  // namespace floe::parallel::mpi
